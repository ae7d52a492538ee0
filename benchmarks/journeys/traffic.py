"""Draws traffic over four gantries: who passes where and when, and what the cameras make of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from math import log
from pathlib import Path
from random import Random
from statistics import NormalDist
from typing import NamedTuple

from platewise.core.plate import DIGITS, LETTERS
from platewise.regions.confusions import cost
from platewise.register.passages import View
from platewise.register.readings import Reading, Slot
from platewise.register.site_map import Camera, Lane, SiteMap, parse
from platewise.register.values import Sighting

START = datetime(2026, 5, 4, 6, tzinfo=UTC)
SIGNS, LENGTH = LETTERS + DIGITS, 7
TOWNS, YEARS, FLEET = 30, 12, 60_000
LANES = 3
SPREAD, WOBBLE = 0.115, 0.03


@dataclass(frozen=True)
class Shape:
    """What is drawn.

    ``misread``: share of one camera's readings that are wrong, half of them without any sign of doubt.
    ``missed``: share of vehicles that a camera does not read. ``rear``: each lane has a rear camera too.
    """

    vehicles: int = 10_000
    an_hour: float = 1000
    misread: float = 0.01
    missed: float = 0.02
    rear: bool = False
    seed: int = 1


class Stop(NamedTuple):
    """A gate that a vehicle truly passed, when, in which lane, and how fast it came (km/h), if it came."""

    gate: str
    at: datetime
    lane: int
    kmh: float | None


class Car(NamedTuple):
    """A vehicle: its plates before and behind, and the gates that it truly passed."""

    plate: str
    rear: str
    stops: tuple[Stop, ...]


@dataclass(frozen=True)
class Traffic:
    """The truth, and the views that tell of it: ``of[key]`` is the number of the car and of its stop."""

    site: SiteMap
    cars: tuple[Car, ...]
    views: tuple[View, ...]
    of: Mapping[str, tuple[int, int]] = field(repr=False)


def drawn(shape: Shape) -> Traffic:
    """Return the traffic of a shape; the same shape gives the same."""
    rng, site = Random(shape.seed), road(shape.rear)
    plates = fleet(rng)
    cars = tuple(_car(plate, shape, rng, site) for plate in rng.sample(plates, shape.vehicles))
    views, of = [], {}
    for number, car in enumerate(cars):
        for place, stop in enumerate(car.stops):
            for count, (camera, text) in enumerate(_seen(car, stop, shape, rng)):
                key = f"{number}/{place}/{count}"
                of[key] = number, place
                views.append(View(camera, _sighting(key, text, stop, shape, rng)))
    return Traffic(site, cars, tuple(sorted(views, key=lambda v: v.sighting.seen_at)), of)


def road(rear: bool) -> SiteMap:
    """Return the site, with lanes and cameras at every gate."""
    site = parse((Path(__file__).parent / "site.toml").read_text("utf-8"))
    sides = ("front", "rear") if rear else ("front",)
    lanes, cameras = [], []
    for gate in site.gates:
        for lane in range(LANES):
            lanes.append(Lane(name=f"{gate.name}-{lane}", gate=gate.name))
            cameras += [
                Camera(name=f"{gate.name}-{lane}-{side}", lane=lanes[-1].name, side=side) for side in sides
            ]
    return site.model_copy(update={"lanes": tuple(lanes), "cameras": tuple(cameras)})


def fleet(rng: Random) -> list[str]:
    """Return plates such as AB12CDE, all different; few towns and years, so that many are nearly alike."""
    towns = ["".join(rng.choices(LETTERS, k=2)) for _ in range(TOWNS)]
    years = [f"{rng.randrange(100):02}" for _ in range(YEARS)]
    weights = [1 / (1 + place) for place in range(TOWNS)]
    texts: dict[str, None] = {}
    while len(texts) < FLEET:
        town = rng.choices(towns, weights)[0]
        texts[town + rng.choice(years) + "".join(rng.choices(LETTERS, k=3))] = None
    return list(texts)


def _car(plate: str, shape: Shape, rng: Random, site: SiteMap) -> Car:

    rear = plate[:2] + plate[:1:-1] if rng.random() < 0.002 else plate  # two plates on one vehicle
    at = START + timedelta(hours=rng.random() * shape.vehicles / shape.an_hour)
    pace, lane = rng.lognormvariate(0, SPREAD), rng.randrange(LANES)
    names = [gate.name for gate in site.gates]
    kind = rng.random()  # of all: a fifth joins at cedar, a fifth leaves after birch
    first, last = (2, 3) if kind < 0.2 else (0, 1) if kind < 0.4 else (0, 3)
    stops = [Stop(names[first], at, lane, None)]
    for segment in site.segments[first:last]:
        kmh = segment.usual * pace * rng.lognormvariate(0, WOBBLE)
        metres = rng.gauss(segment.metres, segment.tolerance / 2)
        seconds = 3.6 * metres / kmh
        if rng.random() < segment.stops:
            seconds += rng.expovariate(1 / (60 * segment.stop_minutes))
        at += timedelta(seconds=seconds)
        lane = min(max(lane + rng.choice((-1, 0, 0, 1)), 0), LANES - 1)
        stops.append(Stop(segment.end, at, lane, 3.6 * metres / seconds))
    return Car(plate, rear, tuple(stops))


def _seen(car: Car, stop: Stop, shape: Shape, rng: Random) -> Iterator[tuple[str, str]]:
    """Yield the cameras that see a car, and the plate that they see."""
    looks = [(f"{stop.gate}-{stop.lane}-front", car.plate)]
    if shape.rear:
        looks.append((f"{stop.gate}-{stop.lane}-rear", car.rear))
        if rng.random() < 0.05:  # between two lanes
            looks.append((f"{stop.gate}-{stop.lane - 1 if stop.lane else 1}-front", car.plate))
        if rng.random() < 0.005:  # told twice
            looks.append(looks[0])
    return (look for look in looks if rng.random() >= shape.missed)


def _sighting(key: str, text: str, stop: Stop, shape: Shape, rng: Random) -> Sighting:
    late = rng.gauss(0.6, 0.15) if "rear" in key else 0.0
    at = stop.at + timedelta(seconds=late + rng.gauss(0, Camera.model_fields["clock_error"].default / 2))
    slots = tuple(_slot(sign, shape, rng) for sign in text)
    read = "".join(max(slot, key=lambda option: option[1])[0] for slot in slots)
    confidence = 1.0
    for slot in slots:
        confidence *= max(p for _, p in slot)
    return Sighting(key, at, Reading(read, slots), confidence=confidence)


def _slot(sign: str, shape: Shape, rng: Random) -> Slot:
    """Return what a camera makes of a sign: now and then another one, and how sure it is.

    The score of the true sign over its rival is normal, as if both were equally likely before, so that its
    probability is honest. Apart from that a sign may be turned into another one that is as clear.
    """
    wrong = (1 - (1 - shape.misread) ** (1 / LENGTH)) / 2
    mean = -NormalDist().inv_cdf(wrong)
    doubt = 2 * mean * rng.gauss(mean, 1)
    rival = rng.choices(SIGNS, rivals(sign))[0]
    if rng.random() < wrong:
        sign, rival = rival, sign
    p = 1 / (1 + 2.718281828459045**-doubt)
    return tuple((name, q) for name, q in ((sign, p), (rival, 1 - p)) if log(q + 1e-300) > -7)


@cache
def rivals(sign: str) -> list[float]:
    """Return how readily each sign is read for one."""
    return [10 ** (1 - cost(sign, other)) * (other != sign) for other in SIGNS]
