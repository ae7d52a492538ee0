"""A Track: the looks at one vehicle, where it is heading, and what it did."""

from collections import Counter, deque
from dataclasses import dataclass, field
from math import hypot, log

import numpy as np

from platewise.core.frame import Frame
from platewise.core.read import Read
from platewise.core.sighting import Motion
from platewise.tracking.looks import Look

RECENT = 6
"""So many last looks tell the speed."""
FRESH = 0.6
"""Looks older than so many seconds before the last say nothing of the speed any more."""
STIR, SWELL = 0.3, 0.1
"""A plate that moves by less of its width, and grows by less (log), stands."""
GROWTH, DRIFT = 0.12, 0.8
"""From this growth (log) on it approaches or recedes, from this way (widths) on it moves."""


@dataclass(eq=False)
class Track:
    """One vehicle. ``best`` is the look that shows it best, in the frame ``evidence``.

    ``seen`` is when it was there last; the ``keep`` best looks are the ``voters``.
    """

    key: str
    start: Look
    evidence: Frame
    keep: int
    best: Look = field(init=False)
    last: Look = field(init=False)
    count: int = field(init=False, default=0)
    seen: float = field(init=False)
    times_told: int = field(init=False, default=0)
    plate_told: bool = field(init=False, default=False)
    voters: list[Look] = field(init=False, default_factory=list)
    _recent: deque[Look] = field(init=False, default_factory=lambda: deque(maxlen=RECENT))
    _rest: Look = field(init=False)
    _lanes: Counter[str] = field(init=False, default_factory=Counter)

    def __post_init__(self) -> None:
        """Begin with the first look."""
        self.best = self._rest = self.start
        self.add(self.start, self.evidence)

    def add(self, look: Look, frame: Frame) -> None:
        """Take one more look."""
        if look.worth >= self.best.worth:
            self.best, self.evidence = look, frame
        if _apart(self._rest, look) > STIR or abs(_growth(self._rest, look)) > SWELL:
            self._rest = look
        self.last, self.seen = look, look.at
        self.count += 1
        self._recent.append(look)
        if look.lane:
            self._lanes[look.lane] += 1
        if look.lattice:
            self.voters = sorted([*self.voters, look], key=lambda v: -v.worth)[: self.keep]

    def tell(self, read: Read) -> None:
        """Note that it was told, and whether with a plate."""
        self.times_told += 1
        self.plate_told = read.plate is not None

    def stay(self, at: float) -> None:
        """Note that it is still there though nobody looked: nothing moved."""
        self.seen = at

    @property
    def lane(self) -> str | None:
        """The lane that most looks saw it in."""
        return self._lanes.most_common(1)[0][0] if self._lanes else None

    @property
    def rests(self) -> float:
        """For how many seconds it has stood."""
        return self.seen - self._rest.at

    @property
    def moves(self) -> bool:
        """Whether more than one look tells where it is heading."""
        return len(self._recent) > 1

    def expected(self, at: float) -> tuple[float, float]:
        """Return where its middle should be at a second, px: onwards at a steady speed."""
        dx, dy = self._velocity()
        x, y = self.last.middle
        return x + dx * (at - self.last.at), y + dy * (at - self.last.at)

    def motion(self) -> Motion:
        """Return what it did: growth decides, then up or down, then the side."""
        growth, away = _growth(self.start, self.last), _apart(self.start, self.last)
        if abs(growth) > GROWTH:
            return "approaching" if growth > 0 else "receding"
        if away < DRIFT:
            return "still"
        (x0, y0), (x1, y1) = self.start.middle, self.last.middle
        if abs(y1 - y0) >= abs(x1 - x0):
            return "approaching" if y1 > y0 else "receding"
        return "right" if x1 > x0 else "left"

    def _velocity(self) -> tuple[float, float]:
        """Return px a second, the straight line through the recent looks."""
        looks = [look for look in self._recent if self.last.at - look.at <= FRESH]
        times = np.array([look.at for look in looks])
        if np.ptp(times) < 1e-6:
            return 0.0, 0.0
        middles = np.array([look.middle for look in looks])
        spread = times - times.mean()
        slope = spread @ middles / (spread @ spread)
        return float(slope[0]), float(slope[1])


def _apart(one: Look, other: Look) -> float:
    """Return the way from one look to the other in plate widths."""
    (x0, y0), (x1, y1) = one.middle, other.middle
    return hypot(x1 - x0, y1 - y0) / max(one.width, other.width)


def _growth(one: Look, other: Look) -> float:
    """Return how much the plate grew, log."""
    (_, _, w0, h0), (_, _, w1, h1) = one.box, other.box
    return log(max(w1 * h1, 1.0) / max(w0 * h0, 1.0)) / 2
