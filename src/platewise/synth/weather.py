"""What lies between a drawn scene and the file: the sensor's noise, and rain. Made once, then moved."""

import cv2
import numpy as np

from platewise.core.frame import Pixels

LAYERS = 6
STREAKS = 260
"""Streaks of rain a frame."""


class Weather:
    """Noise and rain of one video; the generator decides, so the same seed gives the same frames."""

    def __init__(self, rng: np.random.Generator, size: tuple[int, int], rain: bool) -> None:
        """Draw noise a little larger than a frame of ``size`` (width, height) px, and rain if wanted."""
        self._rng, (self._width, self._height) = rng, size
        noise = rng.normal(0, 1, (self._height + 64, self._width + 64, 3)).astype(np.float32)
        self._noise = cv2.GaussianBlur(noise, (0, 0), 0.6)
        self._steps: dict[float, tuple[Pixels, Pixels]] = {}
        self._rain = [_streaks(rng, size) for _ in range(LAYERS)] if rain else []

    def over(self, pixels: Pixels, sigma: float) -> Pixels:
        """Return the frame ``(H, W, 3) uint8 RGB`` as the camera saves it, noise of ``sigma`` grey levels."""
        if self._rain:
            dull = cv2.convertScaleAbs(cv2.GaussianBlur(pixels, (3, 3), 0.7), alpha=0.78, beta=26)
            pixels = cv2.add(dull, self._rain[int(self._rng.integers(LAYERS))]).astype(np.uint8, copy=False)
        y, x = self._rng.integers(0, 64, 2)
        more, less = (part[y : y + self._height, x : x + self._width] for part in self._grain(sigma))
        return cv2.subtract(cv2.add(pixels, more), less).astype(np.uint8, copy=False)

    def _grain(self, sigma: float) -> tuple[Pixels, Pixels]:
        """Return what the noise adds and what it takes, each ``(H + 64, W + 64, 3) uint8``."""
        if sigma not in self._steps:
            scaled = self._noise * (sigma / float(self._noise.std()))
            self._steps[sigma] = (
                np.clip(scaled.round(), 0, 255).astype(np.uint8),
                np.clip(-scaled.round(), 0, 255).astype(np.uint8),
            )
        return self._steps[sigma]


def _streaks(rng: np.random.Generator, size: tuple[int, int]) -> Pixels:
    """Return rain ``(H, W, 3) uint8`` to be added to a frame."""
    layer = np.zeros((size[1], size[0]), np.uint8)
    for x, y in rng.uniform((0, 0), size, (STREAKS, 2)):
        end = int(x + rng.normal(2, 1)), int(y + rng.uniform(10, 34))
        cv2.line(layer, (int(x), int(y)), end, int(rng.integers(20, 80)), 1, cv2.LINE_AA)
    return cv2.merge([layer] * 3).astype(np.uint8, copy=False)
