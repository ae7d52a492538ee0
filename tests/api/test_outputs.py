"""``/v1/outputs`` and dead letters with a real receiver: secrets go in, and never come out."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from receivers import Receiver, eventually, receiving

from platewise import clock
from platewise.outputs.dispatcher import Dispatcher, for_settings
from platewise.settings import Settings
from platewise.store.outputs import OutputRecord
from platewise.store.protocol import Store
from platewise.store.records import NewEvent
from platewise.vision.reader import Reader
from platewise.web import create_app

CANARY = "canary-of-a-secret"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture
def sender(store: Store, tmp_path: Path) -> Iterator[Dispatcher]:
    settings = Settings(data=tmp_path / "data", private_receivers=("127.0.0.0/8",))
    running = for_settings(store, settings)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def http(tiny_reader: Reader, store: Store, sender: Dispatcher) -> FlaskClient:
    return create_app(None, tiny_reader, store, sender=sender.desk).test_client()


def put(http: FlaskClient, kind: str = "webhook", **options: Any) -> Any:
    return http.put("/v1/outputs/till", json={"kind": kind, "options": options, "events": ["Left"]})


def kept(store: Store) -> OutputRecord:
    with store.reading() as unit:
        record = unit.outputs.output("till")
    assert record
    return record


def test_an_output_is_set_up_tried_told_and_removed(
    http: FlaskClient, receiver: Receiver, store: Store
) -> None:
    made = put(http, url=receiver.url).get_json()
    assert made["secret"].startswith("whsec_")
    assert (made["options"], made["kept"], made["events"]) == ({}, ["secret", "url"], ["Left"])
    assert http.post("/v1/outputs/till/test").get_json() == {"arrived": True, "error": ""}
    assert [got.json["type"] for got in receiver.got] == ["Test"]
    (shown,) = http.get("/v1/outputs").get_json()["items"]
    assert shown["state"]["sent_at"]
    assert "secret" not in shown
    receiver.status = 500
    answer = http.post("/v1/outputs/till/test").get_json()
    assert answer == {"arrived": False, "error": "answered with status 500"}
    assert http.get("/v1/outputs").get_json()["items"][0]["state"]["error"] == "answered with status 500"
    assert http.delete("/v1/outputs/till").get_json() == {"removed": 1}
    assert http.delete("/v1/outputs/till").status_code == 404
    assert http.post("/v1/outputs/till/test").status_code == 404


def test_presence_names_a_list_that_is_there(http: FlaskClient, store: Store) -> None:
    http.put("/v1/lists/residents", json={"kind": "known"})
    told = put(http, "mqtt", host="127.0.0.1", presence=["residents", "residnets"])
    assert told.status_code == 422
    message = "option presence: there is no list 'residnets'; there are residents"
    assert told.get_json()["error"]["message"] == message
    assert put(http, "mqtt", host="127.0.0.1", presence=["residents"]).status_code == 200
    assert kept(store).options["presence"] == ["residents"]


def test_secrets_are_in_no_answer_and_no_log(
    http: FlaskClient, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = ""
    for kind, options in (
        ("webhook", {"url": f"http://127.0.0.1:9/{CANARY}"}),
        ("email", {"host": "127.0.0.1", "port": 9, "sender": "a@b.c", "to": "a@b.c", "password": CANARY}),
        ("mqtt", {"host": "127.0.0.1", "port": 9, "password": CANARY}),
        ("telegram", {"token": f"1:{CANARY}", "chat": 1, "api": "http://127.0.0.1:9"}),
        ("telegram", {"token": CANARY, "chat": 1}),
        ("email", {"host": CANARY * 99}),
    ):
        answers = [put(http, kind, **options), http.get("/v1/outputs"), http.get("/settings")]
        if kind != "mqtt":
            answers.append(http.post("/v1/outputs/till/test"))
        said += "".join(answer.text for answer in answers)
        said += str(kept(store))
    with store.reading() as unit:
        from platewise.store.queries import AuditQuery

        said += str(unit.journal.find(AuditQuery()).items)
    assert CANARY not in said + caplog.text


def test_secrets_are_kept_where_they_are_not_given_again(http: FlaskClient, store: Store) -> None:
    place = {"host": "127.0.0.1", "port": 9, "security": "tls"}
    who = {"sender": "a@b.c", "to": "a@b.c", "username": "a"}
    put(http, "email", **place, **who, password=CANARY)
    put(http, "email", **place, **who, to_many="x")  # refused
    assert put(http, "email", **place, **{**who, "to": "d@b.c"}).status_code == 200
    assert (kept(store).options["password"], kept(store).options["to"]) == (CANARY, "d@b.c")
    put(http, "email", **{**place, "host": "127.0.0.2"}, **who)
    assert "password" not in kept(store).options, "a password would go to whoever asks for it"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"kind": "pigeon"}, "known: email, file"),
        ({"kind": "webhook"}, "option url"),
        ({"kind": "webhook", "options": {"url": "ftp://x"}}, "give an http or https URL"),
        ({"kind": "webhook", "options": {"url": ["x"]}}, "option url"),
        ({"kind": "file", "options": {"file": "../x.csv"}}, "option file"),
        (
            {"kind": "file", "options": {"file": "x.csv"}, "events": ["left"]},
            "kind of event 'left'; known: Alert",
        ),
        ({}, "kind"),
    ],
)
def test_what_cannot_be_meant(http: FlaskClient, store: Store, body: dict[str, Any], told: str) -> None:
    answer = http.put("/v1/outputs/till", json=body)
    assert 400 <= answer.status_code < 500
    assert told in answer.get_json()["error"]["message"]
    assert http.get("/v1/outputs").get_json()["items"] == []


def test_a_server_that_sends_nothing_says_so(tiny_reader: Reader, store: Store) -> None:
    http = create_app(None, tiny_reader, store).test_client()
    answer = put(http, url="https://example.org")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "sends_nothing")
    assert http.get("/v1/outputs").get_json() == {"items": [], "kinds": []}


def test_an_event_reaches_a_file_and_is_counted(http: FlaskClient, store: Store, tmp_path: Path) -> None:
    assert put(http, "file", file="left.jsonl").get_json()["options"] == {"file": "left.jsonl"}
    with store.writing() as unit:
        names = unit.outputs.for_event("Left")
        unit.events.add(NewEvent("Left", clock.now(), {"plate": "AB1"}, outputs=names))
    file = tmp_path / "data" / "events" / "left.jsonl"
    eventually(file.exists)
    eventually(lambda: http.get("/v1/outputs").get_json()["items"][0]["state"]["sent_at"])
    (line,) = file.read_text().splitlines()
    assert json.loads(line)["plate"] == "AB1"


def test_dead_letters_are_shown_and_sent_again(http: FlaskClient, store: Store, receiver: Receiver) -> None:
    with store.writing() as unit:
        for number in range(1, 4):
            unit.events.add(NewEvent("Left", clock.now(), {"plate": f"AB{number}"}, outputs=("till",)))
            unit.events.bury(number, clock.now(), "status 500")
    first = http.get("/v1/dead-letters?limit=2").get_json()
    assert [(one["plate"], one["error"]) for one in first["items"]] == [
        ("AB3", "status 500"), ("AB2", "status 500"),
    ]  # fmt: skip
    rest = http.get("/v1/dead-letters", query_string={"cursor": first["next"]}).get_json()
    assert [one["plate"] for one in rest["items"]] == ["AB1"]
    put(http, url=receiver.url)
    assert http.post("/v1/dead-letters/2/replay").get_json() == {"again": 1}
    assert http.post("/v1/dead-letters/2/replay").status_code == 404
    assert http.post("/v1/dead-letters/replay").get_json() == {"again": 2}
    eventually(lambda: len(receiver.got) == 3)
    eventually(lambda: http.get("/v1/dead-letters").get_json()["items"] == [])


def test_the_settings_page_sets_up_tries_and_sends_again(
    http: FlaskClient, store: Store, receiver: Receiver
) -> None:
    def post(address: str, **filled: Any) -> Any:
        return http.post(address, data=filled, headers={"Sec-Fetch-Site": "same-origin"})

    shown = post("/settings/outputs", name="till", kind="webhook", url=receiver.url, event="Left").text
    secret = kept(store).options["secret"]
    assert secret in shown
    page = http.get("/settings").text
    assert secret not in page
    assert receiver.url not in page
    assert "Send a test event" in page
    assert post("/settings/outputs/till/test").status_code == 303
    assert "till has the test event." in http.get("/settings").text
    assert [got.json["type"] for got in receiver.got] == ["Test"]
    receiver.status = 500
    post("/settings/outputs/till/test")
    assert "till does not have it: answered with status 500." in http.get("/settings").text
    receiver.status = 204
    with store.writing() as unit:
        for number in (1, 2, 3):
            unit.events.add(NewEvent("Left", clock.now(), {"plate": f"AB{number}"}, outputs=("till",)))
            unit.events.bury(number, clock.now(), "never")
    assert "3 given up" in http.get("/settings").text
    post("/settings/dead-letters/replay", letter=1)
    post("/settings/dead-letters/replay")
    eventually(lambda: len(receiver.got) == 5)
    post("/settings/outputs", name="till", kind="webhook", event=["Left", "Entered"])  # the URL stays
    assert (kept(store).options["url"], kept(store).events) == (receiver.url, ("Left", "Entered"))
    assert kept(store).options["secret"] == secret
    assert post("/settings/outputs/till/remove").status_code == 303
    assert "Events are sent nowhere yet" in http.get("/settings").text


def test_options_that_the_form_does_not_show_stay(http: FlaskClient, store: Store) -> None:
    options = {"host": "127.0.0.1", "port": 9, "security": "tls", "sender": "a@b.c", "to": "a@b.c"}
    put(http, "email", **options, password=CANARY)
    filled = {"name": "till", "kind": "email", "host": "127.0.0.1", "security": "tls", "sender": "a@b.c"}
    http.post("/settings/outputs", data={**filled, "to": "d@b.c, e@b.c"})
    assert kept(store).options == {**options, "to": "d@b.c, e@b.c", "password": CANARY}


def test_a_new_output_never_replaces_one(http: FlaskClient, store: Store) -> None:
    put(http, url="https://example.org/hook")
    form = {"name": "till", "kind": "file", "file": "events.csv", "new": "1"}
    answer = http.post("/settings/outputs", data=form)
    assert answer.status_code == 409
    assert kept(store).kind == "webhook"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"driver": "webhook", "url": "no url"}, "option url"),
        ({"driver": "mqtt", "topic": "gates/north"}, "option host"),
        ({"driver": "simulated", "on": ["enterd"]}, "should be 'Entered'"),
    ],
)
def test_a_gate_that_nothing_could_open_is_refused(
    http: FlaskClient, options: dict[str, Any], told: str
) -> None:
    answer = http.put("/v1/gates/north", json={"options": options})
    assert answer.status_code == 422
    assert told in answer.get_json()["error"]["message"]
    assert http.get("/v1/gates/north").status_code == 404


def test_a_test_event_for_the_own_network_says_who_allows_it(http: FlaskClient) -> None:
    put(http, url="http://10.1.2.3/hook")
    http.post("/settings/outputs/till/test")
    assert "not public: PLATEWISE_PRIVATE_RECEIVERS allows" in http.get("/settings").text


@pytest.mark.parametrize(
    ("kind", "options", "told"),
    [
        ("file", {"file": "../log.txt"}, "option file: give one such as events.csv"),
        ("telegram", {"token": "none", "chat": "@guards"}, "option token: give one such as 123456:"),
    ],
)
def test_what_has_a_form_of_its_own_is_told_by_an_example(
    http: FlaskClient, kind: str, options: dict[str, Any], told: str
) -> None:
    answer = http.put("/v1/outputs/till", json={"kind": kind, "options": options})
    assert answer.status_code == 422
    assert told in answer.get_json()["error"]["message"]
