"""/v1/exports, /v1/statistics, /v1/events, health and documents."""

import csv
import io
import json
from collections.abc import Callable
from io import BytesIO
from itertools import islice
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pyarrow import parquet

from platewise.errors import StoreError
from platewise.settings import Settings
from platewise.store.memory import MemoryStore
from platewise.store.protocol import Store
from platewise.vision.reader import Reader
from platewise.web import create_app
from platewise.web.v1 import exports

from .conftest import Send

VENDORS = ("/v2/", "/v3/", "/api/", "/info/")
"""What the addresses of other systems begin with, beside /v1."""


def _csv(data: bytes) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def _jsonl(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.splitlines()]


def _parquet(data: bytes) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = parquet.read_table(BytesIO(data)).to_pylist()
    return rows


@pytest.mark.parametrize(("form", "parse"), [("csv", _csv), ("jsonl", _jsonl), ("parquet", _parquet)])
def test_each_form_holds_the_same_reads(
    http: FlaskClient,
    send: Send,
    two_plates_jpeg: bytes,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
    parse: Callable[[bytes], list[dict[str, Any]]],
) -> None:
    monkeypatch.setattr(exports, "GROUP", 2)
    for second in range(3):
        send(two_plates_jpeg, f"/v1/recognise?captured_at=2025-11-20T05:30:0{second}Z")
    response = http.get(f"/v1/exports/reads.{form}")
    assert f'filename="reads.{form}"' in response.headers["Content-Disposition"]
    shown = http.get("/v1/reads").get_json()["items"]
    assert [(int(row["id"]), row["plate"]) for row in parse(response.data)] == [
        (item["id"], item["plate"]) for item in shown
    ]
    some = http.get(f"/v1/exports/reads.{form}?plate=CD567EF&match=exact").data
    assert {row["plate"] for row in parse(some)} == {"CD567EF"}
    assert len(parse(some)) == 3


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_an_export_of_nothing(http: FlaskClient, form: str) -> None:
    response = http.get(f"/v1/exports/reads.{form}")
    assert response.status_code == 200
    assert {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}[form](response.data) == []


def test_what_is_wrong_with_an_export_is_said_before_it_begins(http: FlaskClient) -> None:
    assert http.get("/v1/exports/reads.xls").status_code == 422
    assert http.get("/v1/exports/reads.csv?since=never").status_code == 400
    assert http.get("/v1/exports/reads.csv?plate=-").status_code == 422


def test_statistics(http: FlaskClient, send: Send, two_plates_jpeg: bytes, no_plate_jpeg: bytes) -> None:
    for minute in (0, 10, 40):
        send(two_plates_jpeg, f"/v1/recognise?camera=a&captured_at=2025-11-20T05:{minute:02}:00Z")
    send(no_plate_jpeg, "/v1/recognise?camera=b&captured_at=2025-11-20T05:50:00Z")
    span = "since=2025-11-20T05:00:00Z&until=2025-11-20T06:00:00Z"
    told = http.get(f"/v1/statistics?{span}&minutes=30").get_json()
    assert [(bar["start"], bar["reads"]) for bar in told["bars"]] == [
        ("2025-11-20T05:00:00Z", 4),
        ("2025-11-20T05:30:00Z", 2),
    ]
    assert (told["frames"], told["frames_hit"], told["hit_rate"]) == (4, 3, 0.75)
    assert sum(told["confidence"]) == 6
    assert http.get(f"/v1/statistics?{span}&camera=b").get_json()["hit_rate"] == 0
    assert http.get("/v1/statistics?until=2026-01-01T00:00:00Z").get_json()["hit_rate"] is None
    assert http.get("/v1/statistics?until=0001-01-01T00:00:00Z").status_code < 500


def _events(http: FlaskClient, count: int, url: str = "/v1/events", **headers: str) -> list[dict[str, Any]]:
    response = http.get(url, headers=headers)
    assert response.mimetype == "text/event-stream"
    texts = list(islice(response.response, count + 1))
    response.close()
    lines = (
        b"".join(text if isinstance(text, bytes) else text.encode() for text in texts).decode().splitlines()
    )
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


def test_events_resume_where_the_stream_broke(http: FlaskClient, send: Send, two_plates_jpeg: bytes) -> None:
    for second in range(2):
        send(two_plates_jpeg, f"/v1/recognise?captured_at=2025-11-20T05:30:0{second}Z")
    every = _events(http, 4, "/v1/events?after=0")
    assert [event["kind"] for event in every] == ["Passed"] * 4
    assert {event["payload"]["plate"] for event in every} == {"AB1234CD", "CD567EF"}
    rest = _events(http, 2, **{"Last-Event-ID": str(every[1]["id"])})
    assert rest == every[2:]
    number = every[0]["payload"]["read"]
    assert http.get(f"/v1/reads/{number}").get_json()["crop"] == every[0]["payload"]["crop"]


