"""Draws traffic over four gantries and asks who went from where to where.

Every rule is shown the same passages: exact text matching, ours with the texts alone, ours with the lattices,
and ours with front and rear cameras fused.

    python -m benchmarks.journeys
    python -m benchmarks.journeys --json benchmarks/results/journeys.json --plot docs/images/journeys.svg
"""

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.journeys.judging import Result, curve, judge, right_of, views_of
from benchmarks.journeys.measuring import fusion, measured, speeds
from benchmarks.journeys.plot import draw
from benchmarks.journeys.rules import Told, exact, fused, ours, text_only
from benchmarks.journeys.traffic import Shape, Traffic, drawn
from benchmarks.latency.run import commit, machine

from platewise import clock


class Compared(NamedTuple):
    """What a rule makes of a traffic."""

    result: Result
    told: list[Told]
    traffic: Traffic


def compare(traffic: Traffic) -> Iterator[Compared]:
    """Yield what each rule makes of one traffic."""
    passages, bare = fused(traffic).passages, fused(text_only(traffic)).passages
    for name, shown, rule in (
        ("exact text", bare, exact),
        ("ours, texts", bare, ours),
        ("ours, lattices", passages, ours),
    ):
        told = rule(shown, traffic.site)
        yield Compared(judge(name, told, traffic), told, traffic)


def sweep(shape: Shape) -> Iterator[dict[str, Any]]:
    """Yield how exact matching and ours fare as more is misread, then as more is missed."""
    for name in ("misread", "missed"):
        for share in (0.0025, 0.005, 0.01, 0.02, 0.04, 0.08):
            other = replace(shape, **{name: share})
            traffic = drawn(other)
            for one in compare(traffic):
                yield {"of": name, "share": share, **asdict(one.result)}


def yield_points(one: Compared) -> list[tuple[float, float]]:
    """Return (share taken, share of them wrong) of the journeys, surest first."""
    seen = views_of(one.traffic)
    ready = [(told, right_of(told, seen, one.traffic)) for told in one.told if told.complete]
    return [(count / len(seen), wrong / count) for count, wrong in curve(ready)]


def main() -> None:
    """Print the tables; write JSON and the picture where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--vehicles", type=int, default=10_000)
    parser.add_argument("--sweep", type=int, default=1500, help="vehicles of each of its points; 0: none")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--plot", type=Path, help="draw them here, .svg or .png")
    args = parser.parse_args()
    shape, began = Shape(args.vehicles, seed=args.seed), clock.cpu_seconds()
    traffic = drawn(shape)
    compared = list(compare(traffic))
    both = drawn(replace(shape, rear=True))
    joined = fused(both)
    told = ours(joined.passages, both.site, {key for mismatch in joined.mismatches for key in mismatch})
    compared.append(Compared(judge("ours, front and rear", told, both), told, both))
    speed = speeds(compared[2].told, traffic)
    figures = {
        **{"benchmark": "journeys", "commit": commit(), "machine": machine(), "shape": asdict(shape)},
        "journeys": [asdict(one.result) for one in compared],
        "fusion": fusion(joined, both)._asdict(),
        "speed": speed._asdict(),
        "sweep": list(sweep(replace(shape, vehicles=args.sweep))) if args.sweep else [],
        "curves": {one.result.rule: thinned(yield_points(one)) for one in compared},
        "cpu_seconds": round(clock.cpu_seconds() - began, 1),
    }
    show(figures)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    if args.plot:
        draw(figures, [(s.kmh, true) for s, true in measured(compared[2].told, traffic)], args.plot)


def thinned(points: list[tuple[float, float]], most: int = 200) -> list[tuple[float, float]]:
    """Return some of many points, the last with them."""
    step = max(1, len(points) // most)
    return [(round(x, 5), round(y, 6)) for x, y in dict.fromkeys([*points[::step], *points[-1:]])]


def show(figures: Mapping[str, Any]) -> None:
    """Print one line a result."""
    names = [field for field in figures["journeys"][0] if field not in ("rule", "journeys")]
    print(f"{'rule':22}", *(f"{name:>14}" for name in names))
    for one in figures["journeys"]:
        values = ("–" if one[name] is None else f"{one[name]:.3%}" for name in names)
        print(f"{one['rule']:22}", *(f"{value:>14}" for value in values))
    for name in ("fusion", "speed"):
        print(f"\n{name}:", ", ".join(f"{key} {value:.5g}" for key, value in figures[name].items()))
    for one in figures["sweep"]:
        print(f"{one['of']} {one['share']:6.2%} {one['rule']:15} whole {one['whole']:.3%}")
    print(f"\n{figures['cpu_seconds']} s of processor time")
