"""Joins the parts: settings, reader, store and server."""

from platewise.gatehouse import rounds
from platewise.outputs.dispatcher import for_settings
from platewise.outputs.safe_http import SafeFetcher
from platewise.settings import Settings
from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.vision import environment
from platewise.vision.decoding import decoder
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

    Its outbox is served, and its rounds are gone, by threads that end with the process.
    """
    chosen = settings or environment.settings()
    kept = store(chosen)
    sender = for_settings(kept, chosen)
    sender.start()
    rounds.keep_doing(kept, chosen)
    fetcher = SafeFetcher(chosen.max_upload)
    return create_app(None, reader(chosen), kept, fetcher, decoder(chosen), sender.desk)
