"""What the tests of the car park's routes share: pictures at its gate, and its town's tariff."""

from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from platewise import clock

from .conftest import Send

TARIFF = """
name = "Town"
currency = "EUR"
zone = "Europe/Zagreb"

[[bands]]
name = "day"
from = 07:00:00
until = 20:00:00
steps = [{minutes = 60, price = 2.00}]

[[bands]]
name = "night"
from = 20:00:00
until = 07:00:00
steps = [{minutes = 60, price = 0.50}]

[[permits]]
list = "staff"
percent = 50
"""


def ago(**span: float) -> datetime:
    """Return a time so long ago."""
    return clock.now() - timedelta(**span)


def text(time: datetime) -> str:
    """Return a time as the API answers it."""
    return time.isoformat().replace("+00:00", "Z")


def seen(send: Send, picture: bytes, at: datetime, camera: str = "telegram", **more: Any) -> dict[str, Any]:
    """Send a picture of one plate and return what it did."""
    answer = send(picture, f"/v1/recognise?camera={camera}&captured_at={text(at)}", **more)
    assert answer.status_code == 200, answer.text
    (read,) = answer.get_json()["reads"]
    event: dict[str, Any] = read["event"]
    return event


def visits(http: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    """Return a page of visits."""
    response = http.get(f"/v1/visits?{query}")
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.get_json()["items"]
    return items


def opened(http: FlaskClient, plate: str) -> dict[str, Any]:
    """Let a plate in by hand and return its visit."""
    response = http.post("/v1/visits", json={"lot": "main", "plate": plate, "reason": "the camera is away"})
    assert response.status_code == 200, response.text
    visit: dict[str, Any] = response.get_json()
    return visit


def free(http: FlaskClient) -> int:
    """Return how many places are free."""
    places: int = http.get("/v1/lots/main").get_json()["free"]
    return places
