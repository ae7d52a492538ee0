"""POST /upload-camera-image: the toll route's answers, letter by letter."""

from io import BytesIO

import pytest
from flask.testing import FlaskClient


def _send(client: FlaskClient, data: bytes) -> tuple[int, str]:
    response = client.post("/upload-camera-image", data={"image": (BytesIO(data), "car.jpg")})
    assert response.mimetype == "application/json"
    return response.status_code, response.text.strip()


def test_found_names_the_most_confident_plate(client: FlaskClient, two_plates_jpeg: bytes) -> None:
    assert _send(client, two_plates_jpeg) == (200, '{"message":"License plate AB1234CD found","status":200}')


def test_not_found_is_also_http_200(client: FlaskClient, no_plate_jpeg: bytes) -> None:
    assert _send(client, no_plate_jpeg) == (200, '{"message":"No license plate found","status":404}')


def test_only_the_field_image_is_taken(client: FlaskClient, plate_jpeg: bytes) -> None:
    response = client.post("/upload-camera-image", data={"file": (BytesIO(plate_jpeg), "car.jpg")})
    assert response.status_code == 400
    assert "'image'" in response.get_json()["error"]["message"]


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 5000, "<script>.jpg", "京.jpg"])
def test_the_file_name_does_not_matter(client: FlaskClient, plate_jpeg: bytes, name: str) -> None:
    response = client.post("/upload-camera-image", data={"image": (BytesIO(plate_jpeg), name or "x")})
    assert response.get_json()["message"] == "License plate AB12CDE found"
