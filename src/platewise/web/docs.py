"""``/docs``: the API to read and to try out, and ``/openapi.json``. Everything comes from this server."""

from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, send_from_directory
from flask_openapi import Info, OpenAPI

from platewise.web.access import policy
from platewise.web.errors import Refusal

OPENAPI = "3.1.0"
ASSETS = {
    "swagger-ui.css": "css/swagger-ui.css",
    "swagger-ui-bundle.js": "js/swagger-ui-bundle.js",
}
ABOUT = (
    "Number plate recognition. A write with the header `Idempotency-Key` happens once, however often it is "
    "sent. Every error has one form, `ErrorAnswer`; times are RFC 3339 with an offset."
)
TOKEN = {"type": "http", "scheme": "bearer", "description": "An API token, `pw_...`."}

blueprint = Blueprint("docs", __name__)


def describe(app: OpenAPI) -> None:
    """Say what the document tells of the whole."""
    app.openapi_version = OPENAPI
    app.info = Info(title="Platewise", version=version("platewise"), description=ABOUT)


@blueprint.get("/openapi.json")
@policy("public")
def document() -> Response:
    """Return the OpenAPI document."""
    app: Any = current_app
    return jsonify(app.api_doc)


@blueprint.get("/docs")
@policy("public")
def page() -> str:
    """Return the page that shows the document."""
    return render_template("docs.html")


@blueprint.get("/docs/<name>")
@policy("public")
def asset(name: str) -> Response:
    """Return a file of Swagger UI."""
    if name not in ASSETS:
        raise Refusal(404, "not_found", "There is no such file.")
    folder = resources.files("flask_openapi_swagger").joinpath("templates", "swagger")
    return send_from_directory(Path(str(folder)), ASSETS[name], max_age=3600)
