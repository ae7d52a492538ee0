"""``POST /api/plate-reads``: plates that Blue Iris posts, as to ALPR Database."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel

from platewise.dialects import blue_iris as dialect
from platewise.gatehouse import Admitted
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.vendors import shared
from platewise.web.vendors.axis import JSON
from platewise.web.vendors.claimed import admit_as

SCOPE = shared.scope("blueiris")
CARRIERS: Any = ("api_key", "basic", "query")
_STATUSES = {413: 400, 415: 400, 422: 400}


class BlueIrisFailure(BaseModel):
    """What is wrong."""

    error: str


class BlueIrisProcessed(BaseModel):
    """Which plates were new, and which had been told before."""

    processed: list[dict[str, Any]]
    duplicates: list[str]
    ignored: list[str]
    message: str


def _shape(status: int, message: str) -> tuple[int, dict[str, Any]]:
    return _STATUSES.get(status, status), {"error": message}


blueprint = shared.family("blueiris", "Plates that Blue Iris read.", _shape, BlueIrisFailure)


@blueprint.post(
    "/api/plate-reads",
    request_body=JSON,
    responses={201: BlueIrisProcessed, 409: BlueIrisProcessed},
)
@policy("operator", SCOPE, limit="reads", carriers=CARRIERS)
def ingest_blue_iris() -> Response:
    """Take `ai_dump`, `memo` or `plate_number`, with `camera`, `timestamp` and `Image`."""
    post = shared.json_body()
    claims = [one for one in dialect.claims_of(post) if one.text] if isinstance(post, Mapping) else []
    if not claims:
        raise Refusal(400, "no_event", "No plate is in this request.")

    def answer(admitted: list[Admitted]) -> Response:
        """Tell them apart; 409 where none was new."""
        new = [{"plate": read.normalised, "id": read.id} for one in admitted if one.new for read in one.reads]
        old = [read.normalised for one in admitted if not one.new for read in one.reads]
        message = f"Processed {len(new)} plates, {len(old)} duplicates, 0 ignored"
        response = jsonify(processed=new, duplicates=old, ignored=[], message=message)
        response.status_code = 201 if new else 409
        return response

    return admit_as(claims, "blueiris", answer)
