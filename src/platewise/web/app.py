"""Builds the Flask application."""

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import IO, Any

from flask import Request
from flask.json.provider import DefaultJSONProvider
from flask_openapi import OpenAPI

from platewise.store.memory import MemoryStore
from platewise.store.protocol import Store
from platewise.vision.decoding import Decoder, InProcess
from platewise.vision.reader import Reader
from platewise.web import access, docs, errors, headers, health, identity, metrics, pages, seeds, v1
from platewise.web.parts import Fetch, Parts, Sender, share
from platewise.web.readers import Readers
from platewise.web.vendors.families import blueprints
from platewise.web.waiting import WaitingRoom

LIMITS = {"MAX_FORM_MEMORY_SIZE": 2 * 64 * 2**10, "MAX_FORM_PARTS": 20}
"""Werkzeug reads 64 KiB at a time and counts what it still holds of the last: less would refuse pictures."""


class MemoryRequest(Request):
    """A request whose uploads stay in memory, bounded by ``MAX_CONTENT_LENGTH``: none touches the disk."""

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        return BytesIO()


class Json(DefaultJSONProvider):
    """Flask's JSON, where what is nested too deeply is no JSON."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return the values of a text; ValueError where it has none."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError as error:
            raise ValueError("it is nested too deeply") from error


class Application(OpenAPI):
    """Platewise's server."""

    request_class, json_provider_class = MemoryRequest, Json


def create_app(
    config: Mapping[str, Any] | None = None,
    reader: Reader | None = None,
    store: Store | None = None,
    fetch: Fetch | None = None,
    decoder: Decoder | None = None,
    sender: Sender | None = None,
) -> Application:
    """Return the application; all its threads share one ``reader``, whose settings hold, and one store.

    Without a store, what is read is kept until the program ends. Without ``fetch``, no URL is read;
    without ``decoder``, uploads are decoded in this process; without ``sender``, no output can be set up.
    """
    shared = replace(_parts(reader or Reader(), store or MemoryStore(), fetch, decoder), sender=sender)
    app = Application(
        __name__,
        doc_ui=False,
        security_schemes={"token": docs.TOKEN},
        openapi_extensions={"security": [{}, {"token": []}]},
        validation_error_model=errors.ErrorAnswer,
        validation_error_callback=errors.invalid,
    )
    docs.describe(app)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config.update({"MAX_CONTENT_LENGTH": shared.settings.max_upload, **LIMITS, **(config or {})})
    share(app, shared)
    families = blueprints(shared.settings.vendors)
    for noun in (*v1.BLUEPRINTS, *seeds.BLUEPRINTS, *families, health.blueprint):
        app.register_api(noun)
    app.register_blueprint(docs.blueprint)
    pages.register(app)
    identity.register(app)
    errors.register(app)
    headers.register(app)
    metrics.register(app, shared.metrics)
    access.register(app, shared.store, shared.settings)
    return app


def _parts(reader: Reader, store: Store, fetch: Fetch | None, decoder: Decoder | None) -> Parts:
    settings = reader.settings
    return Parts(
        readers=Readers(reader),
        store=store,
        settings=settings,
        metrics=metrics.Metrics(),
        reading=WaitingRoom(settings.requests, settings.queue),
        streaming=WaitingRoom(settings.streams),
        decode=decoder or InProcess(settings),
        fetch=fetch,
    )
