"""How the signs of one plate are written: font, width, stroke, pitch, relief; and how a line is."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from platewise.regions.schema import Look
from platewise.synth import glyphs, shapes
from platewise.synth.canvas import Box, Colour, Pixels, blend, disc, fill

Bar = Callable[[Box], None]
"""Paints the ornament of a ``|`` into its box."""
_WIDTHS = {" ": 0.26, "-": 0.24, ".": 0.14, "·": 0.2}
"""Widths of what is no sign, as shares of the line's height."""
_STACK = 0.42
_STACKED = "ABCDEFGHJKLMNPRSTUVXYZ0123456789"
"""Width of small signs one above the other, a county or a class, and what they may be."""
_NARROWEST = 0.55
"""Signs that would be squeezed more become lower too."""
_WIDEST = 0.22
"""What a gap may take of the room left on a line, as a share of its height."""


@dataclass(frozen=True, slots=True)
class Relief:
    """The edge of light or shadow beside an embossed sign, in shares of its height."""

    dx: float
    dy: float
    opacity: float
    tone: float
    counter: float | None
    """The tone of the opposite edge, where the light is hard."""


@dataclass(frozen=True, slots=True)
class Style:
    """The hand that writes one plate."""

    font: str
    spares: tuple[str, ...]
    shapes: Mapping[str, int]
    """The signs that are drawn in strokes, and their variants."""
    stretch: float
    stroke: int
    gap: float
    monospaced: bool
    spread: float
    loose: float
    chinese: float
    picture: float
    """The width of what stands at a ``|``, as a share of the line's height."""
    stack: str
    """Small signs one above the other before the text, or behind it: they are no part of it."""
    stack_first: bool
    relief: Relief | None

    def mask(self, sign: str) -> Pixels:
        """Return the sign as a mask ``(72, w) uint8``, its strokes made thicker or thinner."""
        mask = self._glyph(sign)
        if not self.stroke:
            return mask
        size = abs(self.stroke) // (2 if glyphs.is_chinese(sign) else 1) or 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        if self.stroke < 0:
            thin = cv2.erode(mask, kernel).astype(np.uint8, copy=False)
            return thin if thin.sum(dtype=int) > 0.55 * mask.sum(dtype=int) else mask
        padded = cv2.copyMakeBorder(mask, size, size, size, size, cv2.BORDER_CONSTANT, value=0)
        thick = cv2.dilate(padded, kernel)[size // 2 : -(size // 2) or None]
        return np.asarray(thick[:, size // 2 : -(size // 2) or None], np.uint8)

    def width(self, item: str) -> float:
        """Return the width of a sign or separator as a share of the line's height."""
        if item == "|":
            return self.picture
        if item in _WIDTHS:
            return _WIDTHS[item] * (self.stretch if item in " -" else 1)
        if glyphs.is_chinese(item):
            return self.width("N") * self.chinese
        return int(self._glyph(item).shape[1]) / glyphs.HEIGHT * self.stretch

    def _glyph(self, sign: str) -> Pixels:
        if sign in self.shapes:
            return shapes.shape(self.font, sign, self.spares, self.shapes[sign], "O" in self.shapes)
        return glyphs.glyph(self.font, sign, self.spares)


def make_style(rng: random.Random, look: Look, american: bool = False) -> Style:
    """Return a random style near the look; three in ten take a font of the neighbouring groups.

    ``american``: one in eight has small signs one above the other beside its text, and pictures amid a text
    may be wide.
    """
    strange = rng.random() < 0.3
    wide = rng.random() < 0.2
    stroke = 0 if rng.random() < 0.5 else rng.choice((-5, -4, -3, -2, 2, 3, 3, 4, 5))
    font = glyphs.pick(rng, ("din", "generic") if strange else look.fonts)
    return Style(
        font=font,
        spares=(glyphs.pick(rng, ("cn",)), *(f for name in look.fonts for f in glyphs.group(name))),
        shapes=shapes.choose(rng, look.shapes, font),
        stretch=look.glyph_width * (rng.uniform(0.75, 1.35) if wide else rng.uniform(0.9, 1.12)),
        stroke=stroke,
        gap=look.gap * rng.uniform(0.6, 1.2),
        monospaced=look.monospaced if rng.random() < 0.85 else not look.monospaced,
        spread=rng.choice((1.0, rng.uniform(1.0, 1.35))),
        loose=rng.choice((0.0, rng.uniform(0.0, 0.9))),
        chinese=rng.uniform(0.95, 1.2),
        picture=rng.uniform(0.5, 1.25) if american and rng.random() < 0.6 else 0.52,
        stack="".join(rng.choices(_STACKED, k=rng.choice((2, 2, 2, 3))))
        if american and rng.random() < 0.13
        else "",
        stack_first=rng.random() < 0.8,
        relief=_relief(rng) if rng.random() < look.embossed else None,
    )


def _relief(rng: random.Random) -> Relief:
    bright = rng.random() < 0.5
    tone = 255.0 if bright else rng.uniform(0, 90)
    dx, dy = rng.uniform(-0.045, 0.045), rng.uniform(-0.045, 0.045)
    if rng.random() < 0.75:
        return Relief(dx, dy, rng.uniform(0.15, 0.6), tone, None)
    return Relief(dx, dy, rng.uniform(0.4, 0.9), tone, rng.uniform(0, 60) if bright else 255.0)


def arrange(style: Style, line: str) -> tuple[list[tuple[str, float, float]], float]:
    """Return (item, left, width) of all on the line and its whole length, in shares of the line's height."""
    cell = max(style.width("0"), style.width("N")) if style.monospaced else 0.0
    placed, x = [], 0.0
    items = [style.stack, *line] if style.stack_first else [*line, style.stack]
    for item in filter(None, items):
        width = _STACK if item == style.stack else style.width(item)
        if item != style.stack and item.isalnum() and item.isascii() and width < cell:
            placed.append((item, x + (cell - width) / 2, width))
            width = cell
        else:
            placed.append((item, x, width))
        x += width + (0 if item == " " else style.gap)
    return placed, max(x - style.gap, 0.1)


def write(
    canvas: Pixels, style: Style, line: str, box: Box, ink: tuple[Colour, Bar]
) -> list[tuple[float, float]]:
    """Write the line into the box with this ink, bars by its painter; return its signs' centres (x, y) in px.

    The line takes its natural length, stretched by ``style.spread`` at most, squeezed when too long;
    ``style.loose`` is the share of the room left that goes between the signs.
    """
    placed, length = arrange(style, line)
    scale = min(box.w / length, box.h * style.spread)
    high = min(box.h, scale / _NARROWEST)
    box = Box(box.x, box.y + (box.h - high) / 2, box.w, high)
    room, gaps = box.w - scale * length, max(1, len(placed) - 1)
    wider = min(room / gaps * style.loose, box.h * _WIDEST)
    left = box.x + (room - wider * gaps) / 2
    centres = []
    places = [
        (item, Box(left + x * scale + i * wider, box.y, width * scale, box.h))
        for i, (item, x, width) in enumerate(placed)
    ]
    for item, place in sorted(places, key=lambda one: one[0] != "|"):  # signs stand upon pictures
        if item == "|":
            ink[1](place)
        elif item == style.stack:
            _stack(canvas, style, place, ink[0])
        elif item.isalnum():
            _sign(canvas, style, item, place, ink[0])
            centres.append((place.x + place.w / 2, place.y + place.h / 2))
        else:
            _separator(canvas, item, place, ink[0])
    return centres


def _stack(canvas: Pixels, style: Style, place: Box, ink: Colour) -> None:
    share = 1 / len(style.stack)
    for i, sign in enumerate(style.stack):
        _sign(canvas, style, sign, place.shares(0, (i + 0.03) * share, 1, 0.94 * share), ink)


def _sign(canvas: Pixels, style: Style, sign: str, place: Box, ink: Colour) -> None:
    size = max(2, round(place.w)), max(3, round(place.h))
    mask = cv2.resize(style.mask(sign), size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    edge = style.relief
    if edge:
        at = place.x + edge.dx * place.h, place.y + edge.dy * place.h
        blend(canvas, mask, at, (edge.tone,) * 3, edge.opacity)
        if edge.counter is not None:
            at = place.x - edge.dx * place.h, place.y - edge.dy * place.h
            blend(canvas, mask, at, (edge.counter,) * 3, edge.opacity)
    blend(canvas, mask, (place.x, place.y), ink)


def _separator(canvas: Pixels, item: str, place: Box, ink: Colour) -> None:
    if item == "-":
        fill(canvas, place.shares(0, 0.44, 1, 0.12), ink)
    elif item in ".·":
        y = place.y + place.h * (0.92 if item == "." and place.h > 40 else 0.5)
        disc(canvas, (place.x + place.w / 2, y), place.w * 0.4, ink)
