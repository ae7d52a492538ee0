"""C5, C6: clocks that step, and cameras that run for long.

PLATEWISE_SOAK says for how many seconds four cameras are watched.
"""

import os
import random
import re
import threading
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fake_cameras import fake_camera

import walls
from platewise import gatehouse
from platewise.clock import ticks
from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.core.sighting import Sighting
from platewise.gatehouse import Arrival
from platewise.ingest.addresses import parse
from platewise.ingest.camera import Camera as Watched
from platewise.ingest.watch import Watch
from platewise.register.values import Lot
from platewise.store.memory import MemoryStore
from platewise.store.parking import VisitQuery
from platewise.store.records import NewFrame
from platewise.store.site import Camera, Gate, Lane
from platewise.vision.reader import Reader

SOAK_S = walls.size("SOAK", 12, 3600)
CAMERAS, WARMING_S = 4, 4
ZAGREB = ZoneInfo("Europe/Zagreb")
STEPS = {
    "an hour forward": timedelta(hours=1),
    "an hour back": -timedelta(hours=1),
    "ten minutes back": -timedelta(minutes=10),
    "a second back": -timedelta(seconds=1),
    "a day back": -timedelta(days=1),
}


def _yard() -> MemoryStore:
    store = MemoryStore()
    with store.writing() as unit:
        unit.lots.put(Lot("yard", 50))
        for way in ("in", "out"):
            unit.site.put(Gate(way, direction=way, lot="yard"))  # type: ignore[arg-type]
            unit.site.put(Lane(way, way))
            unit.site.put(Camera(way, lane=way))
    return store


def _pass(store: MemoryStore, way: str, plate: str, seen: datetime, told: datetime) -> None:
    read = Read(Plate(plate), 0.9, quad_of((1, 1, 60, 20)))
    frame = NewFrame(seen, told, 100, 60, way)
    with store.writing() as unit:
        gatehouse.admit(unit, Arrival(f"{way}/{plate}/{told}", frame, (read,), "tiny", "v1"))


def _check(store: MemoryStore) -> int:
    """Check that no stay is negative and none overlaps another of its plate; return how many there are."""
    with store.reading() as unit:
        visits = [one.visit for one in unit.lots.visits(VisitQuery("yard", limit=500)).items]
    for visit in visits:
        if visit.entered and visit.left:
            assert visit.left >= visit.entered
    inside = Counter(visit.plate for visit in visits if visit.state == "inside")
    assert max(inside.values(), default=0) <= 1
    return len(visits)


@pytest.mark.wall("C5")
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("whose", ["camera", "server", "both"])
def test_a_clock_that_steps_makes_no_stay_negative_or_double(step: str, whose: str, wall: walls.Wall) -> None:
    store, rng = _yard(), random.Random(1)
    at, off = datetime(2026, 11, 20, 5, 30, tzinfo=ZAGREB), timedelta(0)
    for turn in range(60):
        if turn == 30:
            off = STEPS[step]
        at += timedelta(minutes=rng.uniform(1, 20))
        seen, told = (at + off * (whose in (one, "both")) for one in ("camera", "server"))
        _pass(store, rng.choice(("in", "out")), f"AB{rng.randrange(8)}", seen, told + timedelta(seconds=1))
    assert _check(store) > 8
    wall.measured(f"{len(STEPS)} steps of each clock: 0 negative, 0 doubled stays")


@pytest.mark.wall("C5")
@pytest.mark.parametrize(("day", "hours"), [((2026, 10, 25), 5), ((2026, 3, 29), 3)])
def test_a_night_in_which_the_clock_is_turned_is_as_long_as_it_is(
    day: tuple[int, int, int], hours: int
) -> None:
    store = _yard()
    enters, leaves = (datetime(*day, hour, 0, tzinfo=ZAGREB) for hour in (0, 4))
    _pass(store, "in", "AB1", enters, enters)
    _pass(store, "out", "AB1", leaves, leaves)
    with store.reading() as unit:
        (kept,) = unit.lots.visits(VisitQuery("yard")).items
    assert kept.visit.left
    assert kept.visit.entered
    assert kept.visit.left - kept.visit.entered == timedelta(hours=hours)


@pytest.mark.wall("C6")
def test_cameras_that_are_watched_for_long_leak_nothing(tiny_reader: Reader, wall: walls.Wall) -> None:
    """A vehicle crosses each picture in 20 frames, over and over."""
    stop, told = threading.Event(), Counter[str]()
    from contextlib import ExitStack

    def follow(name: str, url: str) -> None:
        for one in Watch(Watched(name, parse(url)), tiny_reader).events(stop):
            told[name] += isinstance(one, Sighting)

    with ExitStack() as stack:
        fakes = [stack.enter_context(fake_camera(fps=8)) for _ in range(CAMERAS)]
        threads = [threading.Thread(target=follow, args=(f"c{n}", fake.url)) for n, fake in enumerate(fakes)]
        for thread in threads:
            thread.start()
        threading.Event().wait(WARMING_S)
        memory, files, start = _memory(), _files(), ticks()
        threading.Event().wait(SOAK_S)
        grown, more, hours = _memory() - memory, _files() - files, (ticks() - start) / 3600
        stop.set()
        for thread in threads:
            thread.join(30)
    wall.measured(
        f"{CAMERAS} cameras for {hours * 3600:.0f} s: memory {grown / 2**20:+.1f} MB, descriptors {more:+d}, "
        f"{dict(sorted(told.items()))} sightings",
        "" if SOAK_S >= 3600 else "quick size; make soak watches for an hour",
    )
    assert more <= 2
    assert grown < 2**20 * max(10, hours)
    assert min(told.values()) > 0
    assert len(told) == CAMERAS


def _memory() -> int:
    found = re.search(r"RssAnon:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


def _files() -> int:
    return len(os.listdir("/proc/self/fd"))
