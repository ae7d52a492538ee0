"""``/v1/alerts`` and ``/v1/calibration``, and their pages, as people and programs use them."""

import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from platewise import clock
from platewise.register.decision import Calibration, Curve, Promise, to_toml
from platewise.store.protocol import Store
from platewise.store.records import NewEvent
from platewise.train.calibrate_data import indexes, told, untold

LEARNED = to_toml(
    Calibration(
        curve=Curve(shift=0.5),
        promise=Promise(error=0.005, confidence=0.95, auto=0.9, reads=1000, taken=700, wrong=1),
        ladder=(Promise(error=0.02, confidence=0.95, auto=0.5, reads=1000, taken=900, wrong=9),),
    )
)


@pytest.fixture
def page(http: FlaskClient) -> Callable[..., int]:
    """Return what sends a form as a browser does, and tells the status."""

    def post(url: str, **filled: str) -> int:
        return http.post(url, data=filled, headers={"Sec-Fetch-Site": "same-origin"}).status_code

    return post


@pytest.fixture
def alerted(http: FlaskClient, send: Any, plate_jpeg: bytes) -> dict[str, Any]:
    """Let a watched plate pass; return its alert."""
    http.put("/v1/lists/stolen", json={"kind": "watched", "label": "Stolen"})
    http.post("/v1/lists/stolen/entries", json={"entries": [{"plate": "ab12-cde", "label": "a van"}]})
    send(plate_jpeg, "/v1/recognise?camera=north")
    (alert,) = http.get("/v1/alerts").get_json()["items"]
    return dict(alert)


def test_an_alert_is_listed_shown_and_acknowledged(http: FlaskClient, alerted: dict[str, Any]) -> None:
    assert (alerted["list"], alerted["listed"], alerted["label"]) == ("stolen", "ab12-cde", "a van")
    assert (alerted["exact"], alerted["camera"], alerted["what"]) == (True, "north", "Passed")
    url = f"/v1/alerts/{alerted['id']}"
    assert http.get(url).get_json() == alerted
    done = http.post(f"{url}/acknowledge").get_json()
    assert done["acknowledged_by"]
    assert http.post(f"{url}/acknowledge").get_json() == done
    assert http.get("/v1/alerts?open=true").get_json()["items"] == []
    assert [one["id"] for one in http.get("/v1/alerts?open=false&list=stolen").get_json()["items"]]
    for method, address in (("GET", "/v1/alerts/999"), ("POST", "/v1/alerts/999/acknowledge")):
        assert http.open(address, method=method).status_code == 404


def test_an_alert_is_in_the_stream(http: FlaskClient, alerted: dict[str, Any]) -> None:
    stream = http.get("/v1/events?after=0")
    said = b""
    for part in stream.response:  # type: ignore[union-attr]
        said += part if isinstance(part, bytes) else part.encode()
        if b"event: Alert" in said:
            break
    stream.close()
    assert f"id: {alerted['id']}".encode() in said


def test_the_page_shows_open_alerts_and_takes_them_off(
    http: FlaskClient, alerted: dict[str, Any], page: Callable[..., int]
) -> None:
    shown = http.get("/alerts").text
    assert "ab12-cde" in shown
    assert "I see to it" in shown
    assert "ab12-cde" in http.get(f"/alerts/{alerted['id']}").text
    assert page(f"/alerts/{alerted['id']}/acknowledge") == 303
    assert "No alert is open" in http.get("/alerts").text
    everything = http.get("/alerts?all=1").text
    assert "saw to it" in everything
    assert "There is no such alert" in http.get("/alerts?all=1&list=other").text


def test_pages_of_alerts(http: FlaskClient, store: Store) -> None:
    from platewise.store.alerts import NewAlert

    payload = {"exact": True, "odds": 2.0, "confidence": 0.9}
    with store.writing() as unit:
        for number in range(30):
            event = unit.events.add(NewEvent("Alert", clock.now(), {"plate": f"AB{number}", **payload}))
            unit.alerts.add(NewAlert(event.id, "stolen", f"AB{number}", "north", event.at))
    page = http.get("/alerts").text
    assert page.count('class="card alert') == 24
    older = page.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert http.get(older).text.count('class="card alert') == 6


