"""``GET /healthz``: the process answers and its reader is loaded."""

from flask import Blueprint, Response, jsonify

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Return 200 with ``{"status": "ok"}``."""
    return jsonify(status="ok")
