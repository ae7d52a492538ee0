"""The server on each kind of store, and what several tests send to it."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from stores import database_url, postgres_url, sqlite_template, store
from werkzeug.test import TestResponse

from platewise.store.protocol import Store
from platewise.vision.reader import Reader
from platewise.web import create_app

__all__ = ["database_url", "postgres_url", "sqlite_template", "store"]
Send = Callable[..., TestResponse]


@pytest.fixture
def site(tiny_reader: Reader, store: Store) -> Flask:
    """Return the server on an empty store."""
    return create_app({"TESTING": False}, tiny_reader, store)


@pytest.fixture
def http(site: Flask) -> FlaskClient:
    """Return a client of the server on an empty store."""
    return site.test_client()


@pytest.fixture
def send(http: FlaskClient) -> Send:
    """Return what sends a picture, by default to be recognised."""

    def send(data: bytes, url: str = "/v1/recognise", field: str = "image", **more: Any) -> TestResponse:
        return http.post(url, data={field: (BytesIO(data), "car.jpg")}, **more)

    return send
