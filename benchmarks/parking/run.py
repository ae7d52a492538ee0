"""Simulates a car park whose cameras misread, and counts the ghosts: visits open whose car has gone.

Every rule is shown the same sightings: the seed's (a plate seen again has left), ours without directions, and
ours with an entry and an exit gate. A second table delivers each sighting eight times at once.

    python -m benchmarks.parking                      one table, some minutes
    python -m benchmarks.parking --json benchmarks/results/parking.json --plot docs/images/ghosts.svg
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.latency.run import commit, machine
from benchmarks.parking.figures import Result, Shape

from platewise.core.plate import DIGITS, LETTERS
from platewise.register.lots import admit
from platewise.register.readings import Reading
from platewise.register.review import cases, give_up
from platewise.register.values import Direction, Lot, LotState, Policy, Sighting, Visit

START = datetime(2026, 3, 1, tzinfo=UTC)
CARS, OPENS, LAST_ENTRY = 10_000, 6 * 60, 20 * 60
LATE = timedelta(hours=12)


class Seen(NamedTuple):
    """A car at the gate: which, when, which way, and the text that was read."""

    car: int
    at: datetime
    way: Direction
    text: str


def fleet(rng: Random) -> list[str]:
    """Return plates such as AB12CDE, all different."""
    texts: dict[str, None] = {}
    while len(texts) < CARS:
        letters, digits = "".join(rng.choices(LETTERS, k=5)), "".join(rng.choices(DIGITS, k=2))
        texts[letters[:2] + digits + letters[2:]] = None
    return list(texts)


def misread(text: str, rate: float, rng: Random) -> str:
    """Return the text with each sign read as any other with that probability."""
    return "".join(rng.choice((LETTERS + DIGITS).replace(s, "")) if rng.random() < rate else s for s in text)


def traffic(args: argparse.Namespace, errors: float, missed: float) -> list[list[Seen]]:
    """Return the sightings of each day in the order of time; every car leaves on its day."""
    rng = Random(args.seed)
    plates, days = fleet(rng), []
    for day in range(args.days):
        seen = []
        for car in rng.sample(range(CARS), args.visits):
            came = START + timedelta(days=day, minutes=OPENS + rng.random() * (LAST_ENTRY - OPENS))
            went = came + timedelta(minutes=5 + min(rng.expovariate(1 / 110), 200))
            seen.append(Seen(car, came, "in", misread(plates[car], errors, rng)))
            if rng.random() >= missed:
                seen.append(Seen(car, went, "out", misread(plates[car], errors, rng)))
        days.append(sorted(seen, key=lambda s: s.at))
    return days


def toggled(day: list[Seen], inside: set[str]) -> None:
    """The seed's rule: in if it is not there, out if it is."""
    for seen in day:
        inside ^= {seen.text}


def ours(day: list[Seen], state: LotState, directed: bool) -> LotState:
    """Return the state after a day."""
    for seen in day:
        sighting = Sighting(f"{seen.car}/{seen.way}/{seen.at.isoformat()}", seen.at, Reading.of(seen.text))
        if directed:
            sighting = replace(sighting, gate=seen.way, direction=seen.way)
        state = state.after(admit(sighting, state))
    return state


def simulate_ours(days: list[list[Seen]], directed: bool, shape: Shape) -> Iterator[Result]:
    """Yield the result after each day, the night over; what was listed for review is counted once."""
    state = LotState(Lot("yard", 150, Policy(lost_after=LATE, longest_stay=timedelta(hours=10))))
    rule = "ours, in and out" if directed else "ours, no direction"
    wrong, listed = set[str](), set[str]()
    for number, day in enumerate(days, 1):
        night = START + timedelta(days=number, hours=OPENS / 60)
        state = ours(day, state, directed)
        state = state.after(give_up(state, night))
        found = {case.visit.id for case in cases(state, night)}
        listed |= found
        wrong |= {visit.id for visit in state.visits.values() if strangers(visit)}
        ghosts = {visit.id for visit in state.inside}
        counts = len(ghosts), len(ghosts - found), len(wrong), len(listed)
        yield Result(rule, shape, number, *counts)
        state = state.remembered(night)


