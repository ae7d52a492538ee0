"""Light on a plate: dirt, ramps, shadows, glare, night, infra-red, rain; and the camera's exposure of it.

Every function takes and returns a crop ``(h, w, 3) float32 RGB`` of 0 (black) to 1 (white); values may leave
that range until the sensor cuts them.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator
Crop = NDArray[np.float32]
Field = NDArray[np.float32]
_LEAST_SPREAD = 0.05


def to_float(pixels: NDArray[np.uint8]) -> Crop:
    """Return a crop ``(h, w, 3) uint8 RGB`` as ``float32`` of 0 to 1."""
    return pixels.astype(np.float32) * np.float32(1 / 255)


def illuminate(rng: Rng, crop: Crop, quad: NDArray[np.float32], strength: float) -> Crop:
    """Return the crop as lit and exposed by chance; ``quad (4, 2) float32`` px are the plate's corners."""
    if rng.random() < 0.18 * strength:
        crop = dirt(rng, crop)
    kind = rng.random()
    if kind < 0.3 * strength:
        crop = ramp(rng, crop)
    elif kind < 0.42 * strength:
        crop = shadow(rng, crop)
    if rng.random() < 0.07 * strength:
        crop = glare(rng, crop)
    if rng.random() < 0.05 * strength:
        crop = night(rng, crop, quad)
    crop = expose(rng, crop, strength)
    if rng.random() < 0.05 * strength:
        crop = bloom(rng, crop)
    if rng.random() < 0.03 * strength:
        crop = rain(rng, crop)
    return lamp(rng, crop) if rng.random() < 0.07 * strength else tint(rng, crop, strength)


def dirt(rng: Rng, crop: Crop) -> Crop:
    """Return the crop with one to five soft spots of mud or dust."""
    height, width = crop.shape[:2]
    mask = np.zeros((height, width), np.float32)
    for _ in range(rng.integers(1, 6)):
        at = int(rng.uniform(0, width)), int(rng.uniform(0, height))
        axes = int(1 + rng.uniform(0, 0.12) * height), int(1 + rng.uniform(0, 0.2) * height)
        cv2.ellipse(mask, at, axes, rng.uniform(0, 180), 0, 360, rng.uniform(0.3, 0.9), -1)
    soft = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.4, 2.5))[:, :, None]
    return np.asarray(crop * (1 - soft) + np.float32(rng.uniform(0, 0.75)) * soft, np.float32)


def ramp(rng: Rng, crop: Crop) -> Crop:
    """Return the crop brighter on one side than on the other."""
    x, y = _axes(crop)
    angle = rng.uniform(0, 2 * math.pi)
    slope = np.float32(rng.uniform(0.1, 0.55))
    field = 1 + slope * (x * np.float32(math.cos(angle)) + y * np.float32(math.sin(angle)))
    return np.asarray(crop * field[:, :, None], np.float32)


def shadow(rng: Rng, crop: Crop) -> Crop:
    """Return the crop with the hard shadow of a straight edge on it."""
    height, width = crop.shape[:2]
    angle, reach = rng.uniform(0, 2 * math.pi), 2.0 * width
    at = np.array([rng.uniform(0, width), rng.uniform(0, height)])
    along = np.array([math.cos(angle), math.sin(angle)]) * reach
    across = np.array([-along[1], along[0]])
    half_plane = np.array([at + along, at - along, at - along + across, at + along + across])
    mask = np.ones((height, width), np.float32)
    cv2.fillPoly(mask, [half_plane.astype(np.int32)], rng.uniform(0.25, 0.75))
    return np.asarray(crop * cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.5, 3))[:, :, None], np.float32)


def glare(rng: Rng, crop: Crop) -> Crop:
    """Return the crop with the soft bright spot of a reflection."""
    x, y = _axes(crop)
    left, top = rng.uniform(-1, 1, 2)
    across, along = (x - left) / rng.uniform(0.2, 0.8), (y - top) / rng.uniform(0.4, 1.6)
    spot = np.exp(-(across**2) - along**2)
    return np.asarray(crop + np.float32(rng.uniform(0.15, 0.7)) * spot[:, :, None], np.float32)


def night(rng: Rng, crop: Crop, quad: NDArray[np.float32]) -> Crop:
    """Return the crop with dark surroundings: the plate reflects lamps or infra-red, or has its own lamp."""
    plate = np.zeros(crop.shape[:2], np.float32)
    cv2.fillConvexPoly(plate, quad.astype(np.int32), 1.0)
    mask = cv2.GaussianBlur(plate, (0, 0), 1.0)[:, :, None]
    lit = np.asarray(crop * (mask + (1 - mask) * np.float32(rng.uniform(0.05, 0.4))), np.float32)
    if rng.random() < 0.5:
        return np.asarray(lit.mean(axis=2, keepdims=True) * np.ones(3, np.float32), np.float32)
    _, y = _axes(crop)
    lamp = np.exp(-((y + np.float32(rng.uniform(0.6, 1.2))) ** 2))
    field = np.float32(rng.uniform(0.2, 0.5)) + np.float32(1.2) * lamp
    return np.asarray(lit * field[:, :, None], np.float32)


