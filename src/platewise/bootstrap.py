"""Joins the parts: the only file that knows which settings make which reader and which server."""

from flask import Flask

from platewise.settings import Settings
from platewise.vision import environment
from platewise.vision.reader import Reader
from platewise.web import create_app


def reader(settings: Settings) -> Reader:
    """Return the reader that the settings ask for, its weights checked and loaded."""
    return Reader(settings=settings)


def app(settings: Settings | None = None) -> Flask:
    """Return the server; without settings the environment is asked (gunicorn takes this one)."""
    chosen = settings or environment.settings()
    return create_app({"MAX_CONTENT_LENGTH": chosen.max_upload}, reader(chosen))
