"""Clients of OpenALPR's cloud, as its libraries and scripts ask it."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
import requests

from .conftest import Running

KEY = "sk_0123456789abcdef"


def ask(site: Running, path: str, **more: Any) -> requests.Response:
    params = {
        "secret_key": KEY,
        "country": "eu",
        "recognize_vehicle": 0,
        "topn": 10,
        **more.pop("params", {}),
    }
    return requests.post(f"{site.url}{path}", params=params, timeout=20, **more)


@pytest.fixture(params=["v2", "v3"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_recognize(site: Running, plate_jpeg: bytes, version: str) -> None:
    """What the generated clients deserialise, key by key."""
    response = ask(site, f"/{version}/recognize", files={"image": ("car.jpg", plate_jpeg, "image/jpeg")})
    assert response.status_code == 200
    told = response.json()
    assert (told["version"], told["data_type"]) == (2, "alpr_results")
    assert (told["img_width"], told["img_height"]) == (640, 480)
    assert set(told["processing_time"]) == {"total", "plates", "vehicles"}
    assert told["epoch_time"] > 1e12
    assert told["credits_monthly_used"] == told["credit_cost"] == 1
    assert told["credits_monthly_total"] > 1
    (plate,) = told["results"]
    assert (plate["plate"], plate["region"], plate["matches_template"]) == ("AB12CDE", "gb", 1)
    assert 90 < plate["confidence"] <= 100
    assert plate["region_confidence"] == 100
    assert next((p["x"], p["y"]) for p in plate["coordinates"]) == pytest.approx((200, 300), abs=3)
    assert len(plate["coordinates"]) == 4
    first = plate["candidates"][0]
    assert (first["plate"], first["confidence"]) == (plate["plate"], plate["confidence"])
    assert plate["requested_topn"] == 10
    assert len(plate["candidates"]) <= 10
    assert site.plates() == ["AB12CDE"]


def test_recognize_bytes(site: Running, plate_jpeg: bytes, version: str) -> None:
    """The body is the base64 itself; generated clients send it as a string in JSON."""
    encoded = base64.b64encode(plate_jpeg)
    for more in ({"data": encoded}, {"json": encoded.decode()}, {"data": {"image_bytes": encoded}}):
        told = ask(site, f"/{version}/recognize_bytes", **more)
        assert [one["plate"] for one in told.json()["results"]] == ["AB12CDE"], told.text


def test_recognize_url(run: Callable[..., Running], plate_jpeg: bytes, version: str) -> None:
    asked = []
    site = run(fetch=lambda url: asked.append(url) or plate_jpeg)
    params = {"image_url": "https://example.org/car.jpg"}
    told = ask(site, f"/{version}/recognize_url", params=params).json()
    assert [one["plate"] for one in told["results"]] == ["AB12CDE"]
    assert asked == ["https://example.org/car.jpg"]


def test_options(site: Running, plate_jpeg: bytes, two_plates_jpeg: bytes) -> None:
    files = {"image": plate_jpeg}
    told = ask(
        site, "/v3/recognize", files=files, params={"return_image": 1, "topn": 1, "state": "fr"}
    ).json()
    assert base64.b64decode(told["image_bytes"]) == plate_jpeg
    (plate,) = told["results"]
    assert len(plate["candidates"]) == plate["requested_topn"] == 1
    assert plate["matches_template"] == 0, "of France, as asked"
    from conftest import draw

    crop = draw(((0, 0, 240, 50), "#ffffff"), size=(240, 50))
    told = ask(site, "/v3/recognize", files={"image": crop}, params={"is_cropped": 1}).json()
    assert [one["plate"] for one in told["results"]] == ["AB12CDE"]


def test_candidates_that_no_format_has_are_told_as_such(site: Running, two_plates_jpeg: bytes) -> None:
    told = ask(site, "/v3/recognize", files={"image": two_plates_jpeg}, params={"country": "gb"}).json()
    (plate,) = (one for one in told["results"] if one["plate"] == "CD567EF")
    assert {one["matches_template"] for one in plate["candidates"]} <= {0, 1}
    assert len({one["plate"] for one in plate["candidates"]}) == len(plate["candidates"]) > 1


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("recognize", {}),
        ("recognize", {"files": {"image": b"no picture"}}),
        ("recognize", {"files": {"image": b"x" * 11 * 2**20}}),
        ("recognize_bytes", {"data": "no base64!"}),
        ("recognize_bytes", {"data": ""}),
        ("recognize_bytes", {"data": '"open'}),
        ("recognize_url", {}),
        ("recognize", {"params": {"topn": "many"}}),
        ("recognize", {"params": {"topn": 0}}),
    ],
)
def test_what_is_wrong_is_400_with_a_text(site: Running, path: str, more: Any) -> None:
    response = ask(site, f"/v3/{path}", **more)
    assert (response.status_code, list(response.json())) == (400, ["error"])
    assert isinstance(response.json()["error"], str)


def test_the_secret_key_is_a_token_of_the_family(run: Callable[..., Running], plate_jpeg: bytes) -> None:
    site = run(reads_per_minute=1)
    files = {"image": plate_jpeg}
    params = {"secret_key": site.token("viewer", "vendor:openalpr")}
    assert ask(site, "/v3/recognize", files=files, params=params).status_code == 200
    refused = ask(site, "/v3/recognize", files=files, params=params)
    assert (refused.status_code, list(refused.json())) == (403, ["error"]), "too many are 403 there"
    refused = ask(site, "/v3/recognize", files=files)
    assert (refused.status_code, list(refused.json())) == (401, ["error"])
    params = {"secret_key": site.token("viewer", "vendor:codeproject")}
    assert ask(site, "/v2/recognize", files=files, params=params).status_code == 403
