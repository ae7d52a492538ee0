"""/v1/gates and /v1/lanes: what leads into a car park, and opening it."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from platewise import clock
from platewise.store.protocol import Store
from platewise.store.queries import AuditQuery

from .conftest import Send
from .parking import ago, seen

GATE = "/v1/gates/north"


def test_a_fresh_server_has_a_gate_for_a_telephone(http: FlaskClient) -> None:
    (gate,) = http.get("/v1/gates").get_json()["items"]
    assert (gate["name"], gate["direction"], gate["lot"]) == ("main", "both", "main")
    assert http.get("/v1/lanes").get_json()["items"] == [{"name": "main", "gate": "main", "label": ""}]
    assert http.get("/v1/cameras/telegram").get_json()["lane"] == "main"


def test_gates_and_lanes_are_made_changed_and_removed(http: FlaskClient) -> None:
    made = http.put(GATE, json={"label": "North", "direction": "in", "lot": "main"})
    assert made.get_json() == http.get(GATE).get_json()
    assert http.put("/v1/lanes/left", json={"gate": "north", "label": "Left"}).status_code == 200
    assert http.get("/v1/lanes/left").get_json() == {"name": "left", "gate": "north", "label": "Left"}
    assert http.put("/v1/cameras/pole", json={"lane": "left"}).status_code == 200
    assert http.put(GATE, json={"direction": "out"}).get_json()["lot"] is None
    assert http.delete(GATE).get_json() == {"removed": 1}
    assert http.get("/v1/lanes/left").status_code == 404
    assert http.get("/v1/cameras/pole").get_json()["lane"] is None
    for url in (GATE, "/v1/lanes/left"):
        assert http.delete(url).status_code == 404


def test_a_lane_is_removed(http: FlaskClient) -> None:
    assert http.delete("/v1/lanes/main").get_json() == {"removed": 1}
    assert http.get("/v1/lanes").get_json()["items"] == []


@pytest.mark.parametrize(
    ("url", "body"),
    [
        (GATE, {"direction": "up"}),
        (GATE, {"lot": "none"}),
        (GATE, {"options": {"driver": "magic"}}),
        (GATE, {"options": {"on": ["Opened"]}}),
        (GATE, {"options": {"url": {"a": "b"}}}),
        ("/v1/lanes/left", {"gate": "none"}),
        ("/v1/lanes/left", {}),
    ],
)
def test_what_cannot_be_meant_is_refused(http: FlaskClient, url: str, body: dict[str, Any]) -> None:
    assert http.put(url, json=body).status_code == 422
    assert http.get(url).status_code == 404


def test_secrets_are_kept_and_never_shown(http: FlaskClient, store: Store) -> None:
    webhook = {"driver": "webhook", "url": "https://example.com/open", "secret": "whsec_1"}
    shown = http.put(GATE, json={"options": webhook}).get_json()
    assert shown["options"] == {"driver": "webhook", "url": "https://example.com/open"}
    http.put(GATE, json={"options": shown["options"] | {"on": ["Entered"]}})
    with store.reading() as unit:
        (north,) = [one for one in unit.site.gates() if one.name == "north"]
    assert north.options == webhook | {"on": ["Entered"]}
    http.put(GATE, json={"options": webhook | {"secret": "whsec_2"}})
    assert "whsec" not in http.get("/v1/gates").text


def _options(store: Store) -> dict[str, Any]:
    with store.reading() as unit:
        return next(dict(one.options) for one in unit.site.gates() if one.name == "north")


@pytest.mark.parametrize("page", [False, True], ids=["api", "page"])
def test_a_password_goes_to_no_other_broker(http: FlaskClient, store: Store, page: bool) -> None:
    broker = {"driver": "mqtt", "host": "broker.example", "username": "gate", "password": "canary"}
    http.put(GATE, json={"options": broker})

    def change(host: str) -> None:
        if page:
            form = {"name": "north", "direction": "in", "driver": "mqtt", "address": host, "topic": "open"}
            answer = http.post("/gates", data=form, headers={"Sec-Fetch-Site": "same-origin"})
            assert answer.status_code == 303
        else:
            shown = http.get(GATE).get_json()["options"]
            changed = {"options": shown | {"host": host, "topic": "open"}}
            assert http.put(GATE, json=changed).status_code == 200

    change("broker.example")
    assert _options(store) == broker | {"topic": "open"}
    change("elsewhere.example")
    assert "password" not in _options(store)


def test_another_driver_has_none_of_the_secrets(http: FlaskClient, store: Store) -> None:
    """It would be refused for an option that it does not know, and that nobody can take away."""
    http.put(GATE, json={"options": {"driver": "mqtt", "host": "broker.example", "password": "canary"}})
    webhook = {"driver": "webhook", "url": "https://example.com/open"}
    assert http.put(GATE, json={"options": webhook}).status_code == 200
    assert _options(store) == webhook


class TestOpening:
    @pytest.fixture(autouse=True)
    def _driver(self, http: FlaskClient) -> None:
        http.put(GATE, json={"lot": "main", "options": {"driver": "simulated"}})

    def test_its_driver_is_told_once_and_the_audit_log_why(self, http: FlaskClient, store: Store) -> None:
        with store.reading() as unit:
            lines = len(unit.journal.find(AuditQuery()).items)
        headers = {"Idempotency-Key": "one push of the button"}
        answers = [http.post(f"{GATE}/open", json={"reason": "fire"}, headers=headers) for _ in range(3)]
        assert len({answer.data for answer in answers}) == 1
        with store.reading() as unit:
            (due,) = unit.events.due(clock.now())
            line, *before = unit.journal.find(AuditQuery()).items
        assert (due.output, due.event.kind, due.event.id) == (
            "gate:north",
            "Opened",
            answers[0].get_json()["event"],
        )
        assert due.event.payload.items() >= {"gate": "north", "lot": "main", "reason": "fire"}.items()
        assert (line.action, line.subject, line.detail) == ("open_gate", "north", "fire")
        assert len(before) == lines

    def test_it_needs_a_driver_a_reason_and_a_gate(self, http: FlaskClient) -> None:
        assert http.post("/v1/gates/main/open", json={"reason": "fire"}).status_code == 409
        assert http.post(f"{GATE}/open", json={}).status_code == 422
        assert http.post("/v1/gates/none/open", json={"reason": "fire"}).status_code == 404


def test_directions_decide_what_a_picture_means(http: FlaskClient, send: Send, plate_jpeg: bytes) -> None:
    for way in ("in", "out"):
        http.put(f"/v1/gates/{way}", json={"direction": way, "lot": "main"})
        http.put(f"/v1/lanes/{way}", json={"gate": way})
        http.put(f"/v1/cameras/{way}", json={"lane": way})
    kinds = [
        seen(send, plate_jpeg, at, camera)["kind"]
        for at, camera in [
            (ago(hours=3), "in"),
            (ago(hours=2), "in"),
            (ago(hours=1), "out"),
            (ago(minutes=1), "elsewhere"),
        ]
    ]
    assert kinds == ["Entered", "Entered", "Left", "Passed"]


def test_with_a_gate_goes_what_its_driver_was_to_be_told(http: FlaskClient, store: Store) -> None:
    http.put(GATE, json={"lot": "main", "options": {"driver": "simulated"}})
    http.post(f"{GATE}/open", json={"reason": "fire"})
    with store.writing() as unit:
        (due,) = unit.events.due(clock.now())
        unit.events.bury(due.id, clock.now(), "refused")
    assert http.delete(GATE).get_json() == {"removed": 1}
    assert http.get("/v1/dead-letters").get_json()["items"] == []
