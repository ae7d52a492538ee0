"""A drawn vehicle as a transparent picture: drawn once, then only moved, so that video is quick to draw."""

from dataclasses import dataclass, field
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad, as_quad, sides
from platewise.synth.paste import paste
from platewise.synth.plates import DrawnPlate
from platewise.synth.vehicles import Car, draw_car

Points: TypeAlias = npt.NDArray[np.float64]
HALF, TALL = 0.9, 1.35
"""Half width and height of a car, metres."""
ASIDE, ABOVE = 1.3, 1.12
"""The picture is so much wider than the car and so much higher."""
ONE_LINE, TWO_LINES = (0.52, 0.16), (0.34, 0.22)
"""Width and height of the largest plates, metres."""
DARK, LIT = 0.2, 0.62
"""Light on the car and on its plate at night, by day both are 1."""
LAMPS = {True: ((206, 60, 50), 0.52), False: ((255, 250, 225), 0.54)}
"""Colour and height of lamps, from behind and from the front."""


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A vehicle: ``levels`` are pictures ``(h, w, 4) uint8``, RGB times cover and cover, each half as large.

    ``corners (4, 3)`` metres are the picture's corners with the ground's middle under the car at (0, 0, 0);
    ``plate (4, 2) float32`` is the plate's Quad in px of the first level.
    """

    levels: tuple[Pixels, ...] = field(repr=False)
    corners: Points = field(repr=False)
    plate: Quad = field(repr=False)


def sprite(rng: np.random.Generator, plate: DrawnPlate, scale: float, rear: bool, night: bool) -> Sprite:
    """Return a car with the plate, drawn at ``scale`` px a metre, seen from behind or from the front."""
    half, tall = HALF * scale, TALL * scale
    size = (round(2 * half * ASIDE), round(tall * ABOVE))
    seed = int(rng.integers(2**32))
    black, middle = _drawn(seed, size, (half, tall), rear, 0.0)
    white, _ = _drawn(seed, size, (half, tall), rear, 255.0)
    cover = np.clip(255 - (white - black).mean(2), 0, 255)
    pixels = np.clip(black * (DARK if night else 1.0), 0, 255).astype(np.uint8)
    quad = _fitted(plate, middle, scale)
    paste(rng, pixels, quad, plate, light=LIT * float(rng.uniform(0.7, 1.25)) if night else 0.96)
    if night:
        _lamps(pixels, (size[0] / 2, size[1] - tall, half, tall), rear)
    whole = np.dstack([pixels, cover.astype(np.uint8)])
    wide, high = size[0] / scale / 2, size[1] / scale
    corners = np.array([[-wide, high, 0], [wide, high, 0], [wide, 0, 0], [-wide, 0, 0]])
    return Sprite(_levels(whole), corners, quad)


def _drawn(
    seed: int, size: tuple[int, int], car: tuple[float, float], rear: bool, ground: float
) -> tuple[npt.NDArray[np.float32], Points]:
    """Return the car on an even ground ``(h, w, 3) float32`` and where its plate's middle belongs, px."""
    canvas = np.full((size[1], size[0], 3), ground, np.float32)
    half, tall = car
    place = Car(canvas, size[0] / 2, size[1] - tall, half, tall)
    middle, _ = draw_car(np.random.default_rng(seed), place, rear)
    return place.canvas, middle


def _fitted(plate: DrawnPlate, middle: Points, scale: float) -> Quad:
    """Return the plate's Quad ``(4, 2) float32`` px at its true size round the middle."""
    width, height = sides(plate.quad)
    wide, high = ONE_LINE if plate.lines == 1 else TWO_LINES
    share = min(wide / width, high / height) * scale / 2
    across, along = width * share, height * share
    return as_quad(
        np.array([[-across, -along], [across, -along], [across, along], [-across, along]]) + middle
    )


def _lamps(pixels: Pixels, car: tuple[float, float, float, float], rear: bool) -> None:
    """Light the lamps of a dark car in place; ``car`` is its middle x, roof y, half width and height, px."""
    colour, level = LAMPS[rear]
    x, y, half, tall = car
    glow = np.zeros_like(pixels)
    for side in (-1, 1):
        at = round(x + side * 0.72 * half), round(y + level * tall)
        cv2.circle(glow, at, max(2, round(half * 0.07)), colour, -1, cv2.LINE_AA)
    soft = cv2.GaussianBlur(glow, (0, 0), half * 0.05)
    pixels[:] = cv2.add(cv2.add(pixels, glow), soft)


def _levels(whole: Pixels) -> tuple[Pixels, ...]:
    """Return the picture and its halves down to 24 px."""
    levels = [whole]
    while min(levels[-1].shape[:2]) > 48:
        size = levels[-1].shape[1] // 2, levels[-1].shape[0] // 2
        levels.append(cv2.resize(levels[-1], size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False))
    return tuple(levels)
