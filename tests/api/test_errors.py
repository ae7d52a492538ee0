"""What cannot be answered gets the right status and the one error shape."""

from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from platewise.settings import Settings
from platewise.web import create_app

URLS = ("/v1/recognise", "/upload-camera-image")
each_url = pytest.mark.parametrize("url", URLS)


def _error(response: TestResponse) -> tuple[int, str]:
    answer = response.get_json()
    assert list(answer) == ["error"]
    assert list(answer["error"]) == ["code", "message", "request_id"]
    assert answer["error"]["message"]
    assert answer["error"]["request_id"] == response.headers["X-Request-Id"]
    return response.status_code, answer["error"]["code"]


def _huge() -> bytes:
    file = BytesIO()
    Image.new("1", (19_000, 19_000)).save(file, "PNG")
    return file.getvalue()


@each_url
def test_no_picture(client: FlaskClient, url: str) -> None:
    assert _error(client.post(url)) == (400, "no_file")
    assert _error(client.post(url, data={"other": (BytesIO(b"x"), "x.jpg")})) == (400, "no_file")
    assert _error(client.post(url, data={"image": "text, no file"})) == (400, "no_file")


@pytest.mark.parametrize(("url", "field"), [("/upload-camera-image", "image"), ("/", "file")])
def test_two_pictures(client: FlaskClient, plate_jpeg: bytes, url: str, field: str) -> None:
    two = [(BytesIO(plate_jpeg), "a.jpg"), (BytesIO(plate_jpeg), "b.jpg")]
    assert _error(client.post(url, data={field: two})) == (400, "no_file")


@each_url
@pytest.mark.parametrize(
    "data",
    [b"", b"Dear reader", b"<svg/>", b"\xff\xd8\xff\xe0cut", b"\x89PNG\r\n\x1a\n", _huge()],
    ids=["empty", "text", "svg", "cut jpeg", "cut png", "361 megapixels"],
)
@pytest.mark.wall("U4")
def test_not_a_picture(client: FlaskClient, url: str, data: bytes) -> None:
    assert _error(client.post(url, data={"image": (BytesIO(data), "car.jpg")})) == (415, "not_a_picture")


@each_url
@pytest.mark.wall("U3")
def test_too_large(client: FlaskClient, url: str) -> None:
    response = client.post(url, data={"image": (BytesIO(bytes(2**18)), "car.jpg")})
    assert _error(response) == (413, "request_entity_too_large")
    assert "0.25 MiB" in response.get_json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "url"), [("POST", "/v1/recognise"), ("PUT", "/v1/lists/cars"), ("POST", "/v1/plates/seen")]
)
def test_json_that_is_nested_too_deeply(client: FlaskClient, method: str, url: str) -> None:
    answer = client.open(url, method=method, data="[" * 100_000, content_type="application/json")
    assert _error(answer) == (422, "bad_parameter")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", '{"kind": "known"}'),
        ("application/json", '{"kind"'),
        (None, "[]"),
    ],
)
def test_a_body_that_is_no_json_object_is_told_what_to_send(
    client: FlaskClient, kind: str | None, body: str
) -> None:
    answer = client.put("/v1/lists/cars", data=body, content_type=kind)
    assert _error(answer) == (422, "bad_parameter")
    wanted = "send a JSON object, with the header Content-Type: application/json"
    assert answer.get_json()["error"]["message"] == wanted
    nested = client.put("/v1/lots/main", json={"policy": 1})
    assert nested.get_json()["error"]["message"] == "policy: give a JSON object"


def test_unknown_route_and_method(client: FlaskClient) -> None:
    assert _error(client.get("/nowhere")) == (404, "not_found")
    response = client.get("/v1/recognise")
    assert _error(response) == (405, "method_not_allowed")
    assert "POST" in response.headers["Allow"]


@pytest.fixture
def broken(tmp_path: Path) -> FlaskClient:
    class Broken:
        settings = Settings(data=tmp_path)

        def read(self, _: object) -> None:
            raise RuntimeError("secret /inner/path")

    return create_app({}, Broken()).test_client()  # type: ignore[arg-type]


@pytest.mark.wall("H12")
def test_a_fault_tells_the_log_and_not_the_caller(
    broken: FlaskClient, plate_jpeg: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    response = broken.post("/upload-camera-image", data={"image": (BytesIO(plate_jpeg), "car.jpg")})
    assert _error(response) == (500, "internal")
    assert "secret" not in response.text
    assert "secret" in caplog.text
    assert response.headers["X-Request-Id"] in caplog.text


@pytest.mark.parametrize("url", ["/", "/healthz", "/nowhere", "/static/page.js"])
@pytest.mark.wall("H8")
def test_every_response_has_the_protecting_headers(app: Flask, url: str) -> None:
    headers = app.test_client().get(url, buffered=True).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
