"""Plots as plain numbers, which a template writes as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from platewise.store.queries import Bucket

WIDTH, HEIGHT = 720, 200
_LEFT, _FOOT, _TOP = 44, 26, 10
_FACES = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of ``count``, of which ``part`` is filled; in units of the drawing, y downwards."""

    x: float
    width: float
    y: float
    part_y: float
    count: int
    part: int
    told: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A label at a place of an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars over a foot line, with labels of both axes."""

    bars: tuple[Bar, ...]
    below: tuple[Tick, ...]
    beside: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    foot: int = HEIGHT - _FOOT


def over_time(buckets: Sequence[Bucket], since: datetime, until: datetime, step: timedelta) -> Plot:
    """Return reads over time, the readable part filled; times are shown in the zone of ``since``."""
    span = until - since
    top = rounded_up(max((one.reads for one in buckets), default=0))
    inner = WIDTH - _LEFT
    width = max(inner * (step / span) * 0.86, 1)
    bars = []
    for one in buckets:
        x = _LEFT + inner * ((one.start - since) / span)
        shown = (
            f"{one.start.astimezone(since.tzinfo):%a %d %b %H:%M}: {one.reads} reads, {one.readable} readable"
        )
        x, right = max(x, _LEFT), min(x + width, WIDTH)
        bars.append(_bar((x, max(right - x, 1)), (one.reads, one.readable), top, shown))
    form = "%H:%M" if span <= timedelta(days=1) else "%d %b"
    parts = 7 if span == timedelta(days=7) else 6
    below = [Tick(_LEFT + inner * i / parts, f"{since + span * i / parts:{form}}") for i in range(parts)]
    return Plot(tuple(bars), tuple(below), _levels(top))


def histogram(counts: Sequence[int]) -> Plot:
    """Return how often each confidence was given; the bins are equal parts of [0, 1]."""
    top = rounded_up(max(counts, default=0))
    step = (WIDTH - _LEFT) / max(len(counts), 1)
    bars = []
    for i, count in enumerate(counts):
        low, high = 100 * i / len(counts), 100 * (i + 1) / len(counts)
        told = f"{low:g} to {high:g} %: {count} reads"
        bars.append(_bar((_LEFT + i * step + step * 0.07, step * 0.86), (count, count), top, told))
    below = [Tick(_LEFT + (WIDTH - _LEFT) * i / 5, f"{20 * i} %") for i in range(5)]
    return Plot(tuple(bars), tuple(below), _levels(top))


def rounded_up(count: int) -> int:
    """Return the next 1, 2 or 5 times a power of ten; at least 1.

    >>> [rounded_up(n) for n in (0, 3, 5, 17, 1001)]
    [1, 5, 5, 20, 2000]
    """
    power = 1
    while True:
        for face in _FACES:
            if face * power >= count:
                return face * power
        power *= 10


def _bar(place: tuple[float, float], counts: tuple[int, int], top: int, told: str) -> Bar:
    y, part_y = (round(_height(count, top), 2) for count in counts)
    return Bar(round(place[0], 2), round(place[1], 2), y, part_y, *counts, told)


def _height(count: int, top: int) -> float:
    return _TOP + (HEIGHT - _FOOT - _TOP) * (1 - count / top)


def _levels(top: int) -> tuple[Tick, ...]:
    levels = sorted({0, top // 2, top})
    return tuple(Tick(_height(level, top), f"{level:,}") for level in levels)
