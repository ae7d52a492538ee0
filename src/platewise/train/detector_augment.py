"""What cameras and the weather do to a picture: tint, contrast, blur, noise, compression. Corners stay in
place.
"""

import math

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels

LEVELS = np.arange(256, dtype=np.float64)


def photographed(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    """Return the picture ``(H, W, 3) uint8 RGB`` as another camera might have taken it."""
    for chance, change in (
        (0.55, _tinted),
        (0.75, _toned),
        (0.22, _unsharp),
        (0.15, _noisy),
        (0.25, _compressed),
    ):
        if rng.random() < chance:
            pixels = change(rng, pixels)
    return pixels


def _tinted(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    """Grey like an infrared camera, another hue and saturation, or a cast."""
    kind = rng.random()
    if kind < 0.45:
        return cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)  # type: ignore[return-value]
    if kind < 0.8:
        hsv = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV), np.uint8)
        hue = (LEVELS + int(rng.integers(-18, 19))) % 180
        saturation = np.clip(LEVELS * rng.uniform(0.3, 1.6), 0, 255)
        return cv2.cvtColor(_mapped(hsv, [hue, saturation, LEVELS]), cv2.COLOR_HSV2RGB)  # type: ignore[return-value]
    return _mapped(pixels, [LEVELS * rng.uniform(0.7, 1.25) + rng.uniform(-20, 20) for _ in range(3)])


def _toned(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    """Another gamma, contrast and brightness."""
    gamma, contrast, brightness = (
        math.exp(rng.uniform(-0.6, 0.6)),
        rng.uniform(0.6, 1.4),
        rng.uniform(-0.2, 0.2),
    )
    curve = (((LEVELS / 255) ** gamma - 0.5) * contrast + 0.5 + brightness) * 255
    return _mapped(pixels, [curve] * 3)


def _unsharp(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    """Out of focus, or moved while the shutter was open."""
    if rng.random() < 0.65:
        return cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.5, 1.6))  # type: ignore[return-value]
    length = int(rng.choice([3, 5, 7]))
    path = np.zeros((length, length), np.float32)
    rise = int(rng.integers(length))
    cv2.line(path, (0, rise), (length - 1, length - 1 - rise), 1.0)
    return cv2.filter2D(pixels, -1, path / path.sum())  # type: ignore[return-value]


def _noisy(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    spread = rng.uniform(2, 14)
    noise = rng.standard_normal(pixels.shape, dtype=np.float32) * spread
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def _compressed(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 81))])[1]
    return cv2.imdecode(data, cv2.IMREAD_COLOR)  # type: ignore[return-value]


def _mapped(pixels: Pixels, curves: list[npt.NDArray[np.float64]]) -> Pixels:
    table = np.clip(np.stack(curves, -1), 0, 255).astype(np.uint8)[None]
    return cv2.LUT(pixels, table)  # type: ignore[return-value]