def strangers(visit: Visit) -> bool:
    """Tell whether a visit's exit is another car's."""
    cars = {seen.key.split("/")[0] for seen in (visit.entry, visit.exit) if seen}
    return len(cars) > 1


def simulate_seed(days: list[list[Seen]], shape: Shape) -> Iterator[Result]:
    """Yield the result of the seed's rule after each day."""
    inside: set[str] = set()
    for number, day in enumerate(days, 1):
        toggled(day, inside)
        yield Result("seed's toggle", shape, number, len(inside), len(inside), 0, 0)


def deliveries(cars: int, copies: int, rng: Random) -> dict[str, int]:
    """Return of how many cars the register is right after each entry was delivered several times at once."""
    plates = fleet(rng)[:cars]
    right: Counter[str] = Counter()
    for text in plates:
        right["naive toggle (look, then write)"] += race(copies, rng) == 1
        right["atomic toggle"] += copies % 2 == 1
        state = LotState(Lot("yard", cars))
        sighting = Sighting(text, START, Reading.of(text))
        for _ in range(copies):
            state = state.after(admit(sighting, state))
        right["ours, by key"] += state.occupied == 1
    return dict(right)


def race(copies: int, rng: Random) -> int:
    """Return how many open rows a toggle leaves whose looks and writes mix at random."""
    rows, looked = 0, dict[int, bool]()
    for delivery in rng.sample(2 * list(range(copies)), 2 * copies):
        if delivery not in looked:
            looked[delivery] = rows > 0
        else:
            rows = max(rows - 1, 0) if looked[delivery] else rows + 1
    return rows


def main() -> None:
    """Print both tables; write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--visits", type=int, default=600, help="a day")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument(
        "--errors", type=float, nargs="+", default=[0.002, 0.005, 0.01, 0.02], help="signs misread"
    )
    parser.add_argument("--missed", type=float, nargs="+", default=[0.0, 0.01], help="exits not seen")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--plot", type=Path, help="draw the ghosts of each day here")
    args = parser.parse_args()
    daily = [r for errors in args.errors for missed in args.missed for r in compare(args, errors, missed)]
    results = [result for result in daily if result.days in (1, args.days)]
    show(results)
    if args.plot:
        from benchmarks.parking.plot import draw

        draw(daily, args.plot)
    right = deliveries(200, 8, Random(args.seed))
    print("\n200 cars, each entry delivered 8 times at once: cars right")
    for rule, count in right.items():
        print(f"  {rule:32} {count:3} / 200")
    if args.json:
        ran = {"benchmark": "parking", "commit": commit(), "seed": args.seed, "machine": machine()}
        figures = {**ran, "ghosts": [shown(r) for r in results], "deliveries": right}
        args.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def shown(result: Result) -> dict[str, object]:
    """Return a result as plain JSON."""
    return {**asdict(result), "traffic": result.traffic._asdict()}


def compare(args: argparse.Namespace, errors: float, missed: float) -> Iterator[Result]:
    """Yield what each rule makes of the same traffic, after each day."""
    days, shape = traffic(args, errors, missed), Shape(errors, missed, args.visits)
    for results in (
        simulate_seed(days, shape),
        simulate_ours(days, False, shape),
        simulate_ours(days, True, shape),
    ):
        yield from results


def show(results: list[Result]) -> None:
    """Print one line a result."""
    names = ("errors", "missed", "days", "ghosts", "unlisted", "wrong", "review")
    print(f"{'rule':20}", *(f"{name:>8}" for name in names))
    for r in results:
        shares = (f"{share:8.1%}" for share in r.traffic[:2])
        counts = (r.days, r.ghosts, r.ghosts_unlisted, r.wrong_pairs, r.in_review)
        print(f"{r.rule:20}", *shares, *(f"{count:8}" for count in counts))
