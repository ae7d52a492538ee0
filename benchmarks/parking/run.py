"""Simulates a car park whose cameras misread, and counts the ghosts: visits open whose car has gone.

Every rule is shown the same sightings: the seed's (a plate seen again has left), ours without directions, and
ours with an entry and an exit gate. A second table delivers each sighting eight times at once.

    python -m benchmarks.parking                      one table, about a minute
    python -m benchmarks.parking --json benchmarks/results/parking.json
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from platewise.core.plate import DIGITS, LETTERS
from platewise.register.lots import admit
from platewise.register.readings import Reading
from platewise.register.review import cases, give_up
from platewise.register.values import Lot, LotState, Policy, Sighting

START = datetime(2026, 3, 1, tzinfo=UTC)
CARS, OPENS, LAST_ENTRY = 10_000, 6 * 60, 20 * 60
LATE = timedelta(hours=12)


class Seen(NamedTuple):
    """A car at the gate: which, when, which way, and the text that was read."""

    car: int
    at: datetime
    way: str
    text: str


@dataclass(frozen=True)
class Result:
    """How a rule fared: its ghosts, those of them that no review lists, and exits given to another's visit."""

    rule: str
    errors: float
    missed: float
    days: int
    visits: int
    ghosts: int
    ghosts_unlisted: int
    wrong_pairs: int
    in_review: int


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


def ours(day: list[Seen], state: LotState, directed: bool) -> Iterator[tuple[Seen, LotState]]:
    """Yield the state after each sighting."""
    for seen in day:
        sighting = Sighting(f"{seen.car}/{seen.way}/{seen.at.isoformat()}", seen.at, Reading.of(seen.text))
        if directed:
            sighting = replace(sighting, gate=seen.way, direction=seen.way)
        state = state.after(admit(sighting, state))
        yield seen, state


def simulate_ours(days: list[list[Seen]], directed: bool, shape: tuple[float, float, int]) -> Iterator[Result]:
    """Yield the result after each day, the night over; what was listed for review is counted once."""
    state = LotState(Lot("yard", 400, Policy(lost_after=LATE, longest_stay=timedelta(hours=10))))
    wrong, listed = 0, set[str]()
    for number, day in enumerate(days, 1):
        for _, state in ours(day, state, directed):
            pass
        night = START + timedelta(days=number, hours=OPENS / 60)
        found = cases(state, night)
        listed |= {case.visit.id for case in found}
        wrong += sum(_strangers(v) for v in state.visits.values() if v.left and v.left.date() == day[0].at.date())
        ghosts = {v.id for v in state.inside}
        yield Result(
            "ours, in and out" if directed else "ours, no direction",
            *shape[:2], number, shape[2], len(ghosts), len(ghosts - {c.visit.id for c in found}), wrong, len(listed),
        )  # fmt: skip
        state = state.after(give_up(state, night)).remembered(night)


def _strangers(visit: object) -> bool:
    entry, exit_ = getattr(visit, "entry", None), getattr(visit, "exit", None)
    return bool(entry and exit_) and entry.key.split("/")[0] != exit_.key.split("/")[0]


def simulate_seed(days: list[list[Seen]], shape: tuple[float, float, int]) -> Iterator[Result]:
    """Yield the result of the seed's rule after each day."""
    inside: set[str] = set()
    for number, day in enumerate(days, 1):
        toggled(day, inside)
        yield Result("seed's toggle", *shape[:2], number, shape[2], len(inside), len(inside), 0, 0)


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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=600, help="a day")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--errors", type=float, nargs="+", default=[0.005], help="misread share of characters")
    parser.add_argument("--missed", type=float, nargs="+", default=[0.0, 0.01], help="share of exits not seen")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures here")
    args = parser.parse_args()
    results = [r for errors in args.errors for missed in args.missed for r in compare(args, errors, missed)]
    show(results)
    right = deliveries(200, 8, Random(args.seed))
    print("\n200 cars, each entry delivered 8 times at once: cars right")
    for rule, count in right.items():
        print(f"  {rule:32} {count:3} / 200")
    if args.json:
        figures = {"seed": args.seed, "ghosts": [asdict(r) for r in results], "deliveries": right}
        args.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def compare(args: argparse.Namespace, errors: float, missed: float) -> Iterator[Result]:
    """Yield what each rule makes of the same traffic, after one day and after the last."""
    days, shape = traffic(args, errors, missed), (errors, missed, args.visits)
    for results in (
        simulate_seed(days, shape),
        simulate_ours(days, False, shape),
        simulate_ours(days, True, shape),
    ):
        yield from (r for r in results if r.days in (1, args.days))


def show(results: list[Result]) -> None:
    """Print one line a result."""
    print(f"{'rule':20} {'errors':>6} {'missed':>6} {'days':>4} {'ghosts':>6} {'unlisted':>8} {'wrong':>5} {'review':>6}")
    for r in results:
        shares = f"{r.errors:6.1%} {r.missed:6.1%}"
        print(f"{r.rule:20} {shares} {r.days:4} {r.ghosts:6} {r.ghosts_unlisted:8} {r.wrong_pairs:5} {r.in_review:6}")
