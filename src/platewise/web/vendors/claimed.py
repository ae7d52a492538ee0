"""Plates that another system read: its word, with its pictures as evidence, goes to the gatehouse."""

from collections.abc import Callable, Sequence

from flask import Response, jsonify
from pydantic import BaseModel

from platewise import clock, gatehouse
from platewise.core.frame import Frame
from platewise.core.geometry import Quad, quad_of
from platewise.core.plate import Plate
from platewise.core.read import Candidate, Character, Read
from platewise.dialects import countries
from platewise.dialects.claims import Claim
from platewise.errors import DecoderDied, ImageError
from platewise.gatehouse import Admitted, Arrival
from platewise.regions import library
from platewise.store.records import NewFrame, StoredImage
from platewise.vision.encode import jpeg
from platewise.web.errors import Refusal
from platewise.web.looking import arrival, keep, look
from platewise.web.parts import parts
from platewise.web.uploads import Upload
from platewise.web.vendors import shared

TOLD = "as told"
"""The explanation of a read that Platewise did not make."""
NOWHERE = (0.0, 0.0, 0.0, 0.0)
MOST, LONGEST = 50, 40
"""Plates of one post, and characters that are shown of one."""


class Taken(BaseModel):
    """How many plates were taken, and the numbers of their reads."""

    taken: int
    reads: list[int]


def admit(claims: Sequence[Claim], system: str) -> Response:
    """Keep what a system claims and tell how much that was: the answer of most families."""

    def answer(admitted: list[Admitted]) -> Response:
        """Tell the numbers of the reads."""
        numbers = [read.id for one in admitted for read in one.reads]
        return jsonify(taken=len(numbers), reads=numbers)

    return admit_as(claims, system, answer)


def admit_as(claims: Sequence[Claim], system: str, answer: Callable[[list[Admitted]], Response]) -> Response:
    """Keep what a system claims, in one transaction, and answer.

    With ``?trust=reader`` the pictures that came with it are read here, and what they say is kept instead; a
    claim without a picture stays as it is.
    """
    if len(claims) > MOST:
        raise Refusal(
            422, "too_many_plates", f"At most {MOST} plates are taken at once; here are {len(claims)}."
        )
    is_doubted = (shared.told("trust") or "camera") == "reader"
    return keep([_arrival(claim, system, is_doubted) for claim in claims], answer)


def _arrival(claim: Claim, system: str, is_doubted: bool) -> Arrival:
    where = shared.camera("camera") or shared.camera_name(claim.camera) or system
    at = shared.moment(claim.at, parts().settings.zone)
    if is_doubted and claim.picture:
        return arrival(look(Upload(claim.picture), parts().readers.default), where, at)
    frame = _frame(claim.picture)
    now = clock.now()
    read = _read(claim, frame)
    image, crop = _evidence(claim, frame, read)
    size = (frame.width, frame.height) if frame else (0, 0)
    return Arrival(
        key=gatehouse.key_of(claim.key.encode("utf-8", "replace"), where, at or now),
        frame=NewFrame(at or now, now, *size, where, None, image),
        reads=(read,),
        pipeline=system,
        model="",
        crops=(crop,) if crop else (),
    )


def _read(claim: Claim, frame: Frame | None) -> Read:
    quad = _quad(claim, frame)
    if not claim.text:
        return Read(None, 0.0, quad, 0.0, explain=(TOLD,))
    sure = round(claim.confidence, 4)
    characters = claim.characters if len(claim.characters) == len(claim.text) else ()
    return Read(
        _plate(claim),
        sure,
        quad,
        sure,
        tuple(map(Character, claim.text, characters)),
        (Candidate(claim.text, sure),),
        (TOLD,),
    )


def _plate(claim: Claim) -> Plate:
    """Return the plate as its country writes it, where that is known."""
    known = countries.known([claim.country] if claim.country else [])
    region = library.load(parts().settings.region_folders).get(known[0]) if known else None
    display = region.display(claim.text) if region else None
    return Plate(claim.text, region.code if region else None, display or _shown(claim.plate))


def _shown(text: str) -> str:
    """Return a text as it may be kept and shown."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST]


def _quad(claim: Claim, frame: Frame | None) -> Quad:
    """Return the Quad ``(4, 2) float32`` px of the plate; the whole picture where it is not known."""
    if frame is None:
        return quad_of(NOWHERE)
    whole = (0.0, 0.0, float(frame.width), float(frame.height))
    if claim.box is None:
        return quad_of(whole)
    scale = (frame.width, frame.height) if claim.shares else (1, 1)
    x, y, w, h = (value * scale[i % 2] for i, value in enumerate(claim.box))
    is_inside = x >= 0 and y >= 0 and x + w <= frame.width and y + h <= frame.height
    return quad_of((x, y, w, h) if is_inside else whole)


def _frame(data: bytes | None) -> Frame | None:
    """Return the picture of a claim; a claim stands without one that cannot be decoded."""
    try:
        return parts().decode(data) if data else None
    except (ImageError, DecoderDied):
        return None


def _evidence(claim: Claim, frame: Frame | None, read: Read) -> tuple[StoredImage | None, StoredImage | None]:
    images, crop = parts().store.images, _frame(claim.crop)
    kept = images.save(jpeg(crop.pixels), "plate") if crop else None
    if frame is None:
        return None, kept
    image, crops = gatehouse.evidence(images, frame, () if kept else (read,))
    return image, kept or crops[0]
