"""What lens, sensor and file do to a crop: blur, motion, noise, sharpening, JPEG, resampling."""

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from platewise.synth.canvas import Pixels
from platewise.synth.light import Crop, Rng

_NOISE_SIDE = 720


def blur(rng: Rng, crop: Crop, sigma: float, plate_width: float) -> Crop:
    """Return the crop ``(h, w, 3) float32 RGB`` out of focus by \\|N(0, ``sigma``)\\| px.

    2.2 px at most, and 2 % of the plate's width: with more the signs run into each other.
    """
    amount = abs(rng.normal(0, sigma))
    if amount < 0.25 or plate_width < 15:
        return crop
    return np.asarray(cv2.GaussianBlur(crop, (0, 0), min(amount, 2.2, 0.02 * plate_width)), np.float32)


def motion(rng: Rng, crop: Crop, plate_width: float) -> Crop:
    """Return the crop smeared along a line, up to 5 % of the plate's width; half of the lines lie level."""
    reach = int(rng.integers(2, max(3, int(plate_width * 0.05) + 2)))
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    angle = rng.uniform(0, math.pi) if rng.random() < 0.5 else rng.normal(0, 0.1)
    dx, dy = math.cos(angle) * reach / 2, math.sin(angle) * reach / 2
    cv2.line(kernel, (round(reach - dx), round(reach - dy)), (round(reach + dx), round(reach + dy)), 1.0)
    return np.asarray(cv2.filter2D(crop, -1, kernel / kernel.sum()), np.float32)


def noise(rng: Rng, crop: Crop, sigma: float) -> Crop:
    """Return the crop with sensor noise of \\|N(0, ``sigma``)\\|: grey or coloured, fine or coarse."""
    height, width = crop.shape[:2]
    field = _noise_field()
    y, x = rng.integers(0, max(1, len(field) - height)), rng.integers(0, max(1, len(field) - width))
    grain = field[y : y + height, x : x + width]
    if grain.shape[:2] != (height, width):
        grain = np.asarray(cv2.resize(grain, (width, height)), np.float32)
    if rng.random() < 0.4:
        grain = grain[:, :, :1]
    elif rng.random() < 0.3:
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.7) * np.float32(1.6), np.float32)
    return np.asarray(crop + np.float32(abs(rng.normal(0, sigma))) * grain, np.float32)


def expose_sensor(crop: Crop) -> Pixels:
    """Return the crop as ``(h, w, 3) uint8 RGB``, cut at black and white."""
    return (np.clip(crop, 0, 1) * np.float32(255)).astype(np.uint8)


def sharpen(rng: Rng, pixels: Pixels) -> Pixels:
    """Return the crop with the over-sharpened edges of cheap cameras."""
    amount = rng.uniform(0.3, 1.2)
    soft = cv2.GaussianBlur(pixels, (0, 0), 1.0)
    return np.asarray(cv2.addWeighted(pixels, 1 + amount, soft, -amount, 0), np.uint8)


def jpeg(rng: Rng, pixels: Pixels, low: int = 22) -> Pixels:
    """Return the crop after JPEG of a random quality from ``low`` to 95."""
    quality = int(rng.integers(low, 96))
    encoded = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)[:, :, ::-1]


def resample(rng: Rng, pixels: Pixels) -> Pixels:
    """Return the crop reduced once more, as thumbnails and video streams are."""
    factor = rng.uniform(0.5, 0.9)
    size = max(24, int(pixels.shape[1] * factor)), max(9, int(pixels.shape[0] * factor))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def fit(rng: Rng, pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Return the crop stretched to ``size`` (width, height) px, at times by some other interpolation."""
    if rng.random() < 0.3:
        ways = cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA, cv2.INTER_NEAREST
        way = ways[rng.choice(4, p=(0.3, 0.35, 0.3, 0.05))]
    else:
        way = cv2.INTER_AREA if pixels.shape[1] > 1.3 * size[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size, interpolation=way), np.uint8)


@lru_cache(maxsize=1)
def _noise_field() -> NDArray[np.float32]:
    """Return normal noise ``(720, 720, 3) float32`` that every crop takes a random window of."""
    return np.random.default_rng(1).normal(0, 1, (_NOISE_SIDE, _NOISE_SIDE, 3)).astype(np.float32)
