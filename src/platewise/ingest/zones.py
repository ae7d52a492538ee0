"""Where in the picture plates count: a region of interest, masks, lanes, as shares of the picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Frame
from platewise.core.geometry import Quad
from platewise.errors import InputError

Polygon: TypeAlias = npt.NDArray[np.float32]
"""Corners ``(n, 2) float32``: x and y as shares of the picture's width and height."""


@dataclass(frozen=True, slots=True, eq=False)
class Zones:
    """Plates count whose middle is in ``interest`` (all where it is None) and in no mask."""

    interest: Polygon | None = None
    masks: Sequence[Polygon] = ()
    lanes: Mapping[str, Polygon] = field(default_factory=dict)

    def counts(self, quad: Quad, frame: Frame) -> bool:
        """Tell whether a plate, Quad ``(4, 2) float32`` px of the frame, counts."""
        if self.interest is not None and not _holds(self.interest, quad, frame):
            return False
        return not any(_holds(mask, quad, frame) for mask in self.masks)

    def lane(self, quad: Quad, frame: Frame) -> str | None:
        """Return the first lane that a plate, Quad ``(4, 2) float32`` px of the frame, is in."""
        return next((name for name, lane in self.lanes.items() if _holds(lane, quad, frame)), None)

    def window(self, frame: Frame) -> tuple[slice, slice]:
        """Return the rows and columns of the frame that hold all that counts."""
        if self.interest is None:
            return slice(0, frame.height), slice(0, frame.width)
        low, high = self.interest.min(0), self.interest.max(0)
        x0, y0 = np.floor(low * (frame.width, frame.height)).astype(int).tolist()
        x1, y1 = np.ceil(high * (frame.width, frame.height)).astype(int).tolist()
        return slice(y0, max(y1, y0 + 1)), slice(x0, max(x1, x0 + 1))


def polygon(text: str) -> Polygon:
    """Return the polygon written as ``0.1,0.2 0.9,0.2 0.5,1``; InputError where it is none."""
    try:
        corners = np.array([[float(v) for v in pair.split(",")] for pair in text.split()], np.float32)
        usable = corners.ndim == 2 and corners.shape[1] == 2 and len(corners) >= 3
    except ValueError:
        usable = False
    if not usable or not ((corners >= 0) & (corners <= 1)).all() or cv2.contourArea(corners) < 1e-6:
        raise InputError(
            f"a polygon is three or more corners, as shares of the picture: 0,0.2 0.9,0.2 0.5,1, not {text!r}"
        )
    return corners


def _holds(area: Polygon, quad: Quad, frame: Frame) -> bool:
    x, y = (quad.mean(0) / (frame.width, frame.height)).tolist()
    return cv2.pointPolygonTest(area.reshape(-1, 1, 2), (x, y), False) >= 0
