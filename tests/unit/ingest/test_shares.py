"""Cameras shared by several workers: fair parts, and nobody watches what another has."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from platewise.ingest.shares import Held, Shares
from platewise.store.memory import MemoryStore
from platewise.store.memory import sharing as memory_sharing
from platewise.store.site import Camera

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
Move = Callable[[float], None]


@pytest.fixture
def move(monkeypatch: pytest.MonkeyPatch) -> Move:
    """Return a function that lets seconds pass for the store."""
    now = [NOON]

    class Clock:
        @staticmethod
        def now() -> datetime:
            return now[0]

    monkeypatch.setattr(memory_sharing, "clock", Clock)

    def move(seconds: float) -> None:
        now[0] += timedelta(seconds=seconds)

    return move


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    with store.writing() as unit:
        for number in range(5):
            unit.site.put(Camera(f"c{number}", source=f"rtsp://host/{number}"))
        unit.site.put(Camera("off", source="rtsp://host/off", enabled=False))
    return store


def names(held: dict[str, Held]) -> list[str]:
    return sorted(name for name, one in held.items() if not one.surplus)


def test_one_worker_watches_all_that_can_be(store: MemoryStore, move: Move) -> None:
    held = Shares(store, "a").beat()
    assert names(held) == ["c0", "c1", "c2", "c3", "c4"]
    assert all(one.lease.until == NOON + timedelta(seconds=10) for one in held.values())


def test_a_second_worker_gets_its_part_once_it_is_given_back(store: MemoryStore, move: Move) -> None:
    a, b = Shares(store, "a"), Shares(store, "b")
    a.beat()
    assert b.beat() == {}
    move(2)
    held = a.beat()
    assert len(names(held)) == 3
    surplus = [one.lease for one in held.values() if one.surplus]
    assert len(surplus) == 2
    assert b.beat() == {}, "a has not yet given them back"
    for lease in surplus:
        a.release(lease)
    assert len(names(b.beat())) == 2
    assert not set(a.beat()) & set(b.beat())


def test_a_dead_workers_cameras_are_taken_when_its_leases_end(store: MemoryStore, move: Move) -> None:
    a, b = Shares(store, "a"), Shares(store, "b")
    first = a.beat()
    b.beat()
    move(9)
    assert b.beat() == {}
    move(1)
    taken = b.beat()
    assert len(names(taken)) == 5
    assert {one.lease.fence for one in taken.values()} == {2}
    with store.reading() as unit:
        assert not any(unit.leases.holds(one.lease) for one in first.values())


def test_who_leaves_lets_the_others_in_at_once(store: MemoryStore, move: Move) -> None:
    a, b = Shares(store, "a"), Shares(store, "b")
    a.beat()
    b.beat()
    a.leave()
    move(0.1)
    assert len(names(b.beat())) == 5


def test_a_camera_that_is_switched_off_is_held_no_more(store: MemoryStore, move: Move) -> None:
    a = Shares(store, "a")
    a.beat()
    with store.writing() as unit:
        unit.site.put(Camera("c0", source="rtsp://host/0", enabled=False))
    assert names(a.beat()) == ["c1", "c2", "c3", "c4"]
