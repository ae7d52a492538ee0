"""Shapes of plate signs that print fonts lack, drawn in strokes: Q without descender, closed 4, I with feet.

Plate alphabets (Mandatory, the Argentine series of 1995, American dies) share one height for all signs, so
that Q keeps its tail inside, and differ from print just in signs that are easily taken for each other.
"""

import random
from collections.abc import Mapping
from functools import lru_cache

import cv2
import numpy as np

from platewise.synth import glyphs
from platewise.synth.canvas import Pixels

VARIANTS = 48
"""Different shapes of one sign in one font."""
_TIED = ("0OQD", "MW", "1I", "4", "J", "Y")
"""Signs that a plate changes together."""
_OPEN = 4.2
"""Strokes that M and W are wide at least, so that their counters stay open."""
_FINE = 3
"""Fraction bits of the points given to OpenCV."""


def choose(rng: random.Random, share: float, font: str) -> Mapping[str, int]:
    """Return the signs that a plate draws in strokes and the variant of each; ``share``: of families.

    A font whose Q goes below the line has no Q for plates, so that is always drawn; the signs of FE-Schrift
    are a standard, and stay.
    """
    if font in glyphs.group("fe"):
        return {}
    signs = {
        sign: rng.randrange(VARIANTS) if sign not in "0O" else 0
        for family in _TIED
        if rng.random() < share
        for sign in family
    }
    if "O" in signs:
        signs["O"] = signs["0"] = signs["D"] = signs["Q"]
    elif glyphs.descends(font, "Q"):
        signs["Q"] = rng.randrange(VARIANTS)
    return signs


