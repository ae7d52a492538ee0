"""POST /v1/recognise."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from platewise import clock
from platewise.vision.reader import Reader
from platewise.web import create_app

URL = "/v1/recognise"


def _send(client: FlaskClient, data: bytes, url: str = URL, field: str = "image") -> TestResponse:
    return client.post(url, data={field: (BytesIO(data), "car.jpg")})


@pytest.mark.parametrize("field", ["image", "file"])
def test_it_answers_like_a_line_of_the_command_line(
    client: FlaskClient, plate_jpeg: bytes, field: str
) -> None:
    response = _send(client, plate_jpeg, field=field)
    answer: dict[str, Any] = response.get_json()
    assert response.status_code == 200
    assert list(answer) == ["image", "width", "height", "reads", "ms", "error"]
    assert (answer["image"], answer["width"], answer["height"], answer["error"]) == (
        "car.jpg",
        640,
        480,
        None,
    )
    assert list(answer["ms"]) == ["decode", "detect", "recognise", "total"]
    (read,) = answer["reads"]
    assert (read["plate"], read["display"], read["region"]) == ("AB12CDE", "AB12 CDE", "gb")
    assert "".join(c["text"] for c in read["characters"]) == "AB12CDE"
    assert read["candidates"][0]["plate"] == "AB12CDE"
    assert read["box"] == pytest.approx([200, 300, 240, 50], abs=2)
    assert read["quad"][2] == pytest.approx([440, 350], abs=2)


def _ahead(**by: float) -> str:
    return (clock.now() + timedelta(**by)).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("by", [{"hours": 25}, {"days": 3000}])
def test_a_picture_of_a_day_to_come_is_refused(
    client: FlaskClient, plate_jpeg: bytes, by: dict[str, float]
) -> None:
    """It would open a stay that nothing can end, and be kept until that day and as long again."""
    before = client.get("/v1/reads").get_json()
    answer = _send(client, plate_jpeg, f"{URL}?captured_at={_ahead(**by)}")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "bad_time")
    assert "captured_at: " in answer.get_json()["error"]["message"]
    assert "more than a day ahead of the server's clock" in answer.get_json()["error"]["message"]
    assert client.get("/v1/reads").get_json() == before


def test_a_clock_in_a_wrong_zone_may_run_ahead(client: FlaskClient, plate_jpeg: bytes) -> None:
    assert _send(client, plate_jpeg, f"{URL}?captured_at={_ahead(hours=14)}").status_code == 200


def test_top_bounds_the_candidates(client: FlaskClient, plate_jpeg: bytes) -> None:
    (read,) = _send(client, plate_jpeg, f"{URL}?top=1").get_json()["reads"]
    assert len(read["candidates"]) == 1


def test_crops_takes_the_picture_as_one_plate(client: FlaskClient, plate_jpeg: bytes) -> None:
    (read,) = _send(client, plate_jpeg, f"{URL}?crops=1").get_json()["reads"]
    assert read["box"] == [0, 0, 640, 480]


def test_regions_are_taken_in_any_case(client: FlaskClient, plate_jpeg: bytes) -> None:
    (read,) = _send(client, plate_jpeg, f"{URL}?regions=GB,%20gb").get_json()["reads"]
    assert read["display"] == "AB12 CDE"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("regions=atlantis", "atlantis"),
        ("top=0", "top"),
        ("top=21", "top"),
        ("top=" + "9" * 5000, "top"),
        ("top=five", "top"),
        ("top=²", "top"),
        ("crops=perhaps", "crops"),
        ("pipeline=nonesuch", "nonesuch"),
        ("tpo=3", "tpo"),
    ],
)
def test_a_wrong_parameter_is_named(client: FlaskClient, plate_jpeg: bytes, query: str, told: str) -> None:
    response = _send(client, plate_jpeg, f"{URL}?{query}")
    assert response.status_code == 422
    assert response.get_json()["error"]["code"] == "bad_parameter"
    assert told in response.get_json()["error"]["message"]


def test_a_pipeline_that_lacks_something_here_says_what(
    client: FlaskClient, plate_jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    response = _send(client, plate_jpeg, f"{URL}?pipeline=contour")
    assert response.status_code == 501
    error = response.get_json()["error"]
    assert (error["code"], "apt install tesseract-ocr" in error["message"]) == ("pipeline_unavailable", True)


@pytest.mark.parametrize("name", ["yolo-attention", "window", "detector+recognizer"])
def test_a_pipeline_can_be_named(client: FlaskClient, plate_jpeg: bytes, name: str) -> None:
    (read,) = _send(client, plate_jpeg, f"{URL}?crops=1&pipeline={name}").get_json()["reads"]
    kept = client.get(f"/v1/reads/{read['id']}").get_json()
    assert kept["pipeline"] == name


def test_options_do_not_outlive_their_request(client: FlaskClient, plate_jpeg: bytes) -> None:
    before = _send(client, plate_jpeg, f"{URL}?save=0").get_json()["reads"]
    _send(client, plate_jpeg, f"{URL}?top=1&crops=1&regions=gb&save=0")
    assert _send(client, plate_jpeg, f"{URL}?save=0").get_json()["reads"] == before


def test_threads_share_the_reader(app: Flask, plate_jpeg: bytes, two_plates_jpeg: bytes) -> None:
    def plates(data: bytes) -> list[str]:
        return [read["plate"] for read in _send(app.test_client(), data).get_json()["reads"]]

    alone = [plates(plate_jpeg), plates(two_plates_jpeg)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(plates, [plate_jpeg, two_plates_jpeg] * 10)) == alone * 10


def test_several_files_are_answered_in_their_order(
    client: FlaskClient, plate_jpeg: bytes, two_plates_jpeg: bytes
) -> None:
    data = {"a.jpg": plate_jpeg, "b.jpg": b"no picture", "c.jpg": two_plates_jpeg}
    files = [(BytesIO(picture), name) for name, picture in data.items()]
    one, bad, two = client.post(URL, data={"image": files}).get_json()["pictures"]
    assert [picture["image"] for picture in (one, bad, two)] == ["a.jpg", "b.jpg", "c.jpg"]
    assert (len(one["reads"]), bad["reads"], len(two["reads"])) == (1, [], 2)
    assert "text, not a picture" in bad["error"]
    assert all(read["id"] for read in one["reads"] + two["reads"])


@pytest.mark.parametrize("prefix", ["", "data:image/jpeg;base64,"])
def test_base64(client: FlaskClient, plate_jpeg: bytes, prefix: str) -> None:
    response = client.post(URL, json={"image": prefix + base64.b64encode(plate_jpeg).decode()})
    assert [read["plate"] for read in response.get_json()["reads"]] == ["AB12CDE"]


@pytest.mark.parametrize(
    "body",
    [{}, {"image": "$$"}, {"image": 1}, {"image": "", "url": "http://x"}, {"picture": ""}, [], "x"],
)
def test_a_wrong_body_is_refused(client: FlaskClient, body: Any) -> None:
    response = client.post(URL, json=body)
    assert (response.status_code, response.get_json()["error"]["code"]) == (422, "bad_parameter")


def test_a_url_needs_a_fetcher(client: FlaskClient) -> None:
    assert client.post(URL, json={"url": "http://example.org/car.jpg"}).status_code == 403


def test_a_url_is_fetched(tiny_reader: Reader, plate_jpeg: bytes) -> None:
    asked: list[str] = []
    client = create_app({}, tiny_reader, fetch=lambda url: asked.append(url) or plate_jpeg).test_client()
    response = client.post(URL, json={"url": "http://example.org/car.jpg"})
    assert [read["plate"] for read in response.get_json()["reads"]] == ["AB12CDE"]
    assert asked == ["http://example.org/car.jpg"]


def test_an_annotated_picture_on_request(client: FlaskClient, plate_jpeg: bytes) -> None:
    answer = _send(client, plate_jpeg, f"{URL}?annotated=1").get_json()
    drawn = Image.open(BytesIO(base64.b64decode(answer["annotated"])))
    assert (drawn.size, drawn.format) == ((640, 480), "JPEG")
    assert "annotated" not in _send(client, plate_jpeg).get_json()
