"""Every kind of output, also one that a package adds, does what the dispatcher relies on."""

import json
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from receivers import Listener, Mosquitto, Receiver, event, eventually, free_port, means

from platewise.errors import NameUnknown, OutputError, SettingError
from platewise.outputs import mqtt, registry
from platewise.outputs.messages import id_of
from platewise.outputs.protocol import Output
from platewise.outputs.registry import make_output
from platewise.outputs.simulated import SimulatedOutput
from platewise.store.outputs import OutputRecord


@pytest.fixture(params=sorted(registry.outputs()))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def made(kind: str, request: pytest.FixtureRequest) -> Iterator[tuple[Output, Any]]:
    """Return an output of each kind, and how to ask for the ids that arrived."""
    options: dict[str, Any] = {}
    if kind == "webhook":
        receiver: Receiver = request.getfixturevalue("receiver")
        options = {"url": receiver.url}
    if kind == "mqtt":
        broker: Mosquitto = request.getfixturevalue("mosquitto")
        listener: Listener = request.getfixturevalue("listener")
        options = broker.options
    output = make_output(OutputRecord("name", kind, options), means())

    def arrived() -> list[str]:
        if isinstance(output, SimulatedOutput):
            return list(output.received)
        if kind == "webhook":
            return receiver.ids
        return [json.loads(one)["id"] for one in listener.on("platewise/main/event")]

    yield output, arrived
    output.close()


def test_each_kind_delivers_under_the_same_id(made: tuple[Output, Any]) -> None:
    output, arrived = made
    assert output.name == "name"
    for number in (7, 7, 8):
        output.deliver(event(number))
    eventually(lambda: len(arrived()) == 3)
    assert arrived() == [id_of(event(7)), id_of(event(7)), id_of(event(8))]
    output.close()
    output.close()


@pytest.mark.parametrize("kind", sorted(registry.outputs().keys() - {"simulated"}))
def test_each_kind_says_when_nobody_is_there(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "SECONDS", 0.3)
    port = free_port()
    options = {"webhook": {"url": f"http://127.0.0.1:{port}"}, "mqtt": {"host": "127.0.0.1", "port": port}}
    output = make_output(OutputRecord("name", kind, options[kind]), means())
    with pytest.raises(OutputError) as error:
        output.deliver(event())
    assert error.value.fate in ("retry", "wait")
    output.close()


def test_a_kind_that_nobody_knows() -> None:
    with pytest.raises(NameUnknown, match="known: mqtt, simulated, webhook"):
        make_output(OutputRecord("name", "pigeon"), means())


def test_packages_add_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("pigeon", "platewise.outputs.simulated:SimulatedOutput", "platewise.outputs")
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    assert registry._with_installed("g", {"webhook": object()})["pigeon"] is SimulatedOutput
    with pytest.raises(SettingError, match="two parts"):
        registry._with_installed("g", {"pigeon": object()})
