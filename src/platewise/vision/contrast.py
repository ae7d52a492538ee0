"""Light and dark of a plate brought as far apart as they mostly are: haze, night and far lamps bring them
together.
"""

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels

INK, PAPER = 10.0, 245.0
"""The greys between which a plate is spread."""
FLAT, FAINT = 4, 90
"""A plate is lifted where its greys, the outer 2 % at both ends left out, are so far apart, and less than
that: under it there is nothing to see.
"""
_NOISE = 12
"""Colours that are closer together are not spread as far: it would be noise."""


def lifted(crop: Pixels) -> Pixels:
    """Return a crop ``(h, w, 3) uint8 RGB``; one of little contrast spread, its colours in proportion."""
    low, high = levels(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), 0.02)
    if not FLAT <= high - low < FAINT:
        return crop
    low, high = levels(crop, 0.01)
    scaled = (np.arange(256) - low) * ((PAPER - INK) / max(high - low, _NOISE)) + INK
    return cv2.LUT(crop, np.clip(scaled, 0, 255).astype(np.uint8)).astype(np.uint8, copy=False)


def levels(values: npt.NDArray[np.generic], outer: float) -> tuple[int, int]:
    """Return the values of a ``uint8`` array between which all but the share ``outer`` at each end lie."""
    counts = np.bincount(np.asarray(values, np.uint8).reshape(-1), minlength=256).cumsum()
    low, high = np.searchsorted(counts, [outer * counts[-1], (1 - outer) * counts[-1]])
    return int(low), int(high)
