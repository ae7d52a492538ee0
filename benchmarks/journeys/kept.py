"""``python -m benchmarks.journeys.kept``: the same traffic told to the server's gatehouse, view by view.

Every view goes through ``gatehouse.admit`` into a SQLite database, in the order in which a server hears of
it: some cameras tell up to some minutes late, a share of the views is told twice. Journeys are paired every
so many seconds of the traffic's time, as a server's rounds do. What is kept is judged like the rules of
``run``. Times are of one core.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from benchmarks.journeys.judging import judge
from benchmarks.journeys.rules import Told
from benchmarks.journeys.traffic import Shape, Traffic, drawn
from benchmarks.latency.run import commit, machine

from platewise import clock, gatehouse
from platewise.core.geometry import quad_of
from platewise.core.lattice import Lattice
from platewise.core.plate import SIGNS, Plate
from platewise.core.read import Read
from platewise.gatehouse import Arrival, applying, pairing
from platewise.register.passages import Passage, View
from platewise.register.site_file import SiteFile
from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.store.records import NewFrame
from platewise.store.tolling import JourneyQuery

QUAD = quad_of((10, 10, 60, 20))
LATE, TWICE = 0.02, 0.01
"""Shares of the views that are told up to ten minutes late, and that are told twice."""


class Heard(NamedTuple):
    """A view and when the server hears of it."""

    at: datetime
    view: View


def heard(traffic: Traffic, rng: Random) -> list[Heard]:
    """Return the views in the order in which the server hears of them."""
    found = []
    for view in traffic.views:
        late = rng.uniform(0, 600) if rng.random() < LATE else rng.uniform(0.2, 1.5)
        told = Heard(view.sighting.seen_at + timedelta(seconds=late), view)
        found += [told, told] if rng.random() < TWICE else [told]
    return sorted(found, key=lambda one: one.at)


def arrival(one: Heard) -> Arrival:
    """Return what the server is told."""
    seen = one.view.sighting
    text = seen.reading.text
    probabilities = Lattice.of(text, 10, 1.0).probabilities.copy()
    for place, slot in enumerate(seen.reading.slots):
        probabilities[place] = 0
        for sign, p in slot:
            probabilities[place, 1 + SIGNS.index(sign)] = p
    read = Read(Plate(text), seen.confidence, QUAD, lattice=Lattice(probabilities))
    frame = NewFrame(seen.seen_at, one.at, 100, 60, one.view.camera)
    return Arrival(seen.key, frame, (read,), "drawn", "1")


def told(store: Store, traffic: Traffic, every: float) -> dict[str, Any]:
    """Tell a store the traffic; return what that took."""
    site = SiteFile(**dict(traffic.site))
    views, due = heard(traffic, Random(7)), None
    with store.writing() as unit:
        applying.apply(unit, site, views[0].at - timedelta(days=1), "benchmark")
    admitting = pairing_ = 0.0
    admitted, longest = 0, 0.0
    for one in views:
        start = clock.cpu_seconds()
        with store.writing() as unit:
            admitted += gatehouse.admit(unit, arrival(one)).new
        admitting += clock.cpu_seconds() - start
        if due is None or one.at >= due:
            start = clock.cpu_seconds()
            pairing.pair_due(store, one.at)
            took = clock.cpu_seconds() - start
            pairing_, longest, due = pairing_ + took, max(longest, took), one.at + timedelta(seconds=every)
    pairing.pair_due(store, views[-1].at + timedelta(days=1))
    return {
        "told": len(views),
        "admitted": admitted,
        "cpu_ms_a_view": round(1e3 * admitting / len(views), 2),
        "pairing_cpu_s_an_hour": round(pairing_ / ((views[-1].at - views[0].at) / timedelta(hours=1)), 1),
        "longest_pairing_cpu_s": round(longest, 2),
    }


def kept(store: Store) -> Iterator[Told]:
    """Yield the journeys that a store keeps, as the benchmark's rules tell theirs."""
    query = JourneyQuery(limit=500)
    while True:
        with store.reading() as unit:
            page = unit.tolls.journeys(query)
            for one in page.items:
                found = filter(None, map(unit.tolls.passage, one.passages))
                passages = tuple(_named(record.passage) for record in found)
                facts = one.facts
                ends = facts.began > 0.5, facts.done > 0.5
                yield Told(passages, facts.plate, all(ends), *ends, facts.confidence)
        if page.next is None:
            return
        query = replace(query, cursor=page.next)


def _named(passage: Passage) -> Passage:
    """Return a passage whose views have the keys of the traffic: an arrival numbers its reads behind."""
    views = (replace(v, sighting=replace(v.sighting, key=v.sighting.key[:-2])) for v in passage.views)
    return replace(passage, views=tuple(views))


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--vehicles", type=int, default=1500)
    parser.add_argument("--rear", action="store_true", help="rear cameras too")
    parser.add_argument("--every", type=float, default=10, help="seconds between two pairings")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    traffic = drawn(Shape(vehicles=options.vehicles, rear=options.rear))
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/platewise.db", Path(folder) / "images")
        took = told(store, traffic, options.every)
        result = judge("kept", list(kept(store)), traffic)
        store.close()
    ran = {"benchmark": "journeys kept", "commit": commit(), "machine": machine()}
    figures = {**ran, "rear": options.rear, **took, **result.__dict__}
    print(json.dumps(figures, indent=1))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
