"""``POST /v1/ingest/hikvision``: plates that Hikvision's cameras read, as they post them."""

from typing import Any

from flask import Response, request

from platewise.dialects import hikvision as dialect
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.vendors import shared
from platewise.web.vendors.claimed import Taken, admit

SCOPE = shared.scope("hikvision")
CARRIERS: Any = ("basic", "query")
_PICTURES = (".jpg", ".jpeg", ".png")

blueprint = shared.family("hikvision", "Plates that Hikvision's cameras read.")


@blueprint.post(
    "/v1/ingest/hikvision", request_body=shared.form_of(**{"anpr.xml": "file"}), responses={200: Taken}
)
@policy("operator", SCOPE, limit="reads", carriers=CARRIERS)
def ingest_hikvision() -> Response:
    """Take an `EventNotificationAlert`, alone or in a form with its pictures; others change nothing."""
    xml, pictures = _parts()
    claim = dialect.claim_of(xml, pictures)
    return admit([claim] if claim else [], "hikvision")


def _parts() -> tuple[bytes, dict[str, bytes]]:
    """Return the event and the pictures; 400 where there is no event."""
    if request.mimetype != "multipart/form-data":
        return request.get_data(), {}
    pictures: dict[str, bytes] = {}
    xml = next((text.encode() for text in request.form.values() if text.lstrip().startswith("<")), b"")
    for field, file in request.files.items(multi=True):
        name = file.filename or field
        if name.lower().endswith(_PICTURES):
            pictures[name] = file.read()
        elif not xml:
            xml = file.read()
    if not xml:
        raise Refusal(400, "no_event", "The form holds no anpr.xml.")
    return xml, pictures
