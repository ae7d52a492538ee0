"""Gates open while it matters, and never later."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from receivers import NOON, SECRET, Listener, Mosquitto, Receiver, event, eventually, means

from platewise import clock
from platewise.errors import InputError, OutputError
from platewise.outputs.drivers import SimulatedGate
from platewise.outputs.gates import GateOutput
from platewise.outputs.messages import id_of
from platewise.outputs.protocol import Output
from platewise.outputs.registry import make_gate
from platewise.store.records import EventRecord
from platewise.store.site import Gate


def gate(*private: str, **options: Any) -> Output:
    return make_gate(Gate("north", options=options), means(*private))


def now() -> EventRecord:
    return event(at=clock.now())


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Return a clock's time, to be set."""
    time = [NOON]
    monkeypatch.setattr(clock, "now", lambda: time[0])
    return time


@pytest.mark.parametrize("seconds", [-9.9, 0, 9.9])
def test_a_fresh_event_opens_a_gate(noon: list[datetime], seconds: float) -> None:
    driver = SimulatedGate()
    noon[0] += timedelta(seconds=seconds)
    GateOutput(Gate("north", options={"driver": "simulated"}), driver).deliver(event())
    assert list(driver.opened) == [("north", id_of(event()), noon[0])]


@pytest.mark.parametrize("seconds", [-3600, -10, 10, 3600])
def test_an_event_of_another_time_opens_none(noon: list[datetime], seconds: float) -> None:
    driver = SimulatedGate()
    noon[0] += timedelta(seconds=seconds)
    with pytest.raises(OutputError, match="gate north was not opened") as error:
        GateOutput(Gate("north", options={"driver": "simulated"}), driver).deliver(event())
    assert error.value.fate == "dead"
    assert not driver.opened


def test_the_owner_says_how_long_an_event_is_fresh(noon: list[datetime]) -> None:
    output = gate(driver="simulated", fresh=2)
    noon[0] += timedelta(seconds=2)
    with pytest.raises(OutputError, match="2 s after"):
        output.deliver(event())


class Slow:
    """A driver that fails, and knows how long it was given."""

    def __init__(self, error: OutputError) -> None:
        self.error, self.given = error, 0.0

    def open(self, gate: str, event: EventRecord, seconds: float) -> None:
        self.given = seconds
        raise self.error

    def close(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize("fate", ["retry", "wait"])
def test_a_gate_that_does_not_open_is_tried_again_soon(noon: list[datetime], fate: Any) -> None:
    driver = Slow(OutputError("jammed", fate, 3600))
    noon[0] += timedelta(seconds=4)
    with pytest.raises(OutputError, match="jammed") as error:
        GateOutput(Gate("north", options={"driver": "x"}), driver).deliver(event())
    assert (error.value.fate, error.value.after, driver.given) == ("wait", 1.0, 6.0)


def test_by_webhook(receiver: Receiver) -> None:
    library = pytest.importorskip("standardwebhooks.webhooks", reason="needs standardwebhooks, of [dev]")
    output, happened = gate(driver="webhook", url=receiver.url, secret=SECRET), now()
    output.deliver(happened)
    (got,) = receiver.got
    assert (got.method, got.json["type"]) == ("POST", "gate.open")
    assert got.json["data"] == {
        "gate": "north", "kind": "Entered", "plate": "AB12CDE", "display": "AB12 CDE", "lot": "main",
        "direction": None, "event": 7, "at": happened.at.isoformat(),
    }  # fmt: skip
    library.Webhook(SECRET).verify(got.body.decode(), got.headers)
    output.close()


def test_by_a_plain_relay(receiver: Receiver) -> None:
    gate(driver="webhook", url=receiver.url + "?turn=on&timer=3", method="GET").deliver(now())
    (got,) = receiver.got
    assert (got.method, got.path, got.body) == ("GET", "/hook?turn=on&timer=3", b"")


def test_a_relay_in_a_network_that_was_not_allowed(receiver: Receiver) -> None:
    with pytest.raises(OutputError, match="not public"):
        gate("10.0.0.0/8", driver="webhook", url=receiver.url).deliver(now())
    assert receiver.got == []


def test_by_mqtt(mosquitto: Mosquitto, listener: Listener) -> None:
    usual = gate(driver="mqtt", **mosquitto.options)
    plain = gate(driver="mqtt", topic="barrier/set", payload="ON", **mosquitto.options)
    happened = now()
    usual.deliver(happened)
    plain.deliver(happened)
    eventually(lambda: listener.on("barrier/set"))
    assert listener.on("barrier/set") == [b"ON"]
    (told,) = map(json.loads, listener.on("platewise/main/gates/north/open"))
    assert (told["id"], told["gate"], told["plate"]) == (id_of(happened), "north", "AB12CDE")
    late = Listener(mosquitto, "late")
    eventually(lambda: late.on("platewise/main/status"))
    assert late.on("barrier/set") == []  # an opening is not retained
    late.close()
    usual.close()
    plain.close()


def test_a_controller_that_was_away_is_told_nothing_old(mosquitto: Mosquitto) -> None:
    controller = Listener(mosquitto, "controller", "barrier/#")
    controller.close()
    output = gate(driver="mqtt", topic="barrier/set", fresh=1, **mosquitto.options)
    for _ in range(2):  # the first connects
        output.deliver(now())
    waited = clock.ticks()
    eventually(lambda: clock.ticks() > waited + 2.5)
    back = Listener(mosquitto, "controller", "barrier/#")
    output.deliver(now())
    eventually(lambda: back.got)
    assert len(back.got) == 1
    back.close()
    output.close()


@pytest.mark.parametrize(
    "options",
    [{}, {"driver": ""}, {"driver": "magic"}, {"driver": "simulated", "fresh": 0}, {"driver": "webhook"},
     {"driver": "simulated", "fresh": 3600}, {"driver": "simulated", "speed": 3}, {"driver": "mqtt"},
     {"driver": "webhook", "url": "https://example.org", "method": "DELETE"},
     {"driver": "mqtt", "host": "h", "topic": "a/#"}],
)  # fmt: skip
def test_options_that_cannot_be_meant(options: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        gate(**options)


def test_how_many_strangers_there_are_stops_no_gate() -> None:
    output = gate(driver="simulated", strangers=500)
    output.deliver(now())
    output.close()
    with pytest.raises(InputError, match="strangers"):
        gate(driver="simulated", strangers=0)
