"""The server on each kind of store, and what several tests send to it."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.vision.reader import Reader
from platewise.web import create_app

Send = Callable[..., TestResponse]


@pytest.fixture(params=["memory:", "sqlite:///{}/platewise.sqlite3"], ids=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Return an empty store, of each kind in turn."""
    store = open_store(request.param.format(tmp_path), tmp_path / "images")
    yield store
    store.close()


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
