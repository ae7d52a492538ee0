"""Places in a picture, as others write them."""

from collections.abc import Iterable
from typing import Any

from platewise.core.geometry import Quad, box_of


def corners(quad: Quad) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom in whole px, never negative, of a Quad ``(4, 2) float32``."""
    x, y, w, h = box_of(quad)
    return max(round(x), 0), max(round(y), 0), max(round(x + w), 0), max(round(y + h), 0)


def points(quad: Iterable[Any]) -> list[dict[str, int]]:
    """Return the four points of a Quad ``(4, 2) float32`` in whole px."""
    return [{"x": round(float(x)), "y": round(float(y))} for x, y in quad]
