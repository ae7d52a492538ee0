"""A toll road over real HTTP: cameras at gantries send pictures, the API tells who passed and travelled."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tolling import ROAD, TARIFF

from platewise.gatehouse import applying, pairing
from platewise.register.site_file import parse
from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.store.site import Entry, PlateList
from platewise.vision.reader import Reader
from platewise.web import create_app
from serving import Served

from ..conftest import draw

START = datetime(2025, 7, 1, 8, tzinfo=UTC)
COLOURS = {"AB12CDE": "#ffffff", "AB1234CD": "#00ff00", "CD567EF": "#ffff00"}
"""What the tests' reader reads of a bright patch, by its colour."""


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class Road:
    """A served toll road, and what its cameras and its operators do."""

    def __init__(self, store: Store, reader: Reader) -> None:
        self.store = store
        self._served = Served(create_app({"TESTING": False}, reader, store))
        self.http = httpx.Client(base_url=self._served.address, timeout=60)
        with store.writing() as unit:
            applying.apply(unit, parse(ROAD + TARIFF), at(-3600), "ann")

    def close(self) -> None:
        self.http.close()
        self._served.close()

    def see(self, camera: str, seconds: float, *plates: str) -> list[dict[str, Any]]:
        """Have a camera send a picture; return what each plate in it did."""
        patches = [((20 + 300 * n, 100, 240, 50), COLOURS[plate]) for n, plate in enumerate(plates)]
        query = {"camera": camera, "captured_at": at(seconds).isoformat()}
        sent = self.http.post("/v1/recognise", params=query, files={"image": draw(*patches)})
        assert sent.status_code == 200, sent.text
        return [read["event"] | {"id": read["id"]} for read in sent.json()["reads"]]

    def pair(self, seconds: float = 99_999) -> None:
        """Let the server's rounds come by at a time."""
        pairing.pair_due(self.store, at(seconds))

    def get(self, path: str, **query: Any) -> Any:
        answer = self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, status: int = 200, **body: Any) -> Any:
        answer = self.http.post(path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def road(database_url: str, tmp_path: Path, tiny_reader: Reader) -> Iterator[Road]:
    store = open_store(database_url, tmp_path / "images")
    with closing(store), closing(Road(store, tiny_reader)) as made:
        yield made


def scene(road: Road) -> None:
    """Three vehicles: one passes all gantries, one leaves unseen, one was unseen at its entry."""
    for camera, seconds in (("w1f", 0), ("w1r", 0.7), ("m1f", 200), ("e1f", 400), ("e1r", 400.7)):
        road.see(camera, seconds, "AB12CDE")
    for camera, seconds in (("w2f", 30), ("m1f", 230)):
        road.see(camera, seconds, "AB1234CD")
    for camera, seconds in (("m1f", 260), ("e1f", 460)):
        road.see(camera, seconds, "CD567EF")


def test_a_scene_becomes_passages_and_journeys(road: Road) -> None:
    scene(road)
    passed = road.get("/v1/passages")["items"][::-1]
    assert [(one["gate"], one["plate"], len(one["views"])) for one in passed] == [
        ("west", "AB12CDE", 2), ("west", "AB1234CD", 1), ("mid", "AB12CDE", 1), ("mid", "AB1234CD", 1),
        ("mid", "CD567EF", 1), ("east", "AB12CDE", 2), ("east", "CD567EF", 1),
    ]  # fmt: skip
    assert [view["camera"] for view in passed[0]["views"]] == ["w1f", "w1r"]
    assert road.http.get(f"/v1/images/{passed[0]['views'][0]['crop']}").status_code == 200
    road.pair()
    travelled = {one["plate"]: one for one in road.get("/v1/journeys")["items"]}
    assert {plate: one["state"] for plate, one in travelled.items()} == {
        "AB12CDE": "complete", "AB1234CD": "exit missing", "CD567EF": "entry missing",
    }  # fmt: skip
    whole = road.get(f"/v1/journeys/{travelled['AB12CDE']['id']}")
    assert (whole["gates"], whole["total"], whole["vehicle"]) == (["west", "mid", "east"], "3.20", "car")
    assert whole["kmh"] == pytest.approx(108, abs=0.2)
    assert whole["kmh_low"] < whole["kmh"] < whole["kmh_high"]
    assert whole["confidence"] > 0.99
    assert [one["gate"] for one in whole["seen"]] == ["west", "mid", "east"]
    assert [one["plate"] for one in road.get("/v1/journeys", look="true")["items"]] == ["CD567EF", "AB1234CD"]


def test_what_is_told_again_changes_nothing(road: Road) -> None:
    scene(road)
    road.pair()
    before = road.get("/v1/passages"), road.get("/v1/journeys")
    scene(road)
    road.pair()
    assert (road.get("/v1/passages"), road.get("/v1/journeys")) == before


def test_a_review_reaches_passage_and_journey(road: Road) -> None:
    scene(road)
    (stray,) = road.see("w2f", 60, "AB1234CD")  # truly CD567EF, misread at its entry
    road.pair()
    assert stray["kind"] == "Passed"
    review = {"verdict": "corrected", "plate": "CD 567 EF", "reason": "seen"}
    road.post(f"/v1/reads/{stray['id']}/review", **review)
    road.pair()
    states = {one["plate"]: one["state"] for one in road.get("/v1/journeys")["items"]}
    assert states["CD567EF"] == "complete"
    (mine,) = road.get("/v1/passages", plate="cd-567 ef", gate="west")["items"]
    assert mine["display"] == "CD 567 EF"


def test_a_missing_exit_is_completed_by_a_person(road: Road) -> None:
    scene(road)
    road.pair()
    (lost,) = road.get("/v1/journeys", state="exit missing")["items"]
    url = f"/v1/journeys/{lost['id']}"
    timed = road.http.get("/tolls/journeys").text.count('class="stay"')
    assert road.http.get(f"{url}/quote").status_code == 409
    road.post(f"{url}/verdict", 422, verdict="completed", exit="nowhere", reason="the driver said so")
    done = road.post(f"{url}/verdict", verdict="completed", exit="east", reason="the driver said so")
    assert (done["state"], done["verdict"], done["total"], done["look"]) == (
        "complete",
        "completed",
        "3.20",
        "",
    )
    quote = road.get(f"{url}/quote")
    assert (quote["total"], quote["vehicle"], quote["lines"][0]["text"]) == (
        "3.20",
        "car",
        "west to east, car",
    )
    road.pair()
    assert road.get(url)["verdict"] == "completed"
    assert "<b>–</b> west → east" in road.http.get(f"/tolls/journey/{lost['id']}").text
    assert road.http.get("/tolls/journeys").text.count('class="stay"') == timed - 1


def test_mismatches_wait_for_a_verdict(road: Road) -> None:
    road.see("w1f", 0, "AB12CDE")
    road.see("w1r", 0.7, "CD567EF")
    (one,) = road.get("/v1/mismatches", judged="false")["items"]
    assert (one["front"]["plate"], one["rear"]["plate"]) == ("AB12CDE", "CD567EF")
    url = f"/v1/mismatches/{one['id']}/verdict"
    road.post(url, 422, verdict="one vehicle", reason="two plates")
    after = road.post(url, verdict="one vehicle", plate="AB12 CDE", reason="two plates on one car")["items"]
    assert [(p["plate"], len(p["views"])) for p in after] == [("AB12CDE", 2)]
    assert road.get("/v1/mismatches", judged="false")["items"] == []


def test_what_a_journey_would_cost(road: Road) -> None:
    with road.store.writing() as unit:
        unit.lists.put(PlateList("lorries", "known"))
        unit.lists.add("lorries", [Entry("AB12CDE")])
    body = {"from": "west", "to": "east", "at": at(0).isoformat()}
    assert road.post("/v1/tolls/quote", **body)["total"] == "3.20"
    assert road.post("/v1/tolls/quote", **body, lists=["lorries"])["total"] == "9.50"
    assert "no price" in road.post("/v1/tolls/quote", 422, **{**body, "to": "west"})["error"]["message"]


def test_tables_for_a_spreadsheet(road: Road) -> None:
    scene(road)
    road.pair()
    heads, *lines = road.http.get("/v1/journeys.csv", params={"state": "complete"}).text.splitlines()
    assert heads.startswith("id,plate,display,state,entry,exit,since,until")
    assert len(lines) == 1
    assert ",AB12CDE," in lines[0]
    assert len(road.http.get("/v1/passages.csv", params={"gate": "mid"}).text.splitlines()) == 4


def test_pages_go_on_where_they_ended(road: Road) -> None:
    scene(road)
    first = road.get("/v1/passages", limit=5)
    rest = road.get("/v1/passages", limit=5, cursor=first["next"])
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [5, 2, None]


def test_everything_on_a_plate_can_be_shown_and_erased(road: Road) -> None:
    scene(road)
    road.pair()
    held = road.get("/v1/plates/AB12CDE")
    assert (len(held["passages"]), len(held["journeys"])) == (3, 1)
    assert road.http.delete("/v1/plates/AB12CDE").json()["rows"]["journeys"] == 1
    assert len(road.get("/v1/journeys")["items"]) == 2
    assert road.get("/v1/passages", plate="AB12CDE")["items"] == []


def test_many_plates_are_asked_for_at_once(road: Road) -> None:
    scene(road)
    plates = ["ab12 cde", "ZZ99ZZZ", *(f"XX{n}" for n in range(3000))]
    told = road.post("/v1/plates/seen", plates=plates, since=at(100).isoformat())["items"]
    assert [one["plate"] for one in told] == plates
    assert told[0]["seen_at"] == "2025-07-01T08:06:40.700000Z"
    assert [one["seen_at"] for one in told[1:4]] == [None, None, None]
    later = road.post("/v1/plates/seen", plates=["AB12CDE"], since=at(401).isoformat())
    assert later["items"][0]["seen_at"] is None
    road.post("/v1/plates/seen", 422, plates=["-"], since=at(0).isoformat())


@pytest.mark.parametrize("path", ["passages/9", "journeys/9", "journeys/9/quote"])
def test_what_is_not_there_is_not_found(road: Road, path: str) -> None:
    assert road.http.get(f"/v1/{path}").status_code == 404
