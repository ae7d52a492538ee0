"""``POST /v1/redact``: the picture without its plates. Nothing is read and nothing is kept."""

from typing import Any, Literal

from flask import Response
from pydantic import Field

from platewise.vision.encode import jpeg
from platewise.vision.redact import MARGIN, places, redact
from platewise.web.access import policy
from platewise.web.nouns import content
from platewise.web.parts import parts
from platewise.web.v1.models import Request
from platewise.web.vendors import shared

SCOPE = shared.scope("redaction")
CARRIERS: Any = ("token", "api_key")
COUNT = "X-Plates"
"""The header that tells how many places were hidden."""


class RedactQuery(Request):
    """How to hide the plates."""

    how: Literal["blur", "fill"] = Field("blur", description="`fill` paints them over in one colour.")
    margin: float = Field(MARGIN, ge=0, le=2, description="How much larger than the plate, as a share.")


blueprint = shared.family("redaction", "Pictures without their plates.")


@blueprint.post(
    "/v1/redact",
    request_body=shared.form_of(image="file"),
    responses={200: content("image/jpeg", "The picture, without metadata.")},
)
@policy("seed", SCOPE, carriers=CARRIERS)
def redact_picture(query: RedactQuery) -> Response:
    """Return the picture in the field `image` (or `upload`, `file`) with every plate hidden."""
    shared_parts = parts()
    upload = shared.sent_picture("image", "upload", "file", url="upload_url")
    reader = shared_parts.readers.default
    with shared_parts.reading.place():
        frame = shared_parts.decode(upload.data)
        quads = places(reader.pipeline, frame)
    hidden = redact(frame.pixels, quads, query.how, query.margin)
    return Response(jpeg(hidden), content_type="image/jpeg", headers={COUNT: str(len(quads))})
