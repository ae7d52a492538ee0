"""The shipped weights read the sample pictures, through the server, as a newcomer's first look does."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from platewise.web import create_app

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
INDEX = SAMPLES / "index.jsonl"
LINES = [json.loads(line) for line in INDEX.read_text("utf-8").splitlines()] if INDEX.exists() else []


@pytest.fixture(scope="module")
def shipped() -> FlaskClient:
    return create_app().test_client()


def test_there_are_samples() -> None:
    assert len(LINES) >= 3


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["image"])
def test_a_sample_is_read(shipped: FlaskClient, line: dict[str, Any]) -> None:
    data = (SAMPLES / line["image"]).read_bytes()
    answer = shipped.post("/v1/recognise", data={"image": (BytesIO(data), "sample.jpg")}).get_json()
    assert {read["plate"] for read in answer["reads"]} == {plate["text"] for plate in line["plates"]}


def test_the_page_offers_pictures_of_the_samples(shipped: FlaskClient) -> None:
    from platewise.web.pages.read import samples

    shown = [name for name, _ in samples()]
    assert len(shown) >= 3
    page = shipped.get("/").text
    assert all(f"samples/{name}" in page for name in shown)
