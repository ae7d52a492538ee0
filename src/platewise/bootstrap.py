"""Joins the parts: settings, reader and server."""

from platewise.settings import Settings
from platewise.vision import environment
from platewise.vision.reader import Reader
from platewise.web import Application, create_app


def reader(settings: Settings | None = None) -> Reader:
    """Return the reader that the settings (the environment's, if none) ask for."""
    return Reader(settings=settings)


def app(settings: Settings | None = None) -> Application:
    """Return the server that the settings ask for: what gunicorn loads as ``platewise.bootstrap:app()``."""
    return create_app(reader=reader(settings or environment.settings()))