def test_a_listener_who_knows_of_more_than_a_restored_backup_hears_what_is_new(
    http: FlaskClient, send: Send, two_plates_jpeg: bytes
) -> None:
    """Numbers are given anew after a restore: a bot that waited for its last one would miss all up to it."""
    for second in range(2):
        send(two_plates_jpeg, f"/v1/recognise?captured_at=2025-11-20T05:30:0{second}Z")
    (newest,) = (event["id"] for event in _events(http, 4, "/v1/events?after=0")[3:])
    stream = http.get("/v1/events", headers={"Last-Event-ID": str(newest + 1000)})
    begun = next(iter(stream.response))
    stream.close()
    assert f"id: {newest}\n" in (begun if isinstance(begun, str) else begun.decode())


@pytest.mark.wall("H2")
def test_streams_are_bounded_and_give_their_place_back(tiny_reader: Reader) -> None:
    settings = Settings(pipeline="tiny", streams=1, data=tiny_reader.settings.data)
    client = create_app({}, Reader(settings=settings)).test_client()
    first = client.get("/v1/events")
    refused = client.get("/v1/events")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
    first.close()
    client.get("/v1/events").close()


@pytest.mark.wall("H2")
def test_overload_is_told_at_once(site: Flask, plate_jpeg: bytes) -> None:
    from platewise.web.parts import parts

    with site.app_context():
        room = parts().reading
    places = site.extensions["platewise"].settings
    for _ in range(places.requests):
        room.enter()
    for _ in range(places.queue):
        assert room._places.acquire(blocking=False)
    response = site.test_client().post("/v1/recognise", data={"image": (BytesIO(plate_jpeg), "a.jpg")})
    assert (response.status_code, response.get_json()["error"]["code"]) == (503, "busy")
    assert response.headers["Retry-After"] == "2"
    assert site.test_client().get("/healthz").status_code == 200


def test_health_and_readiness(http: FlaskClient) -> None:
    assert http.get("/healthz").get_json() == {"status": "ok"}
    assert http.get("/readyz").get_json() == {"status": "ok"}


@pytest.mark.wall("H12")
def test_a_store_that_fails_is_told_without_its_words(tiny_reader: Reader) -> None:
    class Failing(MemoryStore):
        broken = False

        def check(self) -> None:
            raise StoreError("/secret/path is gone")

        def reading(self) -> Any:
            if self.broken:
                raise StoreError("/secret/path is gone")
            return super().reading()

    store = Failing()
    client = create_app({}, tiny_reader, store).test_client()
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["error"]["code"]) == (503, "not_ready")
    store.broken = True
    found = client.get("/v1/reads")
    assert (found.status_code, found.get_json()["error"]["code"]) == (503, "store_unavailable")
    assert "secret" not in ready.text + found.text


def test_metrics_count_routes_and_never_plates(http: FlaskClient, send: Send, plate_jpeg: bytes) -> None:
    send(plate_jpeg)
    http.get("/check-license-plate/AB12CDE/2020-01-01T00:00:00")
    text = http.get("/metrics").text
    assert 'platewise_requests_total{method="POST",route="/v1/recognise",status="200"} 1.0' in text
    assert 'platewise_reads_total{readable="yes"} 1.0' in text
    assert "AB12CDE" not in text


@pytest.mark.wall("H4")
def test_the_document_names_every_route(site: Flask, store: Store) -> None:
    document = site.test_client().get("/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    served = {
        (str(rule).replace("<int:", "{").replace("<", "{").replace(">", "}"), method.lower())
        for rule in site.url_map.iter_rules()
        if str(rule).startswith(("/v1/", "/healthz", "/readyz", "/metrics", "/check", "/upload", *VENDORS))
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }
    assert described - {("/", "post")} == served


def test_the_page_of_the_document_needs_no_other_host(http: FlaskClient) -> None:
    page = http.get("/docs")
    assert "http://" not in page.text.replace("http://www.w3.org", "")
    for name in ("swagger-ui.css", "swagger-ui-bundle.js"):
        file = http.get(f"/docs/{name}", buffered=True)
        assert file.status_code == 200
        assert len(file.data) > 10_000
    assert http.get("/docs/..%2fapp.py").status_code == 404
    assert http.get("/docs/app.py").status_code == 404
