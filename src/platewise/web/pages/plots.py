"""Plots as plain numbers, which a template writes as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from math import log
from typing import NamedTuple

from platewise.store.parking import Count
from platewise.store.queries import Bucket

WIDTH, HEIGHT = 720, 200
_LEFT, _FOOT, _TOP = 44, 26, 10
_FACES = (1, 2, 5)
_EDGE = 24
_HOUR = timedelta(hours=1)


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
class Strip:
    """A span of time to point at, and what it says."""

    x: float
    width: float
    told: str


@dataclass(frozen=True, slots=True)
class Course:
    """A count that steps from one value to the next: the path of its line and of the area below it.

    ``now`` is where the line ends.
    """

    line: str
    area: str
    now: float
    strips: tuple[Strip, ...]
    below: tuple[Tick, ...]
    beside: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    foot: int = HEIGHT - _FOOT


class Dot(NamedTuple):
    """A place of a curve, and what it says."""

    x: float
    y: float
    told: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through dots, with labels of both axes."""

    line: str
    dots: tuple[Dot, ...]
    below: tuple[Tick, ...]
    beside: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT


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
    zone, begin, end = since.tzinfo, since.astimezone(UTC), until.astimezone(UTC)
    span = end - begin  # of local times it would be that of the clock on the wall, which may be turned
    top = rounded_up(max((one.reads for one in buckets), default=0))
    inner = WIDTH - _LEFT
    width = max(inner * (step / span) * 0.86, 1)
    bars = []
    for one in buckets:
        x = _LEFT + inner * ((one.start - begin) / span)
        shown = f"{one.start.astimezone(zone):%a %d %b %H:%M}: {one.reads} reads, {one.readable} readable"
        x, right = max(x, _LEFT), min(x + width, WIDTH)
        bars.append(_bar((x, max(right - x, 1)), (one.reads, one.readable), top, shown))
    form = "%H:%M" if span <= timedelta(days=1) else "%d %b"
    parts = 7 if span == timedelta(days=7) else 6
    marks = [(i, (begin + span * i / parts).astimezone(zone)) for i in range(parts)]
    below = [Tick(_LEFT + inner * i / parts, f"{at:{form}}") for i, at in marks]
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


def course(counts: Sequence[Count], until: datetime, capacity: int, zone: tzinfo, end: datetime) -> Course:
    """Return how a count went from its first moment until ``end``, in a plot that goes on to ``until``."""
    since = counts[0].at.astimezone(UTC)
    top = max(capacity, *(one.inside for one in counts), 1)

    def x(at: datetime) -> float:
        """Return the place of a time."""
        return round(_LEFT + (WIDTH - _LEFT) * ((at - since) / (until - since)), 1)

    (left, first), *points = [(x(one.at), round(_height(one.inside, top), 1)) for one in counts]
    steps = "".join(f"H{place}V{y}" for place, y in points) + f"H{x(end)}"
    foot = HEIGHT - _FOOT
    shown, hours = [], int((until - since) / _HOUR)
    for begin in (since + i * _HOUR for i in range(hours)):
        if told := _told_of_hour(counts, begin, end, zone):
            shown.append(Strip(x(begin), round((WIDTH - _LEFT) / hours, 1), told))
    local = [(since + 3 * i * _HOUR).astimezone(zone) for i in range((hours + 2) // 3)]
    return Course(
        line=f"M{left} {first}{steps}",
        area=f"M{left} {foot}V{first}{steps}V{foot}Z",
        now=x(end),
        strips=tuple(shown),
        below=tuple(Tick(x(at), f"{at:%H:%M}") for at in local),
        beside=_levels(top),
    )


def against(points: Sequence[tuple[float, float, bool]]) -> Curve:
    """Return shares against errors, the errors on a logarithmic axis; what is not possible has no dot."""
    low, high = log(points[0][0]), log(points[-1][0])
    inner, dots = WIDTH - _LEFT - 2 * _EDGE, []
    for error, share, possible in points:
        x = _LEFT + _EDGE + inner * ((log(error) - low) / ((high - low) or 1))
        told = f"{100 * error:.3g} %: {100 * share:.1f} % taken" if possible else ""
        dots.append(Dot(round(x, 1), round(_height(share, 1), 1), told))
    line = " L".join(f"{dot.x} {dot.y}" for dot in dots if dot.told)
    return Curve(
        line=f"M{line}" if line else "",
        dots=tuple(dot for dot in dots if dot.told),
        below=tuple(
            Tick(dot.x, f"{100 * error:.3g} %") for dot, (error, *_) in zip(dots, points, strict=True)
        ),
        beside=tuple(Tick(_height(i / 4, 1), f"{25 * i}") for i in range(5)),
    )


def _told_of_hour(counts: Sequence[Count], begin: datetime, end: datetime, zone: tzinfo) -> str:
    """Return how many were inside in an hour, nothing for one that is to come."""
    if begin >= end:
        return ""
    before = [one.inside for one in counts if one.at <= begin][-1:]
    inside = before + [one.inside for one in counts if begin < one.at < begin + _HOUR]
    span = f"{begin.astimezone(zone):%H:%M} to {(begin + _HOUR).astimezone(zone):%H:%M}"
    least, most = min(inside), max(inside)
    return f"{span}: {most} inside" if least == most else f"{span}: {least} to {most} inside"


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


def _height(count: float, top: int) -> float:
    return _TOP + (HEIGHT - _FOOT - _TOP) * (1 - count / top)


def _levels(top: int) -> tuple[Tick, ...]:
    levels = sorted({0, top // 2, top})
    return tuple(Tick(_height(level, top), f"{level:,}") for level in levels)
