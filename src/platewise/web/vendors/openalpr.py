"""OpenALPR's cloud: ``/v2`` and ``/v3`` ``recognize``, ``recognize_url``, ``recognize_bytes``."""

import base64
import json
from typing import Any
from uuid import uuid4

from flask import Response, jsonify, request
from flask_openapi import RequestBody
from pydantic import BaseModel, ConfigDict

from platewise import clock
from platewise.dialects import countries
from platewise.dialects import openalpr as dialect
from platewise.vision.reader import Reader
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.looking import Look
from platewise.web.parts import parts
from platewise.web.uploads import Upload, from_url
from platewise.web.vendors import shared, usage

SCOPE = shared.scope("openalpr")
MOST_CANDIDATES = 50
_STATUSES = {413: 400, 415: 400, 422: 400, 429: 403}
CARRIERS: Any = ("secret_key",)


class OpenAlprFailure(BaseModel):
    """What is wrong."""

    error: str


class OpenAlprAnswer(BaseModel):
    """What was read: `alpr_results`, version 2."""

    model_config = ConfigDict(extra="allow")

    version: int
    data_type: str
    img_width: int
    img_height: int
    results: list[dict[str, Any]]


def _shape(status: int, message: str) -> tuple[int, dict[str, Any]]:
    return _STATUSES.get(status, status), {"error": message}


blueprint = shared.family("openalpr", "OpenALPR's (Rekor's) cloud API.", _shape, OpenAlprFailure)
_TEXT = RequestBody.model_validate(
    {"required": True, "content": {"application/json": {"schema": {"type": "string"}}}}
)


@policy("seed", SCOPE, carriers=CARRIERS)
def openalpr_recognize() -> Response:
    """Read the picture in the field `image`."""
    return _recognise(lambda: shared.sent_picture("image"))


@policy("seed", SCOPE, carriers=CARRIERS)
def openalpr_recognize_url() -> Response:
    """Read the picture at `image_url`."""
    return _recognise(_at_url)


@policy("seed", SCOPE, carriers=CARRIERS)
def openalpr_recognize_bytes() -> Response:
    """Read the picture that the body is, in base64."""
    return _recognise(_in_body)


for _version in ("v2", "v3"):
    for _name, _view, _body in (
        ("recognize", openalpr_recognize, shared.form_of(image="file")),
        ("recognize_url", openalpr_recognize_url, None),
        ("recognize_bytes", openalpr_recognize_bytes, _TEXT),
    ):
        blueprint.post(
            f"/{_version}/{_name}",
            endpoint=f"{_version}_{_name}",
            operation_id=f"openalpr_{_version}_{_name}",
            request_body=_body,
            responses={200: OpenAlprAnswer},
        )(_view)


def _recognise(upload: Any) -> Response:
    topn, calls = int(shared.number("topn", 10, 1, 1000)), usage.calls()

    def reader() -> Reader:
        """Return the reader that expects the country."""
        regions = countries.data_sets((shared.told("country") or "").split(","))
        return parts().readers.get(regions, min(topn, MOST_CANDIDATES), shared.switched_on("is_cropped"))

    def answer(seen: Look) -> Response:
        """Tell it as the cloud does."""
        return jsonify({**_told(seen, topn), "credits_monthly_used": calls.count(1)})

    return shared.read_and_keep(upload, reader, answer, shared.camera("camera"))


def _told(seen: Look, topn: int) -> dict[str, Any]:
    state = countries.ours(shared.told("state") or "") or None
    size = seen.frame.width, seen.frame.height
    shot = dialect.Shot(*size, dialect.epoch(clock.now()), seen.reads.ms["total"], topn, state)
    told = {
        "uuid": str(uuid4()),
        **dialect.results(seen.reads, shot),
        "processing_time": {"total": shot.ms, "plates": shot.ms, "vehicles": 0.0},
        "credit_cost": 1,
        "credits_monthly_total": usage.UNLIMITED,
        "vehicles": [],
        "error": False,
    }
    if shared.switched_on("return_image"):
        told["image_bytes"] = base64.b64encode(seen.upload.data).decode()
    return told


def _at_url() -> Upload:
    url = shared.told("image_url")
    if not url:
        raise Refusal(400, "no_file", "image_url names no picture.")
    return from_url(url)


def _in_body() -> Upload:
    """Return the picture in the body: base64, bare or as JSON's string, or as the field ``image_bytes``."""
    text = request.form.get("image_bytes") or request.get_data(as_text=True)
    if text.startswith('"'):
        try:
            text = str(json.loads(text))
        except ValueError as error:
            raise Refusal(400, "bad_parameter", f"This is no JSON ({error}).") from error
    if not text.strip():
        raise Refusal(400, "no_file", "Send the picture in base64 as the body.")
    return shared.base64_picture(text)
