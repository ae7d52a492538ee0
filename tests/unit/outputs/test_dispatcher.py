"""The dispatcher over a store in dicts: order, retries, what is given up, and who is told."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from receivers import NOON, eventually, means

from platewise import clock
from platewise.errors import OutputError
from platewise.outputs import registry
from platewise.outputs.dispatcher import Dispatcher, Timing, dispatcher
from platewise.outputs.messages import UNDELIVERED
from platewise.outputs.schedule import DELAYS
from platewise.outputs.simulated import SimulatedOutput
from platewise.outputs.switchboard import Switchboard
from platewise.store.memory import MemoryStore
from platewise.store.outputs import OutputRecord
from platewise.store.records import Delivery, NewEvent
from platewise.store.site import Gate

LATER = timedelta(days=36500)


class Desk:
    """A dispatcher with simulated outputs, and what a test asks of it."""

    def __init__(self, *names: str) -> None:
        self.store, self.board = MemoryStore(), Switchboard(means())
        with self.store.writing() as unit:
            for name in names:
                unit.outputs.put(OutputRecord(name, "simulated"))
            self.board.update(unit.outputs.outputs(), ())
        self.running: list[Dispatcher] = []

    def run(self, claim: float = 60) -> Dispatcher:
        self.running.append(Dispatcher(self.store, self.board, Timing(0.005, claim), Random(1)))
        self.running[-1].start()
        return self.running[-1]

    def output(self, name: str = "hook") -> SimulatedOutput:
        output = self.board.find(name)
        assert isinstance(output, SimulatedOutput)
        return output

    def tell(self, *plates: str | None, kind: str = "Entered", outputs: tuple[str, ...] = ("hook",)) -> None:
        with self.store.writing() as unit:
            for plate in plates:
                unit.events.add(NewEvent(kind, clock.now(), {"plate": plate}, outputs=outputs))

    def waiting(self) -> tuple[Delivery, ...]:
        with self.store.reading() as unit:
            return unit.events.due(NOON + LATER)

    def dead(self) -> tuple[Delivery, ...]:
        with self.store.reading() as unit:
            return unit.events.dead().items

    def undelivered(self) -> list[dict[str, Any]]:
        with self.store.reading() as unit:
            return [dict(e.payload) for e in unit.events.after(0, 500) if e.kind == UNDELIVERED]

    def settled(self, count: int = 0) -> None:
        """Wait until so many deliveries still wait."""
        eventually(lambda: len(self.waiting()) == count)


@pytest.fixture
def open_desk() -> Iterator[Callable[..., Desk]]:
    """Return what opens a desk; its dispatchers end with the test."""
    desks: list[Desk] = []

    def opened(*names: str) -> Desk:
        desks.append(Desk(*(names or ("hook",))))
        return desks[-1]

    yield opened
    for desk in desks:
        for running in desk.running:
            running.stop()


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Return a clock's time, to be set."""
    time = [NOON]
    monkeypatch.setattr(clock, "now", lambda: time[0])
    return time


def numbers(output: SimulatedOutput) -> list[int]:
    return [int(one.split("_")[1]) for one in output.received]


