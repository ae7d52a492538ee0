"""Small pictures that states and clubs put on plates: stars, suns, trees, fruit, maps, badges, beasts."""

import math
import random
from collections.abc import Callable
from itertools import pairwise

import cv2

from platewise.synth.canvas import Box, Colour, Pixels, any_colour, disc, fill, opposite, polygon
from platewise.synth.lettering import small_print

Painter = Callable[[random.Random, Pixels, Box, tuple[Colour, Colour]], None]


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


def _badge(rng: random.Random, canvas: Pixels, box: Box, colours: tuple[Colour, Colour]) -> None:
    """The round badge of veterans or of a college: rings, writing, and something in the middle."""
    (x, y), radius = box.centre, box.w * rng.uniform(0.42, 0.5)
    shade = any_colour(rng)
    for share, colour in ((1.0, colours[0]), (0.9, colours[1]), (rng.uniform(0.55, 0.7), shade)):
        disc(canvas, (x, y), radius * share, colour)
    for i in range(count := rng.randint(8, 20)):
        at = (
            x + radius * 0.78 * math.sin(2 * math.pi * i / count),
            y - radius * 0.78 * math.cos(2 * math.pi * i / count),
        )
        disc(canvas, at, radius * 0.07, colours[0])
    inner = Box(x - radius / 2, y - radius / 2, radius, radius)
    rng.choice((_star, _outline, _cross, _beast))(rng, canvas, inner, (opposite(rng, shade), shade))


def _cross(rng: random.Random, canvas: Pixels, box: Box, colours: tuple[Colour, Colour]) -> None:
    """The cross of firefighters, two signs in its middle."""
    waist, tip = rng.uniform(0.25, 0.4), rng.uniform(0.9, 1.1)
    polygon(canvas, _ring(box, [rng.uniform(0.75, 0.85), tip, waist, tip] * 4), colours[0])
    disc(canvas, box.centre, box.w * 0.24, colours[1])
    small_print(
        rng, canvas, box.shares(0.32, 0.36, 0.36, 0.28), colours[0], "".join(rng.choices("ACDEFMNSTU", k=2))
    )


def _beast(rng: random.Random, canvas: Pixels, box: Box, colours: tuple[Colour, Colour]) -> None:
    """A horse, a cat, a bison: a body on four legs, neck, head and tail, perhaps rearing."""
    lean, side = rng.uniform(-0.9, 0.3), rng.choice((-1, 1))
    (x, y), size = box.centre, box.w

    def _at(along: float, up: float) -> tuple[int, int]:
        turned = along * math.cos(lean) + up * math.sin(lean), up * math.cos(lean) - along * math.sin(lean)
        return round(x + side * turned[0] * size), round(y - turned[1] * size)

    thick = max(1, round(size * rng.uniform(0.06, 0.12)))
    axes = max(1, round(size * rng.uniform(0.24, 0.32))), max(1, round(size * rng.uniform(0.11, 0.18)))
    cv2.ellipse(canvas, _at(0, 0), axes, math.degrees(-lean) * side, 0, 360, colours[0], -1, cv2.LINE_AA)
    limbs = [((hip, -0.05), (hip + rng.uniform(-0.14, 0.14), -0.4)) for hip in (-0.22, -0.15, 0.15, 0.22)]
    limbs += [((0.2, 0.05), (0.36, 0.3)), ((-0.25, 0.05), (-0.42, rng.uniform(-0.2, 0.3)))]
    for start, end in limbs:
        cv2.line(canvas, _at(*start), _at(*end), colours[0], thick, cv2.LINE_AA)
    disc(canvas, _at(0.42, 0.3), size * rng.uniform(0.07, 0.13), colours[0])


def _wheelchair(rng: random.Random, canvas: Pixels, box: Box, colours: tuple[Colour, Colour]) -> None:
    """The sign of the disabled: a wheel, and somebody who sits in it."""
    thick = max(1, round(box.w * rng.uniform(0.07, 0.11)))
    middle = round(box.x + box.w * 0.45), round(box.y + box.h * 0.66)
    radius = max(1, round(box.w * 0.28))
    cv2.ellipse(canvas, middle, (radius, radius), 0, -20, 250, colours[0], thick, cv2.LINE_AA)
    joints = [(0.4, 0.22), (0.43, 0.52), (0.68, 0.52), (0.8, 0.82), (0.92, 0.78)]
    px = [(round(box.x + box.w * a), round(box.y + box.h * b)) for a, b in joints]
    for start, end in pairwise(px):
        cv2.line(canvas, start, end, colours[0], thick, cv2.LINE_AA)
    disc(canvas, (box.x + box.w * 0.38, box.y + box.h * 0.12), box.w * 0.09, colours[0])


def _club(rng: random.Random, canvas: Pixels, box: Box, colours: tuple[Colour, Colour]) -> None:
    """The letters of a college or a club, over a shape."""
    if rng.random() < 0.6:
        _outline(rng, canvas, box, (colours[1], colours[0]))
    letters = "".join(rng.choices("ABCDEGHIKLMNOPRSTUVW", k=rng.randint(2, 4)))
    small_print(rng, canvas, box.shares(0, rng.uniform(0.1, 0.5), 1, 0.4), colours[0], letters)


def _ring(box: Box, radii: list[float]) -> list[tuple[float, float]]:
    """Return points round the box's middle at these shares of its half size, the first at the top."""
    x, y, step = box.x + box.w / 2, box.y + box.h / 2, 2 * math.pi / len(radii)
    return [
        (x + box.w / 2 * r * math.sin(i * step), y - box.h / 2 * r * math.cos(i * step))
        for i, r in enumerate(radii)
    ]


_KINDS: tuple[Painter, ...] = (
    _star,
    _outline,
    _outline,
    _fruit,
    _tree,
    _cactus,
    _badge,
    _badge,
    _badge,
    _cross,
    _beast,
    _beast,
    _beast,
    _wheelchair,
    _club,
)
