"""Vehicles for the tracker's tests: reads at places and times, without pictures."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from platewise.core.frame import Frame
from platewise.core.geometry import quad_of
from platewise.core.lattice import Lattice
from platewise.core.plate import MAX_SIGNS, Plate
from platewise.core.read import Read
from platewise.core.sighting import Sighting
from platewise.tracking.looks import Look, Seen, look
from platewise.tracking.tracker import Tracker
from platewise.tracking.tuning import TrackerTuning

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
BLANK = np.zeros((720, 1280, 3), np.uint8)

Path = Callable[[float], tuple[float, float, float]]
"""Seconds -> middle and width of a plate, px."""


def frame(second: float, camera: str = "gate") -> Frame:
    return Frame(BLANK, camera, START + timedelta(seconds=second), f"{second:.2f}")


def read(text: str, place: tuple[float, float, float], sure: float = 0.95) -> Read:
    """Return a read of a plate four times as wide as high."""
    x, y, w = place
    plate = Plate(text) if text else None
    lattice = Lattice.of(text, MAX_SIGNS, sure) if text else None
    return Read(plate, sure if text else 0.0, quad_of((x - w / 2, y - w / 8, w, w / 4)), 0.9, lattice=lattice)


def seen(text: str, second: float, place: tuple[float, float, float], sure: float = 0.95) -> Look:
    return look(Seen(read(text, place, sure)), second, START + timedelta(seconds=second))


def decide(best: Read, lattice: Lattice, regions: Mapping[str, float]) -> Read:
    """Decide without formats: the likeliest signs."""
    text = lattice.text()
    sure = float(np.prod(lattice.probabilities.max(1)))
    return replace(best, plate=Plate(text) if text else None, confidence=sure, lattice=lattice)


def towards(speed: float = 300.0, x: float = 400.0) -> Path:
    """Return the path of a plate that comes down the picture and grows."""
    return lambda second: (x, 100 + speed * second, 60 + speed * second / 8)


def watch(
    cars: Iterable[tuple[str, Path, float, float]],
    fps: float = 25.0,
    until: float = 4.0,
    tuning: TrackerTuning | None = None,
    misread: Callable[[str, float], str | None] = lambda text, _: text,
) -> list[Sighting]:
    """Return what is told of cars (text, path, first and last second); ``misread`` None: not found."""
    tracker, told = Tracker(decide, tuning), []
    cars = list(cars)
    for number in range(round(until * fps)):
        second = number / fps
        shown = [
            (misread(text, second), path(second - begin))
            for text, path, begin, end in cars
            if begin <= second < end
        ]
        told += tracker.update(
            frame(second), [Seen(read(text, at)) for text, at in shown if text is not None]
        )
    return told + tracker.flush()


def texts(told: Iterable[Sighting]) -> list[str]:
    return [sighting.read.plate.text if sighting.read.plate else "" for sighting in told]
