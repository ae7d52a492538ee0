"""A Look: one read of one frame as the tracker weighs it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from platewise.core.geometry import Box, box_of, sides
from platewise.core.lattice import Lattice
from platewise.core.plate import MAX_SIGNS, SIGNS
from platewise.core.read import Read

TALL = 24.0
"""A plate of so many px in height counts in full, a lower one by its share."""
CUT = 0.2
"""What a plate that the picture's edge cuts counts."""
LEAST = 1e-3
"""No look counts nothing: a blurred vehicle is one too."""


class Seen(NamedTuple):
    """A read, how sharp its plate is in [0, 1], and the lane it is in."""

    read: Read
    sharpness: float = 1.0
    lane: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A read at a second of the tracker's own time; ``weight`` in (0, 1] is what its lattice counts."""

    read: Read
    at: float
    captured_at: datetime
    weight: float
    lane: str | None
    box: Box
    lattice: Lattice | None = field(repr=False)

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of the plate's box, px."""
        x, y, w, h = self.box
        return x + w / 2, y + h / 2

    @property
    def width(self) -> float:
        """The width of the plate's box, px; never nothing."""
        return max(self.box[2], 1.0)

    @property
    def worth(self) -> float:
        """How good this look is as evidence."""
        return self.weight * (0.05 + self.read.confidence)


def look(seen: Seen, at: float, captured_at: datetime) -> Look:
    """Return the look of what was seen at a second: large, sharp, whole plates weigh most."""
    read = seen.read
    size = min(sides(read.quad)[1] / TALL, 1.0)
    whole = CUT if "cut" in read.explain else 1.0
    weight = max(seen.sharpness * size * whole * read.detection_confidence, LEAST)
    lattice = read.lattice or _spelled(read)
    return Look(read, at, captured_at, weight, seen.lane, box_of(read.quad), lattice)


def _spelled(read: Read) -> Lattice | None:
    """Return the lattice that a read without one stands for, None where it says nothing that fits."""
    text = read.plate.text if read.plate else ""
    if not text or len(text) > MAX_SIGNS or not set(text) <= set(SIGNS):
        return None
    return Lattice.of(text, MAX_SIGNS, max(read.confidence, 0.05) ** (1 / len(text)))
