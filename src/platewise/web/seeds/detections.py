"""``POST /``: every detection of a picture with its box, its text, and the picture with both drawn in."""

import base64
from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, Field

from platewise.core.geometry import box_of
from platewise.core.read import Read
from platewise.gatehouse import Admitted
from platewise.vision.annotate import annotate
from platewise.vision.encode import jpeg
from platewise.web import once
from platewise.web.access import policy
from platewise.web.looking import arrival, keep, look
from platewise.web.nouns import file_in, noun
from platewise.web.parts import parts
from platewise.web.uploads import picture

blueprint = noun("detections", "The route of a detector.")


class DetectionAnswer(BaseModel):
    """A plate: how sure the detector is, [x, y, width, height] px, and its text."""

    bb_confidence: float
    bounding_box: list[int]
    ocr_pred: str


class DetectionsAnswer(BaseModel):
    """All plates of a picture."""

    detections: list[DetectionAnswer]
    output_image: str = Field(description="The picture with the plates drawn in, a JPEG in base64.")


@blueprint.post("/", request_body=file_in("file"), responses={200: DetectionsAnswer})
@policy("seed")
def detect() -> Response:
    """Return every plate of the picture in the field `file`."""
    again = once.before()
    if again:
        return again
    seen = look(picture("file"), parts().readers.default)
    drawn = base64.b64encode(jpeg(annotate(seen.frame.pixels, seen.reads))).decode()
    size = seen.frame.width, seen.frame.height
    told = {"detections": [_told(read, size) for read in seen.reads], "output_image": drawn}

    def answer(_: list[Admitted]) -> Response:
        """Tell the same whatever was kept."""
        return jsonify(told)

    return keep([arrival(seen, None, None)], answer)


def _told(read: Read, size: tuple[int, int]) -> dict[str, Any]:
    x, y, w, h = box_of(read.quad)
    left, right = (_within(value, size[0]) for value in (x, x + w))
    top, bottom = (_within(value, size[1]) for value in (y, y + h))
    return {
        "bb_confidence": read.detection_confidence,
        "bounding_box": [left, top, right - left, bottom - top],
        "ocr_pred": read.plate.text if read.plate else "",
    }


def _within(value: float, most: int) -> int:
    """Return whole px inside the picture: clients cut the box out."""
    return min(max(round(value), 0), most)
