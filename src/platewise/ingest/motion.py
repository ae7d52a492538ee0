"""The motion gate: frames in which nothing has changed since the last one read need not be read."""

import cv2
import numpy as np

from platewise.core.frame import Pixels

WIDE = 320
"""Px to which a frame is shrunk for the comparison."""
STEP = 14
"""Grey levels that count as a change."""
PATCH = 3
"""A change is at least so many px of the shrunk frame in width and height: noise is smaller."""
AFTER = 12
"""So many frames are still read after the last change."""
REST = 50
"""At the latest every so many still frames one is read."""


class MotionGate:
    """Compares each frame with the last one that was read, so that slow changes add up."""

    def __init__(self) -> None:
        """Start open."""
        self._known: Pixels | None = None
        self._left = self._still = 0

    def opens(self, pixels: Pixels) -> bool:
        """Tell whether a frame ``(H, W, 3) uint8 RGB`` should be read."""
        small = _small(pixels)
        if self._known is None or self._known.shape != small.shape or _changed(self._known, small):
            self._left = AFTER
        elif self._left:
            self._left -= 1
        elif self._still < REST:
            self._still += 1
            return False
        self._known, self._still = small, 0
        return True


def _small(pixels: Pixels) -> Pixels:
    height = max(round(pixels.shape[0] * WIDE / pixels.shape[1]), 1)
    step = max(pixels.shape[1] // (2 * WIDE), 1)
    grey = cv2.cvtColor(np.ascontiguousarray(pixels[::step, ::step]), cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, (WIDE, height), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _changed(one: Pixels, other: Pixels) -> bool:
    different = cv2.threshold(cv2.absdiff(one, other), STEP, 1, cv2.THRESH_BINARY)[1]
    solid = cv2.erode(different, np.ones((PATCH, PATCH), np.uint8))
    return bool(solid.any())