def bloom(rng: Rng, crop: Crop) -> Crop:
    """Return the crop over-exposed, its bright parts running over the dark ones: lamps at night."""
    bright = crop * np.float32(rng.uniform(1.1, 1.8))
    reach = crop.shape[1] * rng.uniform(0.01, 0.04)
    halo = cv2.GaussianBlur(np.maximum(bright - np.float32(0.5), 0), (0, 0), reach)
    return np.asarray(bright + np.float32(rng.uniform(0.2, 0.8)) * halo, np.float32)


def lamp(rng: Rng, crop: Crop) -> Crop:
    """Return the crop under light of one strong colour that leaves little of its own, and behind its haze."""
    hue = rng.uniform(0, 1, 3)
    hue = (hue - hue.min()) / max(float(np.ptp(hue)), 1e-3)
    light = (hue + (1 - hue) * rng.uniform(0.3, 0.75)).astype(np.float32)
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)[:, :, None]
    seen = grey + (crop - grey) * np.float32(rng.uniform(0, 0.7))
    haze = np.float32(rng.uniform(0, 0.25))
    return np.asarray((seen * np.float32(rng.uniform(0.9, 1.3)) * (1 - haze) + haze) * light, np.float32)


def rain(rng: Rng, crop: Crop) -> Crop:
    """Return the crop behind thin bright streaks."""
    height, width = crop.shape[:2]
    mask, lean = np.zeros((height, width), np.float32), rng.normal(0, 0.3)
    for _ in range(rng.integers(5, 25)):
        x, y, length = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.1, 0.5) * height
        cv2.line(mask, (int(x), int(y)), (int(x + lean * length), int(y + length)), rng.uniform(0.1, 0.5), 1)
    soft = cv2.GaussianBlur(mask, (0, 0), 0.6)[:, :, None]
    return np.asarray(crop * (1 - soft) + np.float32(0.75) * soft, np.float32)


def expose(rng: Rng, crop: Crop, strength: float) -> Crop:
    """Return the crop dark, over-exposed, of low contrast or as it should be; and with some other gamma."""
    kind = rng.random() / max(strength, 1e-6)
    dark = kind < 0.12
    if dark:
        gain, lift = rng.uniform(0.18, 0.45), rng.uniform(0, 0.08)
    elif kind < 0.22:
        gain, lift = rng.uniform(1.1, 1.7), rng.uniform(0, 0.15)
    elif kind < 0.6:
        gain = rng.uniform(0.35, 1.05)
        lift = rng.uniform(0.28, 0.62) - 0.5 * gain
    else:
        gain, lift = rng.uniform(0.6, 1.15), 0.0
    seen = np.clip(crop * np.float32(gain) + np.float32(lift), 0, 1)
    if rng.random() < 0.5 * strength:
        seen = seen ** np.float32(rng.uniform(0.6, 1.0 if dark else 1.6))
    return np.asarray(seen, np.float32)


def keep_contrast(crop: Crop, quad: NDArray[np.float32]) -> Crop:
    """Return the crop with its contrast raised where nothing could be read inside of the plate's corners.

    ``quad (4, 2) float32`` px are the corners; within them grey spreads by 5 % of its range at least.
    """
    low, high = quad.min(axis=0), quad.max(axis=0)
    x0, y0 = np.maximum(low + 0.2 * (high - low), 0).astype(int)
    x1, y1 = (high - 0.2 * (high - low)).astype(int)
    inside = crop[y0 : y1 + 1, x0 : x1 + 1].mean(axis=2)
    spread, middle = float(inside.std()), float(inside.mean())
    if spread >= _LEAST_SPREAD:
        return crop
    centre = min(max(middle, 0.12), 0.88)
    gain = min(_LEAST_SPREAD / max(spread, 1e-3), 8.0)
    return np.asarray((crop - np.float32(middle)) * np.float32(gain) + np.float32(centre), np.float32)


def tint(rng: Rng, crop: Crop, strength: float) -> Crop:
    """Return the crop with a colour cast, paler, or grey."""
    if rng.random() < 0.6 * strength:
        # The large cast: street lamps, and cameras with a wrong white balance.
        cast = 0.3 if rng.random() < 0.12 else 0.07
        crop = crop * np.clip(1 + rng.normal(0, cast, 3), 0.3, 2).astype(np.float32)
    kind = rng.random() / max(strength, 1e-6)
    if kind < 0.35:
        keep = np.float32(0 if kind < 0.12 else rng.uniform(0.2, 0.9))
        grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)[:, :, None]
        crop = crop * keep + grey * (1 - keep)
    return np.asarray(crop, np.float32)


def _axes(crop: Crop) -> tuple[Field, Field]:
    """Return x ``(1, w)`` and y ``(h, 1)`` from -1 to 1 over the crop."""
    height, width = crop.shape[:2]
    return np.linspace(-1, 1, width, dtype=np.float32)[None], np.linspace(-1, 1, height, dtype=np.float32)[
        :, None
    ]
