"""Pictures become visits; people change them; they are found, exported and erased."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from platewise.store.memory import MemoryStore
from platewise.store.protocol import Store
from platewise.store.queries import AuditQuery
from platewise.vision.reader import Reader
from platewise.web import create_app

from .conftest import Send
from .parking import ago, free, opened, seen, text, visits

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def _act(http: FlaskClient, visit: int, what: str, **body: Any) -> TestResponse:
    return http.post(f"/v1/visits/{visit}/{what}", json={"reason": "the guard saw it", **body})


class TestPictures:
    def test_seen_first_it_enters_and_next_it_leaves(
        self, http: FlaskClient, send: Send, plate_jpeg: bytes
    ) -> None:
        came, went = ago(hours=2), ago(hours=1)
        first, still, last = (seen(send, plate_jpeg, at) for at in (came, came + timedelta(seconds=10), went))
        assert first == {"kind": "Entered", "lot": "main", "visit": first["visit"], "reason": "", "free": 99}
        assert (still["kind"], still["free"]) == ("Repeated", 99)
        assert (last["kind"], last["visit"], last["free"]) == ("Left", first["visit"], 100)
        (visit,) = visits(http)
        assert (visit["id"], visit["plate"], visit["display"]) == (first["visit"], "AB12CDE", "AB12 CDE")
        assert (visit["state"], visit["entered"], visit["left"]) == ("left", text(came), text(went))
        assert http.get(f"/v1/images/{visit['entry_crop']}").mimetype == "image/jpeg"
        assert http.get(f"/v1/reads/{visit['exit_read']}").status_code == 200
        assert visits(http, f"read={visit['exit_read']}") == [visit]
        assert http.get(f"/v1/visits/{visit['id']}").get_json() == visit

    @pytest.mark.wall("D7")
    def test_sent_again_it_is_answered_with_the_same_bytes(
        self, http: FlaskClient, send: Send, plate_jpeg: bytes
    ) -> None:
        headers = {"Idempotency-Key": "update 17"}
        url = "/v1/recognise?camera=telegram"
        first, *again = (send(plate_jpeg, url, headers=headers).data for _ in range(3))
        assert set(again) == {first}
        assert (len(visits(http)), free(http)) == (1, 99)

    def test_sent_again_without_a_key_the_same_picture_of_the_same_time_tells_the_same(
        self, http: FlaskClient, send: Send, plate_jpeg: bytes
    ) -> None:
        at = ago(hours=1)
        assert seen(send, plate_jpeg, at) == seen(send, plate_jpeg, at)
        assert free(http) == 99

    def test_nothing_kept_is_nothing_done(self, http: FlaskClient, send: Send, plate_jpeg: bytes) -> None:
        (read,) = send(plate_jpeg, "/v1/recognise?camera=telegram&save=0").get_json()["reads"]
        assert (read["id"], read["event"]) == (None, None)
        assert visits(http) == []

    def test_elsewhere_a_plate_just_passes(self, http: FlaskClient, send: Send, plate_jpeg: bytes) -> None:
        event = seen(send, plate_jpeg, ago(hours=1), camera="street")
        assert event == {"kind": "Passed", "lot": None, "visit": None, "reason": "", "free": None}
        assert visits(http) == []

    def test_a_full_car_park_refuses(self, http: FlaskClient, send: Send, plate_jpeg: bytes) -> None:
        http.put("/v1/lots/main", json={"capacity": 1})
        opened(http, "ZZ9")
        event = seen(send, plate_jpeg, ago(minutes=1))
        assert (event["kind"], event["reason"], event["free"]) == ("Refused", "full", 0)

    def test_a_denied_plate_is_refused(self, http: FlaskClient, send: Send, plate_jpeg: bytes) -> None:
        http.put("/v1/lists/bad", json={"kind": "denied"})
        http.post("/v1/lists/bad/entries", json={"entries": [{"plate": "AB12 CDE"}]})
        event = seen(send, plate_jpeg, ago(minutes=1))
        assert (event["kind"], event["reason"]) == ("Refused", "denied")

    def test_a_corrected_read_mends_its_visit(self, http: FlaskClient, send: Send, plate_jpeg: bytes) -> None:
        visit = seen(send, plate_jpeg, ago(hours=1))["visit"]
        read = http.get(f"/v1/visits/{visit}").get_json()["entry_read"]
        done = http.post(f"/v1/reads/{read}/review", json={"verdict": "corrected", "plate": "AB12 COE"})
        assert done.status_code == 200, done.text
        assert http.get(f"/v1/visits/{visit}").get_json()["plate"] == "AB12COE"

    def test_a_correction_cannot_put_a_plate_inside_twice(
        self, http: FlaskClient, send: Send, plate_jpeg: bytes
    ) -> None:
        visit = seen(send, plate_jpeg, ago(hours=1))["visit"]
        opened(http, "AB12 COE")
        read = http.get(f"/v1/visits/{visit}").get_json()["entry_read"]
        body = {"verdict": "corrected", "plate": "AB12 COE"}
        assert http.post(f"/v1/reads/{read}/review", json=body).status_code == 409
        assert http.get(f"/v1/reads/{read}").get_json()["state"] == "new"


@pytest.mark.parametrize("name", ["000000.jpg", "000004.jpg"])
def test_the_shipped_weights_park_a_drawn_car(name: str) -> None:
    http = create_app({}, Reader(), MemoryStore()).test_client()
    data = (SAMPLES / name).read_bytes()

    def send(picture: bytes, url: str) -> TestResponse:
        return http.post(url, data={"image": (BytesIO(picture), name)})

    came = ago(hours=1)
    kinds = [seen(send, data, came + timedelta(seconds=later))["kind"] for later in (0, 5, 1800)]
    assert kinds == ["Entered", "Repeated", "Left"]
    assert free(http) == 100


class TestByHand:
    def test_a_vehicle_is_let_in_and_out(self, http: FlaskClient, store: Store) -> None:
        visit = opened(http, "ab-12 cde")
        assert (visit["plate"], visit["state"], free(http)) == ("AB12CDE", "inside", 99)
        out = _act(http, visit["id"], "close").get_json()
        assert (out["state"], out["reviewed"], free(http)) == ("left", True, 100)
        with store.reading() as unit:
            events = unit.events.after(0)
            lines = unit.journal.find(AuditQuery()).items
        assert [(e.kind, e.payload["visit"], e.payload["free"]) for e in events] == [
            ("Entered", visit["id"], 99),
            ("Left", visit["id"], 100),
        ]
        assert [(line.action, line.user) for line in lines] == [("close", "local"), ("open", "local")]

    def test_never_twice_and_never_into_a_full_one(self, http: FlaskClient) -> None:
        opened(http, "AB1")
        body = {"lot": "main", "plate": "ab 1", "reason": "x"}
        assert http.post("/v1/visits", json=body).status_code == 409
        http.put("/v1/lots/main", json={"capacity": 1})
        full = http.post("/v1/visits", json=body | {"plate": "AB2"})
        assert (full.status_code, full.get_json()["error"]["message"]) == (409, "the car park is full")

    @pytest.mark.parametrize(
        "change", [{"plate": "-"}, {"plate": "ABCDEFGHIJK"}, {"reason": ""}, {"reason": " "}, {"more": 1}]
    )
    def test_what_cannot_be_meant_is_refused(self, http: FlaskClient, change: dict[str, Any]) -> None:
        body = {"lot": "main", "plate": "AB1", "reason": "x"}
        assert http.post("/v1/visits", json=body | change).status_code == 422

    @pytest.mark.wall("D7")
    def test_the_same_key_opens_once(self, http: FlaskClient) -> None:
        body = {"lot": "main", "plate": "AB1", "reason": "x"}
        headers = {"Idempotency-Key": "1"}
        first, again = (http.post("/v1/visits", json=body, headers=headers) for _ in range(2))
        assert first.data == again.data
        assert len(visits(http)) == 1

    def test_it_left_earlier_but_after_it_came_and_not_tomorrow(
        self, http: FlaskClient, send: Send, plate_jpeg: bytes
    ) -> None:
        visit = seen(send, plate_jpeg, ago(hours=3))["visit"]
        assert _act(http, visit, "close", at=text(ago(hours=4))).status_code == 422
        assert _act(http, visit, "close", at=text(ago(hours=-1))).status_code == 422
        left = text(ago(hours=1))
        assert _act(http, visit, "close", at=left).get_json()["left"] == left
        assert _act(http, visit, "close").status_code == 409

    def test_whoever_came_by_a_clock_that_runs_ahead_can_leave(
        self, http: FlaskClient, send: Send, plate_jpeg: bytes
    ) -> None:
        came = ago(hours=-1)
        visit = seen(send, plate_jpeg, came)["visit"]
        assert _act(http, visit, "close", at=text(ago(hours=1))).status_code == 422
        assert _act(http, visit, "close").get_json()["left"] == text(came)
        assert free(http) == 100

    def test_a_plate_is_corrected(self, http: FlaskClient) -> None:
        visit, other = opened(http, "AB1")["id"], opened(http, "AB2")["id"]
        assert _act(http, visit, "correct", plate="ab 3").get_json()["plate"] == "AB3"
        assert _act(http, other, "correct", plate="AB3").status_code == 409
        assert [one["id"] for one in visits(http, "plate=AB3")] == [visit]

    def test_a_pair_is_split_and_merged_again(self, http: FlaskClient, send: Send, plate_jpeg: bytes) -> None:
        seen(send, plate_jpeg, ago(hours=2))
        visit = seen(send, plate_jpeg, ago(hours=1))["visit"]
        assert _act(http, visit, "split").get_json()["state"] == "inside"
        (lone,) = visits(http, "state=unmatched")
        assert _act(http, visit, "split").status_code == 409
        whole = _act(http, lone["id"], "merge", **{"with": visit}).get_json()
        assert (whole["id"], whole["state"], whole["exit_read"]) == (visit, "left", lone["exit_read"])
        assert http.get(f"/v1/visits/{lone['id']}").status_code == 404

    def test_merging_with_itself_or_another_car_park_is_refused(self, http: FlaskClient) -> None:
        visit = opened(http, "AB1")["id"]
        assert _act(http, visit, "merge", **{"with": visit}).status_code == 422
        assert _act(http, visit, "merge", **{"with": 999}).status_code == 404
        http.put("/v1/lots/roof", json={})
        body = {"lot": "roof", "plate": "AB2", "reason": "x"}
        other = http.post("/v1/visits", json=body).get_json()["id"]
        assert _act(http, visit, "merge", **{"with": other}).status_code == 422

    def test_what_is_accepted_needs_no_more_looking(self, http: FlaskClient) -> None:
        http.post("/v1/lots/main/reconcile", json={"counted": 1, "reason": "x"})
        (case,) = http.get("/v1/lots/main/cases").get_json()["cases"]
        assert _act(http, case["visit"]["id"], "accept").get_json()["reviewed"]
        assert http.get("/v1/lots/main/cases").get_json() == {"cases": []}

    def test_a_stay_of_long_ago_can_still_be_mended(
        self, http: FlaskClient, send: Send, plate_jpeg: bytes
    ) -> None:
        seen(send, plate_jpeg, ago(days=4))
        visit = seen(send, plate_jpeg, ago(days=3))["visit"]
        assert _act(http, visit, "correct", plate="AB3").get_json()["forms"] == ["AB3"]
        assert _act(http, visit, "split").get_json()["state"] == "inside"

    @pytest.mark.parametrize("what", ["close", "correct", "merge", "split", "accept", "payments"])
    def test_an_unknown_visit_is_404(self, http: FlaskClient, what: str) -> None:
        reason = {"reason": "x"}
        bodies = {"correct": reason | {"plate": "AB1"}, "merge": reason | {"with": 1}}
        bodies["payments"] = {"key": "1", "amount": "1", "currency": "EUR"}
        answer = http.post(f"/v1/visits/7/{what}", json=bodies.get(what, reason))
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "not_found")


class TestSearch:
    @pytest.fixture(autouse=True)
    def _three(self, http: FlaskClient) -> None:
        self.ids = [opened(http, f"AB{n}")["id"] for n in (1, 2, 3)]
        _act(http, self.ids[1], "close")

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", [2, 1, 0]),
            ("plate=ab%202", [1]),
            ("state=inside", [2, 0]),
            ("state=inside&state=left", [2, 1, 0]),
            ("state=lost", []),
            ("lot=main", [2, 1, 0]),
            ("lot=none", []),
            ("until=2020-01-01T00:00:00Z", []),
            ("since=2020-01-01T00:00:00Z", [2, 1, 0]),
        ],
    )
    def test_every_part_must_hold(self, http: FlaskClient, query: str, found: list[int]) -> None:
        assert [one["id"] for one in visits(http, query)] == [self.ids[n] for n in found]

    def test_in_pages(self, http: FlaskClient) -> None:
        first = http.get("/v1/visits?limit=2").get_json()
        rest = http.get(f"/v1/visits?limit=2&cursor={first['next']}").get_json()
        assert [one["id"] for one in first["items"] + rest["items"]] == self.ids[::-1]
        assert rest["next"] is None

    @pytest.mark.parametrize("query", ["state=gone", "plate=-", "cursor=x", "limit=501", "colour=red"])
    def test_what_cannot_be_meant_is_refused(self, http: FlaskClient, query: str) -> None:
        assert http.get(f"/v1/visits?{query}").status_code == 422

    def test_as_csv(self, http: FlaskClient) -> None:
        answer = http.get("/v1/visits.csv?state=left")
        assert answer.content_type == "text/csv; charset=utf-8"
        (row,) = csv.DictReader(StringIO(answer.text))
        (visit,) = visits(http, "state=left")
        assert row["id"] == str(visit["id"])
        assert (row["plate"], row["state"], row["entered"]) == ("AB2", "left", visit["entered"])
        assert (row["entry_read"], row["forms"]) == ("", "AB2")

    @pytest.mark.wall("H8")
    def test_no_cell_is_a_formula(self, http: FlaskClient) -> None:
        http.put("/v1/lots/=1+1", json={})
        http.post("/v1/visits", json={"lot": "=1+1", "plate": "AB9", "reason": "x"})
        (row,) = csv.DictReader(StringIO(http.get("/v1/visits.csv?plate=AB9").text))
        assert row["lot"] == "'=1+1"


class TestErasure:
    @pytest.mark.wall("D10")
    def test_a_plate_is_told_and_erased_with_its_visits(
        self, http: FlaskClient, send: Send, plate_jpeg: bytes
    ) -> None:
        for hours in (2, 1):
            seen(send, plate_jpeg, ago(hours=hours))
        other = opened(http, "ZZ9")
        held = http.get("/v1/plates/AB12CDE").get_json()
        assert [one["plate"] for one in held["visits"]] == ["AB12CDE"]
        assert [one["kind"] for one in held["passings"]] == ["Entered", "Left"]
        assert http.delete("/v1/plates/AB12CDE").get_json()["complete"]
        assert visits(http, "plate=AB12CDE") == []
        assert [one["id"] for one in visits(http)] == [other["id"]]
        assert "AB12" not in http.get("/v1/visits.csv").text
        assert http.get("/v1/plates/AB12CDE").get_json()["visits"] == []

    @pytest.mark.wall("D10")
    def test_a_picture_told_again_does_not_bring_it_back(
        self, http: FlaskClient, send: Send, two_plates_jpeg: bytes
    ) -> None:
        url = f"/v1/recognise?camera=telegram&captured_at={text(ago(hours=1))}"
        before = {read["plate"]: read for read in send(two_plates_jpeg, url).get_json()["reads"]}
        http.delete("/v1/plates/AB1234CD")
        again = {read["plate"]: read for read in send(two_plates_jpeg, url).get_json()["reads"]}
        assert again["CD567EF"] == before["CD567EF"]
        assert (again["AB1234CD"]["id"], again["AB1234CD"]["event"]) == (None, None)
        assert free(http) == 98, "who is inside keeps the place, without a name"
        assert {one["plate"] for one in visits(http)} == {"CD567EF", None}

    def test_told_again_in_another_way_it_is_still_the_same_arrival(
        self, http: FlaskClient, send: Send, two_plates_jpeg: bytes
    ) -> None:
        url = f"/v1/recognise?camera=telegram&captured_at={text(ago(hours=1))}"
        (whole,) = send(two_plates_jpeg, f"{url}&crops=1").get_json()["reads"]
        assert send(two_plates_jpeg, url).status_code == 200
        assert [one["entry_read"] for one in visits(http)] == [whole["id"]]
