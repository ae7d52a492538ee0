"""What every kind of output does, also one that a package adds: the dispatcher relies on it."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from mailbox import mailing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from receivers import Listener, Mosquitto, event, eventually, free_port, means, receiving

from platewise.errors import InputError, OutputError
from platewise.outputs import messages, mqtt, registry
from platewise.outputs.desk import Desk
from platewise.outputs.messages import id_of
from platewise.outputs.protocol import Output
from platewise.outputs.registry import Means, make_output
from platewise.outputs.simulated import SimulatedOutput
from platewise.outputs.switchboard import Switchboard
from platewise.store.outputs import OutputRecord

KINDS = sorted(registry.outputs())
CANARY = "canary-of-a-secret"


class Place(NamedTuple):
    """A receiver that is there: the options that lead to it, and the ids of what arrived.

    ``once``: the receiver itself keeps what is told again apart.
    """

    options: dict[str, Any]
    arrived: Callable[[], list[str]]
    once: bool = False


def _webhook(stack: ExitStack, _: Path) -> Place:
    receiver = stack.enter_context(receiving())
    return Place({"url": receiver.url}, lambda: receiver.ids)


def _mqtt(stack: ExitStack, folder: Path) -> Place:
    broker = Mosquitto(folder)
    stack.callback(broker.kill)
    listener = Listener(broker)
    stack.callback(listener.close)
    topic = "platewise/main/event"
    return Place(broker.options, lambda: [json.loads(one)["id"] for one in listener.on(topic)])


def _email(stack: ExitStack, _: Path) -> Place:
    box = stack.enter_context(mailing())
    who = {"sender": "gate@example.org", "to": "ann@example.org"}
    return Place({"host": "127.0.0.1", "port": box.port, "security": "none", **who}, lambda: box.ids)


def _telegram(stack: ExitStack, _: Path) -> Place:
    receiver = stack.enter_context(receiving())
    receiver.status = 200
    api = receiver.url.removesuffix("/hook")
    options = {"token": f"1:{CANARY}", "chat": 7, "api": api}
    return Place(options, lambda: [got.json["text"].rpartition(" ")[2] for got in receiver.got])


def _file(_: ExitStack, folder: Path) -> Place:
    path = folder / "events.jsonl"
    lines = lambda: path.read_text().splitlines() if path.exists() else []  # noqa: E731
    return Place({"file": path.name}, lambda: [json.loads(line)["id"] for line in lines()], once=True)


PLACES: dict[str, Callable[[ExitStack, Path], Place]] = {
    "webhook": _webhook,
    "mqtt": _mqtt,
    "email": _email,
    "telegram": _telegram,
    "file": _file,
    "simulated": lambda *_: Place({}, list),
}
"""How to find out what arrived, by kind: one that a package adds needs an entry."""


def test_every_kind_is_held_to_the_contract() -> None:
    assert sorted(PLACES) == KINDS


@pytest.fixture
def ways(tmp_path: Path) -> Means:
    return means(folder=tmp_path)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def place(kind: str, tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        yield PLACES[kind](stack, tmp_path)


@pytest.fixture
def output(kind: str, place: Place, ways: Means) -> Iterator[Output]:
    made = make_output(OutputRecord("name", kind, place.options), ways)
    yield made
    made.close()


def arrived(output: Output, place: Place) -> list[str]:
    return list(output.received) if isinstance(output, SimulatedOutput) else place.arrived()


def test_it_delivers_each_event_under_the_same_id(output: Output, place: Place) -> None:
    assert output.name == "name"
    for number in (7, 7, 8):
        output.deliver(event(number))
    expected = [id_of(event(number)) for number in ((7, 8) if place.once else (7, 7, 8))]
    eventually(lambda: len(arrived(output, place)) == len(expected))
    assert arrived(output, place) == expected


@pytest.mark.parametrize("told", messages.KINDS)
def test_it_takes_every_kind_of_event(output: Output, place: Place, told: str) -> None:
    for number, payload in enumerate(({}, dict.fromkeys(("plate", "lot", "camera", "free"))), 1):
        output.deliver(event(number, told, **payload))
    output.deliver(event(3, told, plate="川A·12345", camera="Ä\r\n=1,'\"", lot="no/rd", extra=[{"x": None}]))
    eventually(lambda: len(arrived(output, place)) == 3)


def test_it_may_be_closed_again_and_tells_nobody_then(output: Output) -> None:
    output.deliver(event())
    output.close()
    output.close()


def test_a_person_can_try_it(kind: str, place: Place, ways: Means) -> None:
    desk = Desk(Switchboard(ways))
    record, _ = desk.prepare(OutputRecord("name", kind, place.options))
    desk.test(record)
    if kind != "simulated":
        eventually(lambda: [one.split("_")[1] for one in place.arrived()] == ["0"])


NOWHERE: dict[str, Callable[[int], dict[str, Any]]] = {
    "webhook": lambda port: {"url": f"http://127.0.0.1:{port}/{CANARY}", "secret": []},
    "mqtt": lambda port: {"host": "127.0.0.1", "port": port, "username": "a", "password": CANARY},
    "email": lambda port: {
        "host": "127.0.0.1", "port": port, "sender": "a@b.c", "to": "a@b.c", "password": CANARY
    },
    "telegram": lambda port: {"token": f"1:{CANARY}", "chat": 7, "api": f"http://127.0.0.1:{port}"},
    "file": lambda _: {"file": "events.csv"},
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(NOWHERE))
def test_it_says_when_nobody_is_there_and_keeps_its_secrets(
    kind: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setattr(mqtt, "SECONDS", 0.3)
    caplog.set_level(logging.DEBUG)
    (tmp_path / "file").write_text("no folder")
    options = NOWHERE[kind](free_port())
    output = make_output(OutputRecord("name", kind, options), means(folder=tmp_path / "file"))
    with pytest.raises(OutputError) as error:
        output.deliver(event())
    assert error.value.fate in ("retry", "wait")
    output.close()
    assert CANARY not in f"{error.value} {output!r} {getattr(output, '_options', '')!r} {caplog.text}"


@pytest.mark.parametrize("wrong", [{"nobody_knows": CANARY}, {"port": CANARY, "host": 7, "url": CANARY}])
def test_what_is_set_up_wrong_is_told_without_its_value(
    kind: str, ways: Means, wrong: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match="option") as error:
        make_output(OutputRecord("name", kind, wrong), ways)
    assert CANARY not in str(error.value)
