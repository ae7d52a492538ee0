"""Painting primitives on a small picture: boxes, discs, polygons, masks. Colours are RGB of 0 to 255."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""A canvas ``(H, W, 3) uint8 RGB`` or a mask ``(h, w) uint8``, 255 where paint goes."""
Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in px."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """The x of the right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """The y of the lower edge."""
        return self.y + self.h

    @property
    def centre(self) -> tuple[int, int]:
        """The middle, in whole px."""
        return round(self.x + self.w / 2), round(self.y + self.h / 2)

    def inset(self, dx: float, dy: float) -> "Box":
        """Return the box drawn in by ``dx`` and ``dy`` px on each side."""
        return Box(self.x + dx, self.y + dy, self.w - 2 * dx, self.h - 2 * dy)

    def shares(self, x: float, y: float, w: float, h: float) -> "Box":
        """Return the part of this box at these shares of its width and height."""
        return Box(self.x + x * self.w, self.y + y * self.h, w * self.w, h * self.h)


def rgb(code: str) -> Colour:
    """Return the colour of a ``#rrggbb`` code."""
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def near(rng: random.Random, colour: Colour, spread: float = 14) -> Colour:
    """Return a colour like this one: a common change of brightness and a small one of each channel."""
    common = rng.gauss(0, spread)
    r, g, b = (min(255.0, max(0.0, c + common + rng.gauss(0, spread * 0.4))) for c in colour)
    return r, g, b


def any_colour(rng: random.Random, low: float = 0, high: float = 255) -> Colour:
    """Return a random colour, each channel between the bounds."""
    return rng.uniform(low, high), rng.uniform(low, high), rng.uniform(low, high)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Return the first colour with this share of the second."""
    r, g, b = (a + (z - a) * share for a, z in zip(first, second, strict=True))
    return r, g, b


def luminance(colour: Sequence[float]) -> float:
    """Return the brightness, 0 to 255, as a grey camera sees it."""
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]


def opposite(rng: random.Random, colour: Colour) -> Colour:
    """Return a near-black for a bright colour and a near-white for a dark one."""
    return any_colour(rng, 5, 50) if luminance(colour) > 120 else any_colour(rng, 215, 250)


def fill(canvas: Pixels, box: Box, colour: Colour) -> None:
    """Fill the box."""
    x0, y0 = max(0, round(box.x)), max(0, round(box.y))
    canvas[y0 : max(y0, round(box.bottom)), x0 : max(x0, round(box.right))] = np.asarray(colour, np.uint8)


def outline(canvas: Pixels, box: Box, colour: Colour, thickness: int) -> None:
    """Draw the box's edge."""
    corners = (round(box.x), round(box.y)), (round(box.right) - 1, round(box.bottom) - 1)
    cv2.rectangle(canvas, *corners, colour, thickness, cv2.LINE_AA)


def disc(canvas: Pixels, centre: tuple[float, float], radius: float, colour: Colour) -> None:
    """Fill a circle."""
    at = round(centre[0]), round(centre[1])
    cv2.circle(canvas, at, max(1, round(radius)), colour, -1, cv2.LINE_AA)


def polygon(canvas: Pixels, points: Sequence[tuple[float, float]], colour: Colour) -> None:
    """Fill a polygon of (x, y) px."""
    cv2.fillPoly(canvas, [np.asarray(points).round().astype(np.int32)], colour, cv2.LINE_AA)


def blend(
    canvas: Pixels, mask: Pixels, at: tuple[float, float], colour: Colour, opacity: float = 1.0
) -> None:
    """Lay the colour over the canvas through a mask ``(h, w) uint8`` whose top left is ``at``; clipped."""
    x, y = round(at[0]), round(at[1])
    h, w = mask.shape
    x0, y0, x1, y1 = max(0, x), max(0, y), min(canvas.shape[1], x + w), min(canvas.shape[0], y + h)
    if x1 <= x0 or y1 <= y0:
        return
    part = canvas[y0:y1, x0:x1]
    share = mask[y0 - y : y1 - y, x0 - x : x1 - x].astype(np.float32) * (opacity / 255)
    # Three channels side by side: numpy is slow at spreading one.
    alpha = cv2.merge((share, share, share))
    mixed = part + (np.asarray(colour, np.float32) - part) * alpha
    part[:] = mixed.astype(np.uint8)


def ramp(canvas: Pixels, stops: Sequence[Colour]) -> None:
    """Fill the canvas with a vertical gradient through the colours."""
    height = len(canvas)
    at = np.linspace(0, len(stops) - 1, height)
    rows = np.stack([np.interp(at, range(len(stops)), [s[i] for s in stops]) for i in range(3)], 1)
    cv2.resize(rows.astype(np.uint8)[:, None], (canvas.shape[1], height), canvas, 0, 0, cv2.INTER_NEAREST)


def rounded(width: int, height: int, radius: int) -> Pixels:
    """Return a mask ``(height, width) uint8`` of a full rectangle with round corners."""
    mask = np.full((height, width), 255, np.uint8)
    if radius < 1:
        return mask
    corner = np.zeros((radius, radius), np.uint8)
    cv2.circle(corner, (radius, radius), radius, 255, -1, cv2.LINE_AA)
    mask[:radius, :radius] = corner
    mask[:radius, -radius:] = corner[:, ::-1]
    mask[-radius:, :radius] = corner[::-1]
    mask[-radius:, -radius:] = corner[::-1, ::-1]
    return mask
