"""``/healthz``, ``/readyz`` and ``/metrics``: for whoever watches the server."""

import logging

from flask import Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from platewise.errors import StoreError
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.nouns import content, noun
from platewise.web.parts import parts

log = logging.getLogger(__name__)

blueprint = noun("health", "For whoever watches the server.")


class HealthAnswer(BaseModel):
    """All is well."""

    status: str


@blueprint.get("/healthz", responses={200: HealthAnswer})
@policy("public")
def healthz() -> Response:
    """Tell that the process answers and its reader is loaded."""
    return jsonify(status="ok")


@blueprint.get("/readyz", responses={200: HealthAnswer})
@policy("public")
def readyz() -> Response:
    """Tell that reads can be kept, too; 503 while they cannot."""
    try:
        parts().store.check()
    except StoreError as error:
        log.error("not ready: %s", error)
        raise Refusal(503, "not_ready", "The database cannot be written to.", 5) from error
    return jsonify(status="ok")


@blueprint.get("/metrics", responses={200: content("text/plain", "Numbers in Prometheus' text form.")})
@policy("viewer", scope="metrics:read")
def metrics() -> Response:
    """Return the numbers of this process."""
    return Response(generate_latest(parts().metrics.registry), content_type=CONTENT_TYPE_LATEST)
