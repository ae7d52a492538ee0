"""``POST /v1/ingest/onvif``: plates in ONVIF's notifications and metadata."""

from typing import Any

from flask import Response, request
from flask_openapi import RequestBody

from platewise.dialects import onvif as dialect
from platewise.web.access import policy
from platewise.web.vendors import shared
from platewise.web.vendors.claimed import Taken, admit

SCOPE = shared.scope("onvif")
CARRIERS: Any = ("basic", "query")
XML = RequestBody.model_validate(
    {"required": True, "content": {"application/soap+xml": {"schema": {"type": "string"}}}}
)

blueprint = shared.family("onvif", "Plates that ONVIF cameras read.")


@blueprint.post("/v1/ingest/onvif", request_body=XML, responses={200: Taken})
@policy("operator", SCOPE, limit="reads", carriers=CARRIERS)
def ingest_onvif() -> Response:
    """Take every plate of a SOAP `Notify` or of a piece of a metadata stream."""
    return admit(dialect.claims_of(request.get_data()), "onvif")
