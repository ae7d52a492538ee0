"""POST /v1/recognise."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

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
        ("top=0", "1 to 20"),
        ("top=21", "1 to 20"),
        ("top=" + "9" * 5000, "1 to 20"),
        ("top=five", "five"),
        ("top=²", "1 to 20"),
        ("crops=yes", "yes"),
    ],
)
def test_a_wrong_parameter_is_named(client: FlaskClient, plate_jpeg: bytes, query: str, told: str) -> None:
    response = _send(client, plate_jpeg, f"{URL}?{query}")
    assert response.status_code == 422
    assert response.get_json()["error"]["code"] == "bad_parameter"
    assert told in response.get_json()["error"]["message"]


def test_options_do_not_outlive_their_request(client: FlaskClient, plate_jpeg: bytes) -> None:
    before = _send(client, plate_jpeg).get_json()["reads"]
    _send(client, plate_jpeg, f"{URL}?top=1&crops=1&regions=gb")
    assert _send(client, plate_jpeg).get_json()["reads"] == before


def test_threads_share_the_reader(app: Flask, plate_jpeg: bytes, two_plates_jpeg: bytes) -> None:
    def plates(data: bytes) -> list[str]:
        return [read["plate"] for read in _send(app.test_client(), data).get_json()["reads"]]

    alone = [plates(plate_jpeg), plates(two_plates_jpeg)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(plates, [plate_jpeg, two_plates_jpeg] * 10)) == alone * 10
