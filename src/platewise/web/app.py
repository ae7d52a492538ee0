"""Builds the Flask application."""

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from flask import Flask, Request

from platewise.vision.reader import Reader
from platewise.web import errors, headers, health, page, readers, recognise, toll

LIMITS = {"MAX_CONTENT_LENGTH": 10 * 2**20, "MAX_FORM_MEMORY_SIZE": 64 * 2**10, "MAX_FORM_PARTS": 20}


class MemoryRequest(Request):
    """A request whose uploads stay in memory, bounded by ``MAX_CONTENT_LENGTH``: none touches the disk."""

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        return BytesIO()


def create_app(config: Mapping[str, Any] | None = None, reader: Reader | None = None) -> Flask:
    """Return the application; all its threads share one ``reader`` (the default one when none is given)."""
    app = Flask(__name__)
    app.request_class = MemoryRequest
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config.update(LIMITS | dict(config or {}))
    readers.share(app, reader or Reader())
    for blueprint in (page.blueprint, recognise.blueprint, toll.blueprint, health.blueprint):
        app.register_blueprint(blueprint)
    errors.register(app)
    headers.register(app)
    return app
