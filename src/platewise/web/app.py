"""Builds the Flask application."""

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from flask import Flask, Request

from platewise.vision.reader import Reader
from platewise.web import errors, headers, health, page, readers, recognise, toll

LIMITS = {"MAX_FORM_MEMORY_SIZE": 64 * 2**10, "MAX_FORM_PARTS": 20}


class MemoryRequest(Request):
    """A request whose uploads stay in memory, bounded by ``MAX_CONTENT_LENGTH``: none touches the disk."""

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        return BytesIO()


class Application(Flask):
    """Platewise's server."""

    request_class = MemoryRequest


def create_app(config: Mapping[str, Any] | None = None, reader: Reader | None = None) -> Application:
    """Return the application; all its threads share one ``reader``, whose settings hold."""
    shared = reader or Reader()
    app = Application(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config.update({"MAX_CONTENT_LENGTH": shared.settings.max_upload, **LIMITS, **(config or {})})
    readers.share(app, shared)
    for blueprint in (page.blueprint, recognise.blueprint, toll.blueprint, health.blueprint):
        app.register_blueprint(blueprint)
    errors.register(app)
    headers.register(app)
    return app
