"""``POST /v1/recognise``: pictures in, their reads out; kept unless ``save=0``."""

import base64
from typing import Any

from flask import Response, jsonify, request
from flask_openapi import RequestBody
from pydantic import BaseModel, Field, RootModel, model_validator

from platewise.errors import ImageError
from platewise.gatehouse import Admitted
from platewise.store.records import ReadRecord
from platewise.vision.annotate import annotate
from platewise.vision.encode import jpeg
from platewise.vision.reader import Reader
from platewise.vision.reads import Reads
from platewise.web import once
from platewise.web.access import count_pictures, policy
from platewise.web.looking import Look, arrival, keep, look
from platewise.web.nouns import noun
from platewise.web.parts import parts
from platewise.web.times import Taken
from platewise.web.uploads import Upload, from_base64, from_url, pictures
from platewise.web.v1.models import CandidateAnswer, CharacterAnswer, Name, Request, Text

MOST_CANDIDATES = 20

blueprint = noun("recognise", "Read number plates in pictures.")


class RecogniseQuery(Request):
    """How to read, and whether to keep."""

    regions: Text = Field("", description="Region codes, such as `gb,fr`; empty means all.")
    top: int | None = Field(None, ge=1, le=MOST_CANDIDATES, description="Candidates a read lists.")
    crops: bool = Field(False, description="The pictures are plates that have been cut out already.")
    pipeline: Text | None = Field(None, description="Name of the pipeline that reads.")
    annotated: bool = Field(False, description="Also return each picture with the plates drawn in.")
    save: bool = Field(True, description="Keep the reads and their pictures.")
    camera: Name | None = Field(None, description="Where the pictures come from.")
    captured_at: Taken | None = Field(None, description="When they were taken; now, if absent.")


class RecogniseBody(Request):
    """One picture, as base64 text or where to fetch it."""

    image: str | None = Field(None, description="The file in base64, alone or as a `data:` URL.")
    url: str | None = Field(None, max_length=2000, description="An http or https URL of a public host.")

    @model_validator(mode="after")
    def _one(self) -> "RecogniseBody":
        if (self.image is None) == (self.url is None):
            raise ValueError("give image or url")
        return self


class EventOfRead(BaseModel):
    """What a vehicle did by passing: `visit` is its stay in the car park `lot`, `free` are places there."""

    kind: str
    lot: str | None
    visit: int | None
    reason: str
    free: int | None


class FoundRead(BaseModel):
    """What is written at one place of the picture; `id` is that of the kept read, `event` what it did."""

    id: int | None
    event: EventOfRead | None
    plate: str | None
    display: str | None
    region: str | None
    confidence: float
    detection_confidence: float
    box: list[float]
    quad: list[list[float]]
    characters: list[CharacterAnswer]
    candidates: list[CandidateAnswer]
    explain: list[str]


class Recognised(BaseModel):
    """The reads of one picture, as one line of `platewise read --format jsonl`; several come as a list."""

    image: str | None
    width: int | None
    height: int | None
    reads: list[FoundRead]
    ms: dict[str, float]
    error: str | None
    annotated: str | None = Field(None, description="A JPEG in base64.")


class RecognisedMany(BaseModel):
    """The reads of several pictures, in their order; `error` says why one could not be read."""

    pictures: list[Recognised]


class RecogniseAnswer(RootModel[Recognised | RecognisedMany]):
    """The reads of the one picture that was sent, or the list of them."""


_FORM = {"type": "string", "format": "binary"}
_BODY = RequestBody.model_validate(
    {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"image": {"type": "array", "items": _FORM}}}
            },
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"image": {"type": "string"}, "url": {"type": "string"}},
                }
            },
        },
    }
)


@blueprint.post("/v1/recognise", request_body=_BODY, responses={200: RecogniseAnswer})
@policy("viewer", scope="reads:write", limit="reads")
def recognise(query: RecogniseQuery) -> Response:
    """Read one picture or several.

    Send files in the form field `image`, or JSON with `image` in base64 or `url`. Several files are answered
    with a list under `pictures`.
    """
    again = once.before() if query.save else None
    if again:
        return again
    uploads, reader = _uploads(), _reader(query)
    seen = [_look(upload, reader, alone=len(uploads) == 1) for upload in uploads]
    if not query.save:
        return _answer(query, seen, [None] * len(seen))
    good = [one for one in seen if isinstance(one, Look)]

    def answer(kept: list[Admitted]) -> Response:
        """Tell each picture with the numbers of its kept reads and what they did."""
        waiting = iter(kept)
        return _answer(query, seen, [next(waiting) if isinstance(one, Look) else None for one in seen])

    return keep([arrival(one, query.camera, query.captured_at) for one in good], answer)


def _uploads() -> list[Upload]:
    if not request.is_json:
        found = pictures("image", "file")
        count_pictures(len(found))
        return found
    body = RecogniseBody.model_validate(request.get_json(silent=True))
    return [from_url(body.url) if body.url is not None else from_base64(body.image or "")]


def _reader(query: RecogniseQuery) -> Reader:
    codes = [code.strip().lower() for code in query.regions.split(",") if code.strip()]
    # A bare "+", as in detector+recognizer, arrives from a URL as a space; no name has one.
    pipeline = query.pipeline.strip().replace(" ", "+") if query.pipeline else None
    return parts().readers.get(codes, query.top, query.crops, pipeline)


def _look(upload: Upload, reader: Reader, alone: bool) -> Look | dict[str, Any]:
    """Return what was seen; among several, a picture that is none is told in its place."""
    try:
        return look(upload, reader)
    except ImageError as error:
        if alone:
            raise
        return Reads.failed(upload.name, str(error)).to_dict()


def _answer(
    query: RecogniseQuery, seen: list[Look | dict[str, Any]], kept: list[Admitted | None]
) -> Response:
    told = [
        _told(one, admitted, query.annotated) if isinstance(one, Look) else one
        for one, admitted in zip(seen, kept, strict=True)
    ]
    return jsonify(told[0] if len(told) == 1 else {"pictures": told})


def _told(seen: Look, admitted: Admitted | None, annotated: bool) -> dict[str, Any]:
    told = seen.reads.to_dict()
    told["reads"] = [{**_kept(read["box"], admitted), **read} for read in told["reads"]]
    if annotated:
        picture = jpeg(annotate(seen.frame.pixels, seen.reads))
        told["annotated"] = base64.b64encode(picture).decode()
    return told


def _kept(box: list[float], admitted: Admitted | None) -> dict[str, Any]:
    """Return the number of the kept read in a box, and what it did; a picture told again may lack some."""
    read = next((one.id for one in admitted.reads if _is_in(box, one)), None) if admitted else None
    if admitted is None or read is None:
        return {"id": None, "event": None}
    done = next((one for one in admitted.outcomes if one.read == read), None)
    event = EventOfRead.model_validate(done, from_attributes=True).model_dump() if done else None
    return {"id": read, "event": event}


def _is_in(box: list[float], record: ReadRecord) -> bool:
    """Tell whether the middle of a kept read is in a box."""
    x, y = (sum(values) / 4 for values in zip(*record.quad, strict=True))
    left, top, width, height = box
    return bool(left <= x <= left + width and top <= y <= top + height)
