"""Joins the parts: settings, reader, store and server."""

from platewise.outputs.dispatcher import dispatcher
from platewise.outputs.safe_http import SafeFetcher
from platewise.settings import Settings
from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.vision import environment
from platewise.vision.reader import Reader
from platewise.web import Application, create_app


def reader(settings: Settings | None = None) -> Reader:
    """Return the reader that the settings (the environment's, if none) ask for."""
    return Reader(settings=settings)


def store(settings: Settings) -> Store:
    """Return the store that the settings ask for."""
    return open_store(settings.database_url, settings.data / "images", settings.image_quota)


def app(settings: Settings | None = None) -> Application:
    """Return the server that the settings ask for: what gunicorn loads as ``platewise.bootstrap:app()``.

    Its outbox is served by threads that end with the process.
    """
    chosen = settings or environment.settings()
    kept = store(chosen)
    dispatcher(kept, chosen.private_receivers).start()
    return create_app(None, reader(chosen), kept, SafeFetcher(chosen.max_upload))