def test_what_waits_is_sent_in_order(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk("hook", "other")
    desk.tell("AB1", "AB1", None, "CD2", outputs=("hook", "other"))
    desk.run()
    desk.settled()
    assert numbers(desk.output()) == numbers(desk.output("other")) == [1, 2, 3, 4]
    desk.tell("EF3")
    desk.running[0].wake()
    desk.settled()
    assert numbers(desk.output()) == [1, 2, 3, 4, 5]


@pytest.mark.wall("W2")
def test_ten_attempts_at_their_times(open_desk: Callable[..., Desk], noon: list[datetime]) -> None:
    desk = open_desk()
    desk.output().failures.extend(OutputError("status 500") for _ in range(10))
    desk.tell("AB1", "AB1")
    desk.run()
    for attempt, usual in enumerate(DELAYS, 1):
        eventually(lambda attempt=attempt: desk.waiting()[0].attempts == attempt)
        first, second = desk.waiting()
        assert abs((first.due_at - noon[0]) / usual - 1) <= 0.1
        assert (first.error, second.attempts) == ("status 500", 0)  # the later one about the plate waits
        noon[0] = first.due_at
    desk.settled()
    (gone,) = desk.dead()
    assert (gone.attempts, gone.error, gone.dead_at) == (10, "status 500", noon[0])
    assert numbers(desk.output()) == [2]
    with desk.store.writing() as unit:
        assert unit.events.replay(gone.id, noon[0])
    desk.settled()
    assert (numbers(desk.output()), desk.dead()) == ([2, 1], ())


@pytest.mark.wall("W2")
def test_what_was_given_up_is_told_to_the_others_once(
    open_desk: Callable[..., Desk], noon: list[datetime]
) -> None:
    desk = open_desk("hook", "other", "third")
    desk.output().failures.append(OutputError("late", "dead"))
    desk.output("other").failures.append(OutputError("never", "dead"))
    desk.tell("AB1")
    desk.run()
    eventually(lambda: len(desk.dead()) == 2)
    desk.settled()
    (told,) = desk.undelivered()
    assert (told["output"], told["reason"], told["plate"], told["undelivered"]) == ("hook", "late", "AB1", 1)
    assert (numbers(desk.output()), numbers(desk.output("other")), numbers(desk.output("third"))) == (
        [],
        [],
        [2],
    )


@pytest.mark.wall("W2")
def test_gone_disables_an_output(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk("hook", "other")
    desk.output().failures.append(OutputError("answered with status 410", "gone"))
    desk.tell("AB1", "CD2", outputs=("hook", "other"))
    desk.run()
    desk.settled()
    with desk.store.reading() as unit:
        disabled = unit.outputs.output("hook")
        assert disabled
        assert disabled.disabled == "answered with status 410"
    assert {one.error for one in desk.dead()} == {
        "answered with status 410",
        "no output of that name is in use",
    }
    assert len(desk.undelivered()) == 1
    assert numbers(desk.output("other")) == [1, 2, 3]


def test_what_goes_to_no_output_that_is_there_is_forgotten(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk("hook")
    desk.tell("AB1", outputs=("gate:none",))
    desk.tell("CD2", outputs=("removed",))
    with desk.store.writing() as unit:  # as an earlier version left it, and somebody pressed "Again"
        unit.events.bury(2, clock.now(), "refused")
        unit.events.replay(2, clock.now())
    desk.run()
    desk.settled()
    assert (desk.dead(), desk.undelivered()) == ((), [])


def test_waiting_for_an_output_counts_no_attempt(
    open_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platewise.outputs.schedule.PATIENCE", (0.01, 0.02))
    desk = open_desk()
    desk.output().failures.extend(OutputError("no connection", "wait") for _ in range(30))
    desk.tell("AB1", "CD2")
    desk.run()
    desk.settled()
    assert numbers(desk.output()) == [1, 2]
    assert desk.dead() == ()


def test_a_busy_output_is_left_alone(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk("hook", "other")
    desk.output().failures.append(OutputError("status 429", after=0.4))
    start = clock.ticks()
    desk.tell("AB1", "CD2", outputs=("hook", "other"))
    desk.run()
    eventually(lambda: numbers(desk.output("other")) == [1, 2])
    eventually(lambda: numbers(desk.output()) == [2])
    assert clock.ticks() - start >= 0.4
    (later,) = desk.waiting()
    assert (later.attempts, later.error) == (1, "status 429")


@pytest.mark.wall("W5")
def test_an_output_that_hangs_holds_nobody_up(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk("hook", "other")
    go_on = threading.Event()
    desk.output().deliver = lambda event: go_on.wait(10)  # type: ignore[method-assign,assignment,return-value]
    desk.tell("AB1", "CD2", outputs=("hook", "other"))
    desk.run()
    eventually(lambda: numbers(desk.output("other")) == [1, 2], 1)
    assert len(desk.waiting()) == 2
    go_on.set()
    desk.settled()


def test_outputs_that_are_not_there_or_set_up_wrong(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    with desk.store.writing() as unit:
        unit.outputs.put(OutputRecord("wrong", "webhook", {"url": "none"}))
        unit.outputs.put(OutputRecord("odd", "pigeon"))
        unit.site.put(Gate("stuck", options={"driver": "magic"}))
    desk.tell("AB1", outputs=("removed", "wrong", "odd", "gate:stuck", "gate:none"))
    desk.run()
    eventually(lambda: len(desk.waiting()) == 3 and all(one.error for one in desk.waiting()))
    assert desk.dead() == ()
    assert all("set up wrong" in one.error and one.attempts == 0 for one in desk.waiting())
    with desk.store.writing() as unit:
        unit.outputs.put(OutputRecord("wrong", "simulated"))
    eventually(lambda: len(desk.waiting()) == 2)


def test_an_output_that_is_changed_is_made_anew(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    before = desk.output()
    desk.run()
    with desk.store.writing() as unit:
        unit.outputs.put(OutputRecord("hook", "simulated", events=("Left",)))
    eventually(lambda: desk.output() is not before)
    with desk.store.writing() as unit:
        unit.outputs.disable("hook", "by hand")
    eventually(lambda: desk.board.find("hook") is None)


def test_a_gate_that_would_open_late_stays_shut_and_says_so(
    open_desk: Callable[..., Desk], noon: list[datetime]
) -> None:
    desk = open_desk("hook")
    with desk.store.writing() as unit:
        unit.site.put(Gate("north", options={"driver": "simulated"}))
    desk.tell("AB1", outputs=("gate:north",))
    noon[0] += timedelta(seconds=14)
    desk.run()
    desk.settled()
    (told,) = desk.undelivered()
    assert (told["output"], told["reason"]) == ("gate:north", "gate north was not opened 14 s after it")
    assert numbers(desk.output()) == [2]


def test_a_delivery_that_somebody_else_made_meanwhile(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()

    def deliver(_: object) -> None:
        with desk.store.writing() as unit:
            unit.events.delivered(1)
        raise OutputError("too late to matter")

    desk.output().deliver = deliver  # type: ignore[method-assign]
    desk.tell("AB1")
    desk.run()
    desk.settled()
    assert desk.dead() == ()


def test_two_dispatchers_share_the_work(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    for _ in range(100):
        desk.tell("AB1", "CD2", None)
    desk.run()
    desk.run()
    desk.settled()
    got = numbers(desk.output())
    assert sorted(got) == list(range(1, 301))
    for plate in (0, 1):
        mine = [number for number in got if number % 3 == (plate + 1) % 3]
        assert mine == sorted(mine)


def test_a_claim_that_nobody_ended_is_taken_over(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk()
    desk.tell("AB1")
    with desk.store.writing() as unit:  # somebody took it, and was killed
        assert unit.events.claim("hook", clock.now(), clock.now() + timedelta(seconds=0.3))
    start = clock.ticks()
    desk.run()
    desk.settled()
    assert clock.ticks() - start > 0.2
    assert numbers(desk.output()) == [1]


def test_it_stops_at_once_and_leaves_nothing_behind() -> None:
    before = threading.active_count()
    for _ in range(20):
        running = dispatcher(MemoryStore())
        running.start()
        start = clock.ticks()
        running.stop()
        assert clock.ticks() - start < 1
    assert threading.active_count() == before
    dispatcher(MemoryStore()).stop()


def test_what_nobody_foresaw_counts_as_a_failure(open_desk: Callable[..., Desk]) -> None:
    """A plug-in may fail as it likes: its delivery has its attempts, and nothing else waits for it."""
    desk = open_desk("hook", "other")
    desk.output().failures.append(ValueError("canary"))  # type: ignore[arg-type]
    desk.tell("AB12CDE", "XY98ZWV")
    desk.tell("AB12CDE", outputs=("other",))
    desk.run()
    desk.settled(1)
    (left,) = desk.waiting()
    assert (left.attempts, left.error) == (1, "the output does not work: ValueError")
    assert (len(desk.output().received), len(desk.output("other").received)) == (1, 1)


def test_an_output_that_cannot_be_made_holds_no_other_up(
    open_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no memory for it")

    usual = registry.outputs()
    monkeypatch.setattr(registry, "outputs", lambda: {**usual, "odd": fail})
    desk = open_desk()
    with desk.store.writing() as unit:
        unit.outputs.put(OutputRecord("odd", "odd"))
    desk.tell("AB12CDE", outputs=("odd", "hook"))
    desk.run()
    desk.settled(1)
    eventually(lambda: [one.error for one in desk.waiting()] == ["it cannot be made: RuntimeError"])
