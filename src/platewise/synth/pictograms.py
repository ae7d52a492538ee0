"""Small pictures that states and clubs put on plates: stars, suns, trees, cacti, fruit, maps."""

import math
import random
from collections.abc import Callable

import cv2

from platewise.synth.canvas import Box, Colour, Pixels, disc, fill, polygon


def pictogram(rng: random.Random, canvas: Pixels, box: Box, colours: tuple[Colour, Colour]) -> None:
    """Paint one of them into the box, upright, in its middle; the second colour is for its details."""
    size = min(box.w, box.h)
    high = min(box.h, size * rng.uniform(1.0, 1.8))
    place = Box(box.x + (box.w - size) / 2, box.y + (box.h - high) / 2, size, high)
    rng.choice(_KINDS)(rng, canvas, place, colours)


def _star(rng: random.Random, canvas: Pixels, box: Box, colours: tuple[Colour, Colour]) -> None:
    """A star of five points, or a sun of many."""
    points, inner = rng.choice(((5, 0.4), (5, 0.45), (8, 0.6), (12, 0.65)))
    polygon(canvas, _ring(box, [1 if i % 2 == 0 else inner for i in range(2 * points)]), colours[0])
    if points > 5:
        disc(canvas, box.centre, box.w * 0.25, colours[1])


def _outline(rng: random.Random, canvas: Pixels, box: Box, colours: tuple[Colour, Colour]) -> None:
    """The map of a state."""
    polygon(canvas, _ring(box, [rng.uniform(0.5, 1) for _ in range(rng.randint(5, 11))]), colours[0])


def _fruit(rng: random.Random, canvas: Pixels, box: Box, colours: tuple[Colour, Colour]) -> None:
    """A peach, an orange, an apple: a disc, or two, with a leaf."""
    x, y = box.x + box.w / 2, box.y + box.h * 0.58
    for dx in rng.choice(((0.0,), (-0.12, 0.12))):
        disc(canvas, (x + dx * box.w, y), box.w * 0.34, colours[0])
    tip = x + box.w * rng.uniform(0.2, 0.45), y - box.w * rng.uniform(0.45, 0.6)
    polygon(canvas, [(x, y - box.w * 0.3), (x + box.w * 0.05, y - box.w * 0.55), tip], colours[1])


def _tree(rng: random.Random, canvas: Pixels, box: Box, colours: tuple[Colour, Colour]) -> None:
    """A pine of two or three storeys."""
    x, storeys = box.x + box.w / 2, rng.randint(2, 3)
    fill(canvas, box.shares(0.44, 0.75, 0.12, 0.25), colours[1])
    for i in range(storeys):
        half = box.w * (0.25 + 0.2 * i / storeys)
        top, foot = box.y + box.h * 0.22 * i, box.y + box.h * (0.4 + 0.22 * i)
        polygon(canvas, [(x, top), (x + half, foot), (x - half, foot)], colours[0])


def _cactus(rng: random.Random, canvas: Pixels, box: Box, colours: tuple[Colour, Colour]) -> None:
    """A trunk with two arms."""
    x, thick = box.x + box.w / 2, max(1, round(box.w * rng.uniform(0.12, 0.2)))
    lines = [((x, box.y), (x, box.bottom))]
    for side in (-1, 1):
        y, out = box.y + box.h * rng.uniform(0.45, 0.65), x + side * box.w * 0.33
        lines += [((x, y), (out, y)), ((out, y), (out, y - box.h * rng.uniform(0.15, 0.35)))]
    for (x0, y0), (x1, y1) in lines:
        cv2.line(canvas, (round(x0), round(y0)), (round(x1), round(y1)), colours[0], thick, cv2.LINE_AA)


def _ring(box: Box, radii: list[float]) -> list[tuple[float, float]]:
    """Return points round the box's middle at these shares of its half size, the first at the top."""
    x, y, step = box.x + box.w / 2, box.y + box.h / 2, 2 * math.pi / len(radii)
    return [
        (x + box.w / 2 * r * math.sin(i * step), y - box.h / 2 * r * math.cos(i * step))
        for i, r in enumerate(radii)
    ]


_KINDS: tuple[Callable[[random.Random, Pixels, Box, tuple[Colour, Colour]], None], ...] = (
    _star,
    _outline,
    _outline,
    _fruit,
    _tree,
    _cactus,
)
