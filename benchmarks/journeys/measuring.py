"""How speeds and the fusion of front and rear cameras compare with the truth."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from benchmarks.journeys.judging import share
from benchmarks.journeys.rules import Told
from benchmarks.journeys.traffic import Traffic

from platewise.register.fusing import Fused
from platewise.register.roads import Roads
from platewise.register.speed import Speed, average_speed


class Speeds(NamedTuple):
    """How average speeds fare: root mean square error in km/h, the share of true speeds in their 95 % bars.

    ``claims`` were made with 99 % confidence that a vehicle was faster than 120 km/h, ``false`` of them
    wrongly; ``naive`` were measured faster, ``naive_false`` of them were not.
    """

    measured: int
    error: float
    worst: float
    bar: float
    in_bar: float | None
    claims: int
    false: int
    naive: int
    naive_false: int


def measured(told: Sequence[Told], traffic: Traffic) -> Iterator[tuple[Speed, float]]:
    """Yield measured and true speed (km/h) of every part of every journey between neighbouring gates."""
    roads = Roads.of(traffic.site)
    for one in told:
        for a, b in pairwise(one.passages):
            car, place = traffic.of[b.key]
            true, speed = traffic.cars[car].stops[place].kmh, average_speed(a, b, traffic.site, roads)
            if speed and true and traffic.of[a.key] == (car, place - 1):
                yield speed, true


def speeds(told: Sequence[Told], traffic: Traffic, limit: float = 120) -> Speeds:
    """Compare measured speeds with the true ones."""
    found = list(measured(told, traffic))
    errors = [speed.kmh - true for speed, true in found]
    claims = [true <= limit for speed, true in found if speed.faster_than(limit) >= 0.99]
    naive = [true <= limit for speed, true in found if speed.kmh > limit]
    return Speeds(
        measured=len(found),
        error=(sum(e * e for e in errors) / len(errors)) ** 0.5,
        worst=max(map(abs, errors)),
        bar=sum((s.bar[1] - s.bar[0]) / 2 for s, _ in found) / len(found),
        in_bar=share(s.bar[0] <= true <= s.bar[1] for s, true in found),
        claims=len(claims),
        false=sum(claims),
        naive=len(naive),
        naive_false=sum(naive),
    )


class Fusion(NamedTuple):
    """How fusing front and rear cameras fares, in shares of the passings that some camera saw."""

    passings: int
    one_passage: float
    misread_before: float
    misread_after: float
    missed_before: float
    missed_after: float
    mismatches: int
    mismatches_told: int
    mismatches_false: int


def fusion(fused: Fused, traffic: Traffic) -> Fusion:
    """Compare passages with the truth."""
    views: dict[tuple[int, int], set[str]] = {}
    for key, stop in traffic.of.items():
        views.setdefault(stop, set()).add(key)
    told = [{view.sighting.key for view in passage.views} for passage in fused.passages]
    cars = [traffic.cars[traffic.of[passage.key][0]] for passage in fused.passages]
    read = [p.reading.text in (car.plate, car.rear) for p, car in zip(fused.passages, cars, strict=True)]
    two = {c for c, car in enumerate(traffic.cars) if car.plate != car.rear}
    both = [stop for stop, keys in views.items() if stop[0] in two and len(keys) > 1]
    said = [{traffic.of[m.front], traffic.of[m.rear]} for m in fused.mismatches]
    stops = sum(len(car.stops) for car in traffic.cars)
    cameras = [view for view in traffic.views if not view.camera.endswith("rear")]
    wrong = [v.sighting.reading.text != traffic.cars[traffic.of[v.sighting.key][0]].plate for v in cameras]
    return Fusion(
        passings=len(views),
        one_passage=sum(keys == views[traffic.of[min(keys)]] for keys in told) / len(views),
        misread_before=sum(wrong) / len(wrong),
        misread_after=1 - sum(read) / len(read),
        missed_before=1 - len({traffic.of[v.sighting.key] for v in cameras}) / stops,
        missed_after=1 - len(views) / stops,
        mismatches=len(both),
        mismatches_told=sum(stop in (s for one in said if len(one) == 1 for s in one) for stop in both),
        mismatches_false=sum(len(one) > 1 for one in said),
    )