@lru_cache(maxsize=8192)
def shape(file: str, sign: str, spares: tuple[str, ...], variant: int, round_too: bool) -> Pixels:
    """Return a variant of the sign in strokes as wide as the font's, a mask ``(72, w) uint8``.

    ``round_too``: O, 0 and D are drawn too, and Q is their O with a tail.
    """
    rng = random.Random(variant)
    stem = glyphs.glyph(file, "L", spares)[glyphs.HEIGHT // 3]
    stroke = max(4, int((stem > 127).sum()))
    width = glyphs.glyph(file, "O" if sign == "Q" else sign, spares).shape[1]
    if sign in "0OQD":
        corner = rng.uniform(0.28, 0.5)
        ring = _ring(width, stroke, corner, 0.08 if sign == "D" else corner)
        body = ring if round_too else glyphs.glyph(file, "O", spares).copy()
        return _tailed(body, stroke, rng) if sign == "Q" else body
    return _BY_SIGN[sign](width, stroke, rng)


def _ring(width: int, stroke: int, corner: float, left: float) -> Pixels:
    """Return a rounded rectangle; ``corner`` and ``left``: radii as shares of the width."""
    width = max(width, 2 * stroke + 4)
    whole = _rounded(width, glyphs.HEIGHT, corner * width, left * width)
    inside = max(1.0, corner * width - stroke), max(1.0, left * width - stroke)
    whole[stroke:-stroke, stroke:-stroke] -= _rounded(width - 2 * stroke, glyphs.HEIGHT - 2 * stroke, *inside)
    return whole


def _rounded(width: int, height: int, right: float, left: float) -> Pixels:
    mask = np.zeros((height, width), np.uint8)
    for radius, columns in ((left, slice(0, width // 2)), (right, slice(width // 2, width))):
        r = min(radius, width / 2, height / 2)
        half = np.zeros_like(mask)
        for x in (r, width - 1 - r):
            for y in (r, height - 1 - r):
                _dot(half, (x, y), r)
        r = round(r)
        half[r : height - r], half[:, r : width - r] = 255, 255
        mask[:, columns] = half[:, columns]
    return mask


def _dot(mask: Pixels, centre: tuple[float, float], radius: float) -> None:
    at = round(centre[0] * 8), round(centre[1] * 8)
    cv2.circle(mask, at, round(radius * 8), 255, -1, cv2.LINE_AA, _FINE)


def _strokes(width: float, stroke: int, *paths: tuple[tuple[float, float], ...]) -> Pixels:
    """Return lines through points given as shares of the box between the strokes' middles."""
    wide = max(round(width), stroke + 2)
    mask = np.zeros((glyphs.HEIGHT, wide), np.uint8)
    scale = np.array([wide - stroke, glyphs.HEIGHT - stroke], np.float32)
    for path in paths:
        points = np.array(path, np.float32) * scale + stroke / 2
        cv2.polylines(mask, [np.round(points * 8).astype(np.int32)], False, 255, stroke, cv2.LINE_AA, _FINE)
    ends = {y for path in paths for _, y in path}
    if 0.0 in ends:  # plate signs end flat at the top and the foot of their line
        mask[0] = mask[1] = np.maximum(mask[0], mask[2])
    return mask


def _tailed(body: Pixels, stroke: int, rng: random.Random) -> Pixels:
    height, width = body.shape
    thick = max(3, round(stroke * rng.uniform(0.65, 1.0)))
    upright = rng.random() < 0.35
    x = rng.uniform(0.5, 0.68) * width
    start = x, rng.uniform(0.6, 0.8) * height
    end = (x + rng.uniform(0, 0.12) * width if upright else width - thick * 0.4, height - thick * 0.4)
    points = np.round(np.array([start, end]) * 8).astype(np.int32)
    cv2.polylines(body, [points], False, 255, thick, cv2.LINE_AA, _FINE)
    return body


def _four(width: int, stroke: int, rng: random.Random) -> Pixels:
    bar, over = rng.uniform(0.6, 0.8), rng.choice((0.0, rng.uniform(0.05, 0.25)))
    stem = 1 - over
    if rng.random() < 0.6:  # closed: the slope begins on the stem
        paths = (((stem, 0.0), (0.0, bar), (1.0, bar)), ((stem, 0.0), (stem, 1.0)))
    else:  # open above
        top = rng.uniform(0.15, 0.6) * stem
        paths = (((top, 0.0), (0.0, bar), (1.0, bar)), ((stem, rng.uniform(0.3, 0.5)), (stem, 1.0)))
    return _strokes(width, stroke, *paths)


def _capital_i(width: int, stroke: int, rng: random.Random) -> Pixels:
    if rng.random() < 0.35:
        return np.full((glyphs.HEIGHT, stroke), 255, np.uint8)
    slab = max(glyphs.HEIGHT * rng.uniform(0.3, 0.5), 2.4 * stroke)
    return _strokes(slab, stroke, ((0, 0), (1, 0)), ((0.5, 0), (0.5, 1)), ((0, 1), (1, 1)))


def _one(width: int, stroke: int, rng: random.Random) -> Pixels:
    wide = max(glyphs.HEIGHT * rng.uniform(0.28, 0.45), 2.4 * stroke)
    flag = ((0.0, rng.uniform(0.12, 0.3)), (0.6, 0.0), (0.6, 1.0))
    return _strokes(wide, stroke, flag, *([((0.1, 1), (1, 1))] if rng.random() < 0.5 else []))


def _capital_j(width: int, stroke: int, rng: random.Random) -> Pixels:
    hook = tuple((0.5 + 0.5 * np.cos(a), 0.78 + 0.22 * np.sin(a)) for a in np.linspace(0, np.pi, 9))
    arm = ((rng.uniform(0.1, 0.5), 0), (1, 0)) if rng.random() < 0.6 else ((1, 0), (1, 0.1))
    wide = max(float(width), glyphs.HEIGHT * 0.4) * rng.uniform(0.9, 1.1)
    return _strokes(wide, stroke, arm, ((1, 0), *hook, (0, rng.uniform(0.62, 0.72))))


def _capital_m(width: int, stroke: int, rng: random.Random) -> Pixels:
    lean, deep = rng.choice((0.0, rng.uniform(0, 0.08))), rng.uniform(0.35, 1.0)
    wide = max(width * rng.uniform(0.85, 1.1), _OPEN * stroke)
    return _strokes(wide, stroke, ((0, 1), (lean, 0), (0.5, deep), (1 - lean, 0), (1, 1)))


def _capital_w(width: int, stroke: int, rng: random.Random) -> Pixels:
    lean, high = rng.uniform(0, 0.16), rng.uniform(0.0, 0.6)
    wide = max(width * rng.uniform(0.85, 1.05), _OPEN * stroke)
    return _strokes(wide, stroke, ((0, 0), (lean, 1), (0.5, high), (1 - lean, 1), (1, 0)))


def _capital_y(width: int, stroke: int, rng: random.Random) -> Pixels:
    fork = rng.uniform(0.4, 0.68)
    return _strokes(width, stroke, ((0, 0), (0.5, fork), (1, 0)), ((0.5, fork), (0.5, 1)))


_BY_SIGN = {
    "4": _four, "I": _capital_i, "1": _one, "J": _capital_j, "M": _capital_m, "W": _capital_w, "Y": _capital_y
}  # fmt: skip
