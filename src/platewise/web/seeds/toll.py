"""The two routes of a toll gantry: a camera sends a picture, the operator asks whether plates were seen."""

from typing import Any, Literal

from flask import Response, jsonify
from pydantic import BaseModel, Field

from platewise.core.plate import normalise
from platewise.gatehouse import Admitted
from platewise.web import once
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.looking import arrival, keep, look
from platewise.web.nouns import file_in, noun
from platewise.web.parts import parts
from platewise.web.times import local, parse_time
from platewise.web.uploads import picture

MOST_PLATES = 200
LONGEST_PLATE = 64

blueprint = noun("toll", "The routes of a toll gantry.")


class FoundAnswer(BaseModel):
    """What was found; HTTP says 200 either way."""

    message: str = Field(examples=["License plate AB1234CD found"])
    status: Literal[200, 404]


class CheckPath(BaseModel):
    """Plates with commas between them, and the time since when."""

    plates: str = Field(examples=["AB1234AB,CD567EF"])
    since: str = Field(examples=["2020-12-01T19:15:00"])


class CheckedAnswer(BaseModel):
    """Whether a plate was seen, and when last."""

    detected: bool
    plate: str
    time: str


_CHECKED = {
    "description": "One answer a plate, in the order asked.",
    "content": {
        "application/json": {"schema": {"type": "array", "items": CheckedAnswer.model_json_schema()}}
    },
}


@blueprint.post("/upload-camera-image", request_body=file_in("image"), responses={200: FoundAnswer})
@policy("seed")
def upload_camera_image() -> Response:
    """Read the picture in the field `image` and name its most confident plate."""
    again = once.before()
    if again:
        return again
    seen = look(picture("image"), parts().readers.default)
    found = [(read.confidence, read.plate.text) for read in seen.reads if read.plate]
    told = {"message": "No license plate found", "status": 404}
    if found:
        told = {"message": f"License plate {max(found)[1]} found", "status": 200}

    def answer(_: list[Admitted]) -> Response:
        """Tell the same whatever was kept."""
        return jsonify(told)

    return keep([arrival(seen, None, None)], answer)


@blueprint.get("/check-license-plate/<plates>/<since>", responses={200: _CHECKED})
@policy("seed", search=True)
def check_license_plate(path: CheckPath) -> Response:
    """Tell of each plate whether it was seen since a time; without an offset it is in the site's zone."""
    shared = parts()
    zone = shared.settings.zone
    asked = _plates(path.plates)
    try:
        since = parse_time(path.since, zone)
    except ValueError as error:
        raise Refusal(400, "bad_time", str(error)) from error
    with shared.store.reading() as unit:
        seen = unit.sightings.latest(set(asked), since)
    times = [local(seen[plate], zone) if plate in seen else "" for plate in asked]
    return jsonify(_answers(asked, times))


def _answers(plates: list[str], times: list[str]) -> list[dict[str, Any]]:
    return [
        {"detected": bool(time), "plate": plate, "time": time}
        for plate, time in zip(plates, times, strict=True)
    ]


def _plates(text: str) -> list[str]:
    plates = [plate.strip() for plate in text.split(",")]
    if len(plates) > MOST_PLATES:
        raise Refusal(400, "too_many_plates", f"Ask for at most {MOST_PLATES} plates at once.")
    for plate in plates:
        if not normalise(plate) or len(plate) > LONGEST_PLATE or "\x00" in plate or "\ufffd" in plate:
            raise Refusal(400, "bad_plate", f"{plate[:LONGEST_PLATE]!r} is no plate.")
    return plates
