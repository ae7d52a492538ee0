"""What ``test_capacity_race`` runs: eight processes admit vehicles to one car park at the same moment."""

import json
import multiprocessing
import os
import random
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from platewise import gatehouse
from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.errors import StoreBusy
from platewise.gatehouse import Arrival, Outcome
from platewise.register.values import Lot
from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.store.records import NewFrame
from platewise.store.site import Camera, Gate, Lane

PROCESSES, CARS, PLACES = 8, 400, 100
START = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
PATIENCE_S = 600
"""How long a process waits for the others, in seconds: one that died must not keep them for ever."""


def build(store: Store, name: str) -> None:
    """Make a car park with an entry gate."""
    with store.writing() as unit:
        unit.lots.put(Lot(name, PLACES))
        unit.site.put(Gate(name, direction="in", lot=name))
        unit.site.put(Lane(name, name))
        unit.site.put(Camera(name, lane=name))


def plate(turn: int, car: int) -> str:
    rng = random.Random(turn * CARS + car)
    return "".join((*rng.choices(LETTERS, k=2), f"{car:03}", *rng.choices(LETTERS, k=3)))


def admit(store: Store, camera: str, turn: int, car: int) -> Outcome:
    """Let a car arrive; each has a minute of its own, so that none is taken for the one before."""
    seen_at = START + timedelta(minutes=car)
    read = Read(Plate(plate(turn, car)), 0.9, quad_of((10, 10, 60, 20)))
    frame = NewFrame(seen_at, seen_at, 100, 60, camera)
    arrival = Arrival(f"{camera}/{turn}/{car}", frame, (read,), "tiny", "v1")
    while True:
        try:
            with store.writing() as unit:
                (outcome,) = gatehouse.admit(unit, arrival).outcomes
            return outcome
        except StoreBusy:  # a slow machine: told again, as a camera would
            continue


def race(store: Store, turn: int, barrier: Any, process: int) -> Counter[str]:
    """Let this process's share of the cars arrive at a car park of this turn."""
    if process == 0:
        build(store, f"lot{turn}")
    barrier.wait()
    cars = range(process, CARS, PROCESSES)
    outcomes = [admit(store, f"lot{turn}", turn, car) for car in cars]
    return Counter(" ".join(filter(None, (one.kind, one.reason))) for one in outcomes)


def tell(store: Store, turn: int, barrier: Any, process: int) -> Outcome:
    """Tell of the same car as all the others at the same moment, at a gate without a direction."""
    barrier.wait()
    return admit(store, "telegram", turn, turn)


def main(url: str, images: str, work: str, turns: str) -> None:
    """Print a line of JSON for each turn and process."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(PROCESSES, timeout=PATIENCE_S)

    def run(process: int) -> None:
        store = open_store(url, Path(images))
        for turn in range(int(turns)):
            done: Any = {"race": race, "tell": tell}[work](store, turn, barrier, process)
            os.write(1, f"{json.dumps((turn, done))}\n".encode())  # one call: lines do not mix
        store.close()

    running = [context.Process(target=run, args=(number,)) for number in range(PROCESSES)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    sys.exit(any(one.exitcode for one in running))


if __name__ == "__main__":
    main(*sys.argv[1:])
