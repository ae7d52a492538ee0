"""``python -m benchmarks.opening``: which rule may open a gate for a plate that may be misread.

Towns of 10,000 vehicles, some of them on the list of a gate. Everybody comes equally often and signs are
misread. Rules: the list holds exactly what was read; it holds a plate one substitution away; the odds of
``register.opening``, with the text alone and with what else each sign may have been.

    python -m benchmarks.opening --json benchmarks/results/opening.json
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
from benchmarks.latency.run import commit, machine

from platewise.core.plate import ACCENTED, DIGITS, LETTERS, normalise
from platewise.regions.confusions import cost
from platewise.regions.library import select
from platewise.register.opening import Costs, Strangers, decide
from platewise.register.readings import Misreads, Reading, Slot

SIGNS = LETTERS + DIGITS + ACCENTED
NEAR = 3
"""Listed plates that differ in more signs add nothing to the odds, so they are left out here."""
SEEN = 10_000
"""Plates read before, by which strangers are known."""
MISREADS = Misreads(cost=cost)
ALIKE = {true: [10 ** (1 - cost(true, sign)) * (sign != true) for sign in SIGNS] for true in SIGNS}
TOWNS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a British town": ("gb", "current", ("LA", "LB", "LC")),
    "Zagreb": ("hr", "current", ("ZG",)),
    "Germany": ("de", "current", ("",)),
}


class Seen(NamedTuple):
    """What was read of a vehicle: text alone, and with all that each sign may have been."""

    car: str
    text: Reading
    lattice: Reading


class Shape(NamedTuple):
    """Vehicles, those listed, arrivals; the share of doubtful signs and how wrong a clear one is."""

    population: int
    listed: int
    arrivals: int
    doubtful: float = 0.02
    clear: float = 0.0005


@dataclass
class Count:
    """What a rule did to those who may enter, and to those who may not."""

    opened: int = 0
    refused: int = 0
    false_opens: int = 0
    strangers: int = 0


def plates(town: str, count: int, rng: Random) -> list[str]:
    """Return different plates of a town."""
    code, name, heads = TOWNS[town]
    (region,) = select([code])
    patterns = next(series for series in region.series if series.name == name).patterns
    found: dict[str, None] = {}
    while len(found) < count:
        text = normalise(rng.choice(patterns).draw(rng))
        if text.startswith(heads):
            found[text] = None
    return list(found)


def with_neighbours(texts: list[str]) -> float:
    """Return the share of plates with another one substitution away."""
    holes = Counter(hole for text in texts for hole in _holes(text))
    return sum(any(holes[hole] > 1 for hole in _holes(text)) for text in texts) / len(texts)


def _holes(text: str) -> Iterator[str]:
    return (f"{text[:i]}?{text[i + 1 :]}" for i in range(len(text)))


def look(car: str, shape: Shape, rng: Random) -> Seen:
    """Return a calibrated reading: a sign shown with probability p is the true one in p of all cases."""
    slots = [_slot(sign, shape, rng) for sign in car]
    text = "".join(max(slot, key=lambda option: option[1])[0] for slot in slots)
    return Seen(car, Reading.of(text), Reading(text, tuple(slots)))


def _slot(true: str, shape: Shape, rng: Random) -> Slot:
    sure = 0.5 + rng.random() / 2 if rng.random() < shape.doubtful else 1 - shape.clear
    first, second = rng.choices(SIGNS, ALIKE[true], k=2)
    while second == first:
        second = rng.choice(SIGNS)
    drawn = rng.random()
    if drawn < sure:
        first = true
    elif drawn < sure + 0.7 * (1 - sure):
        second = true
    return ((first, sure), (second, 0.7 * (1 - sure)))


class Gate:
    """A gate with its list."""

    def __init__(self, listed: list[str], strangers: Strangers) -> None:
        self.names, self.listed, self._strangers = listed, set(listed), strangers
        self._signs = np.array([[ord(c) for c in name.ljust(10)] for name in listed])

    def near(self, text: str) -> dict[str, int]:
        """Return the listed plates that differ in few signs, with how many."""
        far = (self._signs != [ord(c) for c in text.ljust(10)]).sum(1)
        return {self.names[i]: int(far[i]) for i in np.flatnonzero(far <= NEAR)}

    def opens(self, reading: Reading, costs: Costs) -> bool:
        """Tell whether the odds open it."""
        near = self.near(reading.text)
        return bool(near) and decide(reading, near, self._strangers, MISREADS, costs).open


def simulate(town: str, shape: Shape, costs: Costs, rng: Random) -> dict[str, object]:
    """Return what each rule does in a town, to the listed and to strangers in equal numbers."""
    cars = plates(town, shape.population, rng)
    seen = [look(car, shape, rng).text.text for car in rng.choices(cars, k=SEEN)]
    gate = Gate(cars[: shape.listed], Strangers.like(seen, shape.population - shape.listed))
    rules: dict[str, Callable[[Seen], bool]] = {
        "exactly what was read": lambda seen: seen.text.text in gate.listed,
        "one substitution away": lambda seen: min(gate.near(seen.text.text).values(), default=9) <= 1,
        "odds, text": lambda seen: gate.opens(seen.text, costs),
        "odds, lattice": lambda seen: gate.opens(seen.lattice, costs),
    }
    counts = {name: Count() for name in rules}
    for _ in range(shape.arrivals):
        for listed in (True, False):
            seen = look(rng.choice(cars[: shape.listed] if listed else cars[shape.listed :]), shape, rng)
            for name, rule in rules.items():
                _note(counts[name], listed, rule(seen))
    neighbours = with_neighbours(cars)
    odds = (shape.population - shape.listed) / shape.listed
    return {
        "town": town,
        "with_a_neighbour": round(neighbours, 4),
        "rules": {name: shown(count, odds) for name, count in counts.items()},
    }


def _note(count: Count, listed: bool, opened: bool) -> None:
    if listed:
        count.opened += opened
        count.refused += not opened
    else:
        count.strangers += 1
        count.false_opens += opened


def shown(count: Count, strangers: float) -> dict[str, float]:
    """Return shares; ``strangers`` come so many times as often as the listed."""
    false, right = count.false_opens / count.strangers, count.opened / (count.opened + count.refused)
    return {
        "listed_refused": round(1 - right, 5),
        "strangers_let_in": round(false, 6),
        "openings_wrong": round(strangers * false / max(strangers * false + right, 1e-12), 5),
    }


def main() -> None:
    """Print a table; write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--population", type=int, default=10_000)
    parser.add_argument("--listed", type=int, default=500)
    parser.add_argument(
        "--arrivals", type=int, default=100_000, help="of listed vehicles, and as many others"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures here")
    args = parser.parse_args()
    shape, costs = Shape(args.population, args.listed, args.arrivals), Costs()
    towns = [simulate(town, shape, costs, Random(args.seed)) for town in TOWNS]
    for town in towns:
        print(f"{town['town']}: {town['with_a_neighbour']:.1%} have a neighbour one substitution away")
        for rule, figures in town["rules"].items():  # type: ignore[attr-defined]
            print(f"  {rule:24}", *(f"{name} {value:8.3%}" for name, value in figures.items()), sep="  ")
    if args.json:
        ran = {"benchmark": "opening", "commit": commit(), "seed": args.seed, "machine": machine()}
        shares = {**shape._asdict(), "least_odds": costs.least_odds}
        args.json.write_text(json.dumps({**ran, "shape": shares, "towns": towns}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
