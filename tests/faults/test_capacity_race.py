"""Eight processes want the last places of a car park; eight tell of the same car. Nobody is counted twice.

PLATEWISE_RACES says how many rounds, PLATEWISE_TOLD how many cars are told of, for a longer run.
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import walls

pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")

from lot_arrivals import CARS, PLACES, PROCESSES

from platewise.register.values import Lot
from platewise.store.opening import open_store
from platewise.store.parking import VisitQuery
from platewise.store.records import EventRecord

ROUNDS = walls.size("RACES", 2, 50)
TOLD = walls.size("TOLD", 25, 1_000)
HERE = Path(__file__).parent

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")


def _run(url: str, folder: Path, work: str, turns: int) -> list[list[Any]]:
    """Return what the processes said, by turn."""
    line = [sys.executable, str(HERE / "lot_arrivals.py"), url, str(folder / "images"), work, str(turns)]
    done = subprocess.run(line, check=True, capture_output=True, text=True)
    said: list[list[Any]] = [[] for _ in range(turns)]
    for turn, result in map(json.loads, done.stdout.splitlines()):
        said[turn].append(result)
    return said


@pytest.mark.wall("D5")
def test_the_last_place_is_given_once(database_url: str, tmp_path: Path, wall: walls.Wall) -> None:
    for said in _run(database_url, tmp_path, "race", ROUNDS):
        assert len(said) == PROCESSES
        assert sum(map(Counter, said), Counter()) == {"Entered": PLACES, "Refused full": CARS - PLACES}
    store = open_store(database_url, tmp_path / "images")
    with store.reading() as unit:
        for turn in range(ROUNDS):
            here = unit.lots.visits(VisitQuery(f"lot{turn}", limit=CARS)).items
            assert [record.visit.state for record in here] == ["inside"] * PLACES
    store.close()
    wall.measured(f"{ROUNDS} rounds a database: {PLACES} of {CARS} let in each time")


@pytest.mark.wall("D6")
def test_a_car_that_is_told_of_eight_times_came_once(
    database_url: str, tmp_path: Path, wall: walls.Wall
) -> None:
    store = open_store(database_url, tmp_path / "images")
    with store.writing() as unit:
        unit.lots.put(Lot("main", TOLD))
    store.close()
    for said in _run(database_url, tmp_path, "tell", TOLD):
        assert len(said) == PROCESSES
        assert all(told == said[0] for told in said)
    store = open_store(database_url, tmp_path / "images")
    with store.reading() as unit:
        events = list[EventRecord]()
        while page := unit.events.after(events[-1].id if events else 0):
            events += page
        assert [event.kind for event in events] == ["Entered"] * TOLD
        assert unit.lots.state("main", events[-1].at).occupied == TOLD
    store.close()
    wall.measured(f"{TOLD} cars told of by {PROCESSES} processes at once: {TOLD} stays, equal answers")
