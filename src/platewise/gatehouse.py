"""The one use-case: what was read in a picture becomes sightings and events, in one transaction."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from platewise.core.frame import Frame
from platewise.core.read import Read
from platewise.store.protocol import ImageStore, Unit
from platewise.store.queries import SightingQuery
from platewise.store.records import (
    NewEvent,
    NewFrame,
    NewRead,
    NewSighting,
    ReadRecord,
    SightingRecord,
    StoredImage,
)
from platewise.vision.encode import jpeg
from platewise.vision.rectify import rectify

PASSED, UNREAD = "Passed", "Unread"
_MOMENT = timedelta(microseconds=1)
_MOST_PLATES = 500


@dataclass(frozen=True, slots=True)
class Arrival:
    """A picture that was read, ready to be admitted. The same ``key`` again is the same arrival.

    ``pipeline`` and ``model`` say what read it; ``image`` and ``crops`` are its evidence pictures, ``crops``
    one a read.
    """

    key: str
    frame: NewFrame
    reads: tuple[Read, ...]
    pipeline: str
    model: str
    crops: tuple[StoredImage, ...] = field(default=(), repr=False)


class Admitted(NamedTuple):
    """The kept reads of an arrival in their order, and whether it was not there before."""

    reads: tuple[ReadRecord, ...]
    new: bool


def key_of(data: bytes, camera: str | None, captured_at: datetime) -> str:
    """Return the key of a picture: its bytes, camera and time."""
    parts = (data, (camera or "").encode(), captured_at.isoformat().encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def evidence(
    images: ImageStore, frame: Frame, reads: Sequence[Read]
) -> tuple[StoredImage, tuple[StoredImage, ...]]:
    """Keep the frame's picture and each plate's; do so before the transaction, as it takes longer."""
    crops = tuple(images.save(jpeg(rectify(frame.pixels, read.quad).pixels), "plate") for read in reads)
    return images.save(jpeg(frame.pixels), "frame"), crops


def admit(unit: Unit, arrival: Arrival) -> Admitted:
    """Keep the frame, its reads, a sighting of each and its event.

    An arrival that was admitted before changes nothing and returns what was kept then.
    """
    if known := _admitted(unit, arrival):
        return Admitted(known, new=False)
    crops = arrival.crops or (None,) * len(arrival.reads)
    reads = [
        NewRead(read, arrival.pipeline, arrival.model, crop)
        for read, crop in zip(arrival.reads, crops, strict=True)
    ]
    records = unit.reads.save(arrival.frame, reads)
    for number, record in enumerate(records):
        _pass(unit, record, f"{arrival.key}/{number}")
    return Admitted(records, new=True)


def _admitted(unit: Unit, arrival: Arrival) -> tuple[ReadRecord, ...]:
    """Return the reads that were kept under the arrival's key."""
    at, camera = arrival.frame.captured_at, arrival.frame.camera
    page = unit.sightings.find(SightingQuery(since=at, until=at + _MOMENT, camera=camera, limit=_MOST_PLATES))
    places = {f"{arrival.key}/{number}": number for number in range(len(arrival.reads))}
    mine = sorted((places[s.key], s.read) for s in page.items if s.key in places)
    found = (unit.reads.get(read) for _, read in mine if read is not None)
    return tuple(record for record in found if record)


def _pass(unit: Unit, record: ReadRecord, key: str) -> None:
    sighting, _ = unit.sightings.save(
        NewSighting(
            key=key,
            seen_at=record.frame.captured_at,
            plate=record.plate,
            confidence=record.confidence,
            camera=record.frame.camera,
            read=record.id,
        )
    )
    kind = PASSED if record.plate else UNREAD
    unit.events.add(NewEvent(kind, sighting.seen_at, _told(sighting, record), sighting.id))


def _told(sighting: SightingRecord, record: ReadRecord) -> dict[str, Any]:
    """Return what an event says."""
    return {
        "sighting": sighting.id,
        "read": record.id,
        "plate": sighting.normalised or None,
        "display": sighting.display or None,
        "region": sighting.region,
        "confidence": round(sighting.confidence, 4),
        "camera": sighting.camera,
        "seen_at": sighting.seen_at.isoformat(),
        "crop": record.crop,
        "image": record.frame.image,
    }
