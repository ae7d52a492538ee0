"""``POST /v1/ingest/axis``: plates that Axis's License Plate Verifier read, as it posts them."""

from collections.abc import Mapping
from typing import Any

from flask import Response
from flask_openapi import RequestBody

from platewise.dialects import axis as dialect
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.vendors import shared
from platewise.web.vendors.claimed import Taken, admit

SCOPE = shared.scope("axis")
CARRIERS: Any = ("basic", "query")
JSON = RequestBody.model_validate(
    {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
)

blueprint = shared.family("axis", "Plates that Axis's cameras read.")


@blueprint.post("/v1/ingest/axis", request_body=JSON, responses={200: Taken})
@policy("operator", SCOPE, limit="reads", carriers=CARRIERS)
def ingest_axis() -> Response:
    """Take an event of a vehicle that is new; with `?on=update` or `?on=lost` that event instead."""
    state = shared.told("on") or "new"
    if state not in dialect.STATES:
        raise Refusal(422, "bad_parameter", f"on is one of {', '.join(dialect.STATES)}.")
    event = shared.json_body()
    if not isinstance(event, Mapping):
        raise Refusal(400, "no_event", "Send the event as a JSON object.")
    claim = dialect.claim_of(event, state)
    return admit([claim] if claim else [], "axis")
