"""How a rule's journeys compare with the truth."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from benchmarks.journeys.rules import Told
from benchmarks.journeys.traffic import Traffic

from platewise.train.calibrate import Judged, Wanted, calibrate

ERROR = 0.005


@dataclass(frozen=True)
class Result:
    """How a rule fared, in shares of the journeys that some camera saw.

    ``whole``: all their passages in one journey, and nobody else's. ``mixed``: journeys told that hold two
    vehicles. ``split``: in two or more. ``plate``: whole, and the plate right. ``taken``: rightly
    taken at most with ``ERROR`` wrong; ``promised``: taken by a threshold learned from the first half, of the
    second, and ``promised_wrong`` of these are wrong. ``told_missing``, ``false_missing``: of the journeys
    with an end unseen and of the others, those told to have one.
    """

    rule: str
    journeys: int
    whole: float
    mixed: float
    split: float
    plate: float
    told_missing: float | None
    false_missing: float | None
    taken: float
    promised: float
    promised_wrong: float | None


def views_of(traffic: Traffic) -> dict[int, set[str]]:
    """Return the keys of the views of each car that some camera saw."""
    seen: dict[int, set[str]] = {}
    for key, (car, _) in traffic.of.items():
        seen.setdefault(car, set()).add(key)
    return seen


def judge(rule: str, told: Sequence[Told], traffic: Traffic) -> Result:
    """Compare what a rule tells with the truth."""
    seen = views_of(traffic)
    rights = [right_of(one, seen, traffic) for one in told]
    pieces: dict[int, int] = {}
    for one in told:
        for car in _cars(one, traffic):
            pieces[car] = pieces.get(car, 0) + 1
    missing = {car: _missing(keys, car, traffic) for car, keys in seen.items()}
    whole = [(one, right) for one, right in zip(told, rights, strict=True) if right.whole]
    said = [(missing[right.car], not (one.entered and one.ended)) for one, right in whole]
    taken, promised, wrong = _yields(told, rights, len(seen))
    return Result(
        rule=rule,
        journeys=len(seen),
        whole=len(whole) / len(seen),
        mixed=sum(len(_cars(one, traffic)) > 1 for one in told) / len(seen),
        split=sum(count > 1 for count in pieces.values()) / len(seen),
        plate=sum(right.plate for _, right in whole) / len(seen),
        told_missing=share(told for true, told in said if true),
        false_missing=share(told for true, told in said if not true),
        taken=taken,
        promised=promised,
        promised_wrong=wrong,
    )


class Right(NamedTuple):
    """Whether a journey is told wholly, with the right plate, and ends where it truly did."""

    car: int
    whole: bool
    plate: bool
    all: bool


def _cars(one: Told, traffic: Traffic) -> set[int]:
    return {traffic.of[view.sighting.key][0] for passage in one.passages for view in passage.views}


def right_of(one: Told, seen: Mapping[int, set[str]], traffic: Traffic) -> Right:
    cars = _cars(one, traffic)
    car = min(cars)
    keys = {view.sighting.key for passage in one.passages for view in passage.views}
    whole = len(cars) == 1 and keys == seen[car]
    plate = one.plate in (traffic.cars[car].plate, traffic.cars[car].rear)
    stops = traffic.cars[car].stops
    ends = (one.passages[0].gate, one.passages[-1].gate) == (stops[0].gate, stops[-1].gate)
    return Right(car, whole, plate, whole and plate and ends)


def _missing(keys: set[str], car: int, traffic: Traffic) -> bool:
    """Tell whether nobody saw the first or the last stop of a car."""
    stops = {traffic.of[key][1] for key in keys}
    return 0 not in stops or len(traffic.cars[car].stops) - 1 not in stops


def _yields(
    told: Sequence[Told], rights: Sequence[Right], journeys: int
) -> tuple[float, float, float | None]:
    """Return the most that can be taken with the error; and what a threshold learned beforehand takes."""
    ready = [(one, right) for one, right in zip(told, rights, strict=True) if one.complete]
    best = max((n - wrong for n, wrong in curve(ready) if wrong <= ERROR * n), default=0)
    ready.sort(key=lambda pair: pair[0].passages[0].at)
    half = len(ready) // 2
    lessons = [Judged("road", one.confidence, right.all, str(right.car)) for one, right in ready[:half]]
    learned = calibrate(lessons, Wanted(ERROR))
    wrong = [not right.all for one, right in ready[half:] if learned.action(one.confidence, "road") == "auto"]
    return best / journeys, len(wrong) / (journeys / 2), share(wrong)


def curve(ready: Sequence[tuple[Told, Right]]) -> Iterator[tuple[int, int]]:
    """Yield how many journeys are taken, surest first, and how many of them are wrong."""
    wrong = 0
    ranked = sorted(ready, key=lambda pair: -pair[0].confidence)
    for count, (one, right) in enumerate(ranked, 1):
        wrong += not right.all
        if count == len(ranked) or ranked[count][0].confidence < one.confidence:
            yield count, wrong


def share(flags: Iterable[bool]) -> float | None:
    """Return the share of True, None of nothing."""
    values = list(flags)
    return sum(values) / len(values) if values else None
