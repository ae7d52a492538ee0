"""What is round a plate: bumper or tailgate, a frame with the dealer's name, the plate's round corners."""

import random

import cv2
import numpy as np

from platewise.synth.canvas import (
    Box,
    Colour,
    Pixels,
    any_colour,
    blend,
    fill,
    mix,
    near,
    opposite,
    ramp,
    rounded,
)
from platewise.synth.lettering import small_print

MARGIN = 0.12, 0.36
"""Width of the surround on each side, as a share of the plate's width and height."""


def mount(rng: random.Random, plate: Pixels, us_frame: bool) -> tuple[Pixels, Box]:
    """Return the plate on its vehicle, ``(H, W, 3) uint8 RGB``, and where it lies there.

    ``us_frame``: the frame may cover the plate's upper and lower edges, as American ones do.
    """
    h, w = plate.shape[:2]
    box = Box(round(w * MARGIN[0]) + 4, round(h * MARGIN[1]), w, h)
    canvas = _body(rng, round(w + 2 * box.x), round(h + 2 * box.y))
    frame = near(rng, (30, 30, 32) if rng.random() < 0.7 else (170, 170, 170), 25)
    framed = rng.random() < 0.6
    if framed:
        _frame(rng, canvas, box, frame)
    radius = round(h * rng.uniform(0.04, 0.12)) if rng.random() < 0.6 else 0
    part = canvas[round(box.y) : round(box.y) + h, round(box.x) : round(box.x) + w]
    part[:] = cv2.copyTo(plate, rounded(w, h, radius), part.copy())
    if framed and us_frame and rng.random() < 0.5:
        _cover(rng, canvas, box, frame)
    return canvas, box


def _body(rng: random.Random, width: int, height: int) -> Pixels:
    """Return a patch of paint, plastic or chrome with a few edges and reflections."""
    canvas = np.empty((height, width, 3), np.uint8)
    base = _paint(rng)
    ramp(canvas, [near(rng, base, 30) for _ in range(rng.choice((2, 2, 3)))])
    for _ in range(rng.randint(0, 4)):
        colour = near(rng, base, 60)
        y = rng.randrange(height)
        if rng.random() < 0.6:
            thick = rng.randint(1, max(2, height // 10))
            cv2.line(canvas, (0, y), (width, y + rng.randint(-8, 8)), colour, thick, cv2.LINE_AA)
        else:
            axes = rng.randint(3, max(4, width // 3)), rng.randint(3, max(4, height // 2))
            cv2.ellipse(
                canvas, (rng.randrange(width), y), axes, rng.uniform(0, 180), 0, 360, colour, -1, cv2.LINE_AA
            )
    return canvas


def _paint(rng: random.Random) -> Colour:
    """Return a vehicle's colour: mostly grey, black or white, else muted, seldom loud."""
    kind, grey = rng.random(), rng.uniform(5, 235)
    if kind < 0.6:
        return near(rng, (grey, grey, grey), 6)
    loud = any_colour(rng)
    return loud if kind > 0.9 else mix(loud, (grey, grey, grey), 0.6)


def _frame(rng: random.Random, canvas: Pixels, box: Box, colour: Colour) -> None:
    """Draw the holder behind the plate; its lower, broader rail carries a name."""
    side = box.h * rng.uniform(0.02, 0.1)
    foot = box.h * rng.uniform(0.03, 0.22)
    head = side if rng.random() < 0.7 else foot
    outer = Box(box.x - side, box.y - head, box.w + 2 * side, box.h + head + foot)
    size = round(outer.w), round(outer.h)
    blend(canvas, rounded(*size, round(side)), (outer.x, outer.y), colour)
    if rng.random() < 0.7:
        small_print(
            rng,
            canvas,
            Box(box.x + box.w * 0.1, box.bottom + foot * 0.2, box.w * 0.8, foot * 0.65),
            opposite(rng, colour),
        )


def _cover(rng: random.Random, canvas: Pixels, box: Box, colour: Colour) -> None:
    """Lay rails with a name over the plate's upper or lower edge."""
    rail = box.h * rng.uniform(0.04, 0.14)
    for y in rng.choice(((box.y,), (box.bottom - rail,), (box.y, box.bottom - rail))):
        fill(canvas, Box(box.x, y, box.w, rail), colour)
        place = Box(box.x + box.w * 0.15, y + rail * 0.15, box.w * 0.7, rail * 0.7)
        small_print(rng, canvas, place, opposite(rng, colour))
