"""Units of work: whole or not at all, one after the other, one effect for each key."""

import hashlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from store_samples import NOON, after, keep, new_sighting

from platewise.errors import StoreError
from platewise.store.protocol import Store
from platewise.store.queries import ReadQuery, SightingQuery
from platewise.store.records import NewEvent
from platewise.store.site import Answer


def at_once(times: int, work: Callable[[int], object]) -> list[object]:
    """Do the work of every number at the same time."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(work, range(times)))


def test_a_unit_that_fails_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.writing() as unit:
            keep(unit, "AB1")
            unit.sightings.save(new_sighting("k", "AB1"))
            unit.events.add(NewEvent("passed", NOON, {}, outputs=("mqtt",)))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.reading() as unit:
        assert unit.reads.find(ReadQuery()).items == ()
        assert unit.sightings.find(SightingQuery()).items == ()
        assert unit.events.newest() == 0


def test_a_reading_unit_sees_one_moment(store: Store) -> None:
    with store.writing() as unit:
        keep(unit, "AB1")
    with store.reading() as unit:
        before = unit.reads.find(ReadQuery()).items
        with store.writing() as other:
            keep(other, "AB2")
        assert unit.reads.find(ReadQuery()).items == before
    with store.reading() as unit:
        assert len(unit.reads.find(ReadQuery()).items) == 2


@pytest.mark.wall("D5")
def test_writers_that_look_first_are_never_overtaken(store: Store) -> None:
    """A hundred drivers, forty places: forty get in, and each finds it out for itself."""

    def enter(driver: int) -> bool:
        with store.writing() as unit:
            inside = unit.sightings.find(SightingQuery(limit=500)).items
            if len(inside) < 40:
                unit.sightings.save(new_sighting(f"k{driver}", f"AB{driver}"))
            return len(inside) < 40

    assert Counter(at_once(100, enter)) == {True: 40, False: 60}
    with store.reading() as unit:
        assert len(unit.sightings.find(SightingQuery(limit=500)).items) == 40


@pytest.mark.wall("D6")
def test_one_sighting_delivered_eight_times_at_once_has_one_effect(store: Store) -> None:
    def deliver(number: int) -> tuple[object, bool]:
        with store.writing() as unit:
            sighting, new = unit.sightings.save(new_sighting(f"k{number // 8}", "AB1"))
            if new:
                unit.events.add(NewEvent("passed", NOON, {}, sighting.id, ("mqtt",)))
            return sighting, new

    replies = at_once(80, deliver)
    assert sum(new for _, new in replies) == 10
    assert len({sighting for sighting, _ in replies}) == 10
    with store.reading() as unit:
        assert len(unit.events.due(NOON)) == 10


@pytest.mark.wall("D7")
def test_requests_with_one_key_get_the_same_bytes(store: Store) -> None:
    """The way of a request with an Idempotency-Key: look, work, look again and keep."""
    digest = hashlib.sha256(b"body").hexdigest()

    def request(number: int) -> bytes:
        key = f"ann POST /v1/reads {number // 8}"
        with store.reading() as unit:
            if answer := unit.journal.recall(key, digest, NOON):
                return answer.body
        with store.writing() as unit:
            if answer := unit.journal.recall(key, digest, after(1)):
                return answer.body
            body = f"read {keep(unit, 'AB1').id}".encode()
            unit.journal.remember(key, digest, Answer(201, "text/plain", body), after(1))
            return body

    assert set(Counter(at_once(80, request)).values()) == {8}
    with store.reading() as unit:
        assert len(unit.reads.find(ReadQuery()).items) == 10


def test_a_store_says_whether_it_can_be_used(store: Store) -> None:
    store.check()
    store.check()


def test_a_closed_store_in_dicts_says_so() -> None:
    from platewise.store.memory import MemoryStore

    store = MemoryStore()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.check()