def test_a_calibration_is_applied_shown_and_taken_back(
    http: FlaskClient, send: Any, plate_jpeg: bytes
) -> None:
    empty = http.get("/v1/calibration").get_json()
    assert (empty["current"], empty["cameras"], empty["check"]) == (None, [], None)
    assert "platewise calibrate --apply" in http.get("/calibration").text
    held = http.post("/v1/calibration", json={"toml": LEARNED}).get_json()
    assert (held["toml"], held["confidence"], len(held["history"])) == (LEARNED, 0.95, 1)
    send(plate_jpeg, "/v1/recognise?camera=north")
    told_ = http.get("/v1/calibration").get_json()
    north = next(one for one in told_["cameras"] if one["camera"] == "north")
    assert sum(north["now"].values()) == 1
    assert [(one["error"], one["taken"]) for one in north["yields"]] == [(0.005, 0.7), (0.02, 0.9)]
    assert 0.001 < north["promise"]["bound"] < 0.01
    assert told_["check"] == {"looked_at": 0, "wrong": 0}
    assert "70" in http.get("/calibration").text
    gone = http.delete("/v1/calibration").get_json()
    assert (gone["current"], gone["history"][0]["withdrawn_at"] is None) == (None, False)
    assert http.delete("/v1/calibration").status_code == 404


def test_the_error_of_a_camera_is_set(http: FlaskClient, page: Callable[..., int]) -> None:
    http.post("/v1/calibration", json={"toml": LEARNED})
    told_ = http.put("/v1/calibration/errors", json={"errors": {"north": 0.02, "": 0.001}}).get_json()
    cameras = {one["camera"]: one for one in told_["cameras"]}
    assert (cameras["north"]["error"], cameras["north"]["promise"]["auto"]) == (0.02, 0.5)
    assert (cameras[""]["error"], cameras[""]["promise"]["auto"]) == (0.001, None)
    assert http.put("/v1/calibration/errors", json={"errors": {"north": 2}}).status_code == 422
    assert page("/calibration/errors", camera="north", error="0.5") == 303
    north = http.get("/v1/calibration").get_json()["cameras"][1]
    assert (north["camera"], north["error"], north["set"]) == ("north", 0.005, True)
    page("/calibration/errors", camera="north", error="")
    assert [one["camera"] for one in http.get("/v1/calibration").get_json()["cameras"]] == [""]
    assert page("/calibration/errors", error="some") == 422


@pytest.mark.parametrize("toml", ["", "x", "[curve]\ntemperature = -1", "reject = 0.1"])
def test_what_is_no_calibration_is_refused(http: FlaskClient, toml: str) -> None:
    assert http.post("/v1/calibration", json={"toml": toml}).status_code == 422
    assert http.get("/v1/calibration").get_json()["current"] is None


def test_the_page_applies_and_takes_back(http: FlaskClient, page: Callable[..., int]) -> None:
    assert page("/calibration", toml=LEARNED) == 303
    assert page("/calibration", toml=LEARNED.replace("0.9\n", "0.8\n")) == 303
    assert "Calibration 2 holds" in http.get("/calibration").text
    assert page("/calibration/withdraw") == 303
    assert "Calibration 1 holds" in http.get("/calibration").text


def test_the_export_teaches_what_calibrate_learns(
    http: FlaskClient, send: Any, plate_jpeg: bytes, tmp_path: Path
) -> None:
    for verdict, plate in (("accepted", None), ("corrected", "XY99"), ("rejected", None)):
        number = send(plate_jpeg, "/v1/recognise?camera=north").get_json()["reads"][0]["id"]
        body = {"verdict": verdict, **({"plate": plate} if plate else {})}
        http.post(f"/v1/reads/{number}/review", json=body)
    archive = tmp_path / "corrections.zip"
    archive.write_bytes(http.get("/v1/exports/corrections.zip").data)
    (index,) = indexes(archive, tmp_path / "out")
    judged = told(index)
    assert sorted(one.right for one in judged) == [False, False, True]
    assert {one.camera for one in judged} == {"north"}
    assert all(0 < one.confidence <= 1 for one in judged)
    assert untold(index) == []
    with zipfile.ZipFile(BytesIO(archive.read_bytes())) as packed:
        lines = [json.loads(line) for line in packed.read("index.jsonl").splitlines()]
        assert len(packed.namelist()) == 3  # what was rejected needs no picture
    assert {(line["state"], line["read"]) for line in lines} == {
        (state, "AB12CDE") for state in ("accepted", "corrected", "rejected")
    }
