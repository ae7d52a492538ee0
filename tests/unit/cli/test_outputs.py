"""``platewise outputs ...`` with a real receiver and a real database."""

import re

import pytest

pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")

from receivers import receiving

from platewise import clock
from platewise.cli.accounts import opened
from platewise.store.queries import AuditQuery
from platewise.store.records import NewEvent


@pytest.fixture
def receiver(place, monkeypatch):
    monkeypatch.setenv("PLATEWISE_DATA", str(place / "data"))
    monkeypatch.setenv("PLATEWISE_PRIVATE_RECEIVERS", "127.0.0.0/8")
    with receiving() as server:
        yield server


def _bury(number):
    with opened() as store, store.writing() as unit:
        for i in range(number):
            unit.events.add(NewEvent("Left", clock.now(), {"plate": f"AB{i}"}, outputs=("hook",)))
            unit.events.bury(i + 1, clock.now(), f"status 50{i}")


def test_an_output_is_set_up_tried_and_removed(platewise, receiver):
    made = platewise("outputs", "set", "hook", "--kind", "webhook", "--option", f"url={receiver.url}")
    assert made.exit_code == 0, made.output
    assert re.fullmatch(r"whsec_[\w+/]+=*\n", made.output)
    assert "hook has it" in platewise("outputs", "test", "hook").output
    (got,) = receiver.got
    assert (got.json["type"], "webhook-signature" in got.headers) == ("Test", True)
    more = ("--event", "Left", "--event", "Entered", "--option", f"secret={made.output.strip()}")
    again = platewise("outputs", "set", "hook", "--kind", "webhook", "--option", f"url={receiver.url}", *more)
    assert again.output == ""
    listed = platewise("outputs", "list").output
    assert listed == "hook\twebhook\tLeft Entered\tin use\tnothing sent yet\n"
    assert platewise("outputs", "remove", "hook").output == "hook is removed.\n"
    with opened() as store, store.reading() as unit:
        lines = [(line.action, line.subject) for line in unit.journal.find(AuditQuery()).items]
    assert lines == [("remove_output", "hook"), ("set_output", "hook"), ("set_output", "hook")]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("set", "hook", "--kind", "webhook"), "option url"),
        (("set", "hook", "--kind", "pigeon"), "known: email, file, mqtt, simulated, telegram, webhook"),
        (("set", "hook", "--kind", "webhook", "--option", "url"), "NAME=VALUE"),
        (("set", "hook", "--kind", "mqtt", "--option", "host=h", "--option", "port=many"), "option port"),
        (
            ("set", "hook", "--kind", "mqtt", "--option", "host=h", "--option", 'presence=["guests"]'),
            "option presence: there is no list 'guests'; there are none yet",
        ),
        (("test", "hook"), "there is no output 'hook'"),
        (("remove", "hook"), "there is no output 'hook'"),
    ],
)
def test_what_cannot_be_meant(platewise, receiver, arguments, told):
    done = platewise("outputs", *arguments)
    assert done.exit_code == 2
    assert told in done.output
    assert platewise("outputs", "list").output == ""


def test_an_output_that_does_not_answer(platewise, receiver):
    platewise("outputs", "set", "hook", "--kind", "webhook", "--option", f"url={receiver.url}")
    receiver.status = 500
    done = platewise("outputs", "test", "hook")
    assert (done.exit_code, "answered with status 500" in done.output) == (3, True)


def test_what_was_given_up_is_listed_and_sent_again(platewise, receiver):
    _bury(3)
    lines = platewise("outputs", "dead").output.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["3", "2", "1"]
    assert lines[0].endswith("\tstatus 502")
    unknown = platewise("outputs", "replay", "1", "77")
    assert (unknown.exit_code, "under the number 77" in unknown.stderr) == (2, True)
    assert len(platewise("outputs", "dead").output.splitlines()) == 3  # nor is what there is
    assert platewise("outputs", "replay", "2").output == "1 will be sent again.\n"
    assert platewise("outputs", "replay").output == "2 will be sent again.\n"
    assert platewise("outputs", "dead").output == ""
    with opened() as store, store.reading() as unit:
        assert len(unit.events.due(clock.now())) == 3
