"""Things on a plate that are no signs: seals, crests, stickers, tabs, emblems, dots, flags, art."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import cv2

from platewise.regions.schema import Ornament
from platewise.synth.canvas import (
    Box,
    Colour,
    Pixels,
    any_colour,
    blend,
    disc,
    fill,
    luminance,
    near,
    outline,
    polygon,
    rgb,
    rounded,
)
from platewise.synth.ground import Blank, art
from platewise.synth.lettering import small_print, stack
from platewise.synth.pictograms import pictogram

_UNKNOWN_BAR: Final = "seal", "crest", "sticker", "tab", "emblem", "emblem", "emblem", "stack"
"""What may stand at a ``|`` where the look does not say."""
Painter = Callable[[random.Random, Pixels, Box, Sequence[Colour]], None]


def bar(blank: Blank, box: Box) -> None:
    """Paint what stands at a ``|`` of the pattern into its box (as high as the line); sometimes nothing."""
    known = [o for o in blank.look.ornaments if o.at == "bar"]
    for ornament in known:
        if blank.rng.random() < ornament.p:
            return paint(blank, ornament, box)
    if not known:
        paint(blank, Ornament(kind=blank.rng.choice(_UNKNOWN_BAR)), box)


def background(blank: Blank) -> None:
    """Paint the ornaments that lie under the text."""
    for ornament in _placed(blank, "background"):
        if ornament.kind == "art":
            art(blank.rng, blank.canvas)
        else:
            pale = blank.canvas.copy()
            box = Box(0, 0, blank.width, blank.height).shares(blank.rng.uniform(0.1, 0.5), 0.1, 0.4, 0.8)
            _PAINTERS[ornament.kind](blank.rng, pale, box, _colours(blank.rng, ornament))
            cv2.addWeighted(pale, (k := blank.rng.uniform(0.15, 0.5)), blank.canvas, 1 - k, 0, blank.canvas)


def beside(blank: Blank) -> None:
    """Paint the ornaments beside the text, which leave it less room, and the stickers in the corners."""
    rng = blank.rng
    for side in ("left", "right"):
        for ornament in _placed(blank, side):
            free = blank.free
            width = min(free.h * rng.uniform(0.35, 0.6), free.w * rng.uniform(0.16, 0.22))
            left = side == "left"
            paint(
                blank,
                ornament,
                Box(free.x if left else free.right - width, free.y + free.h * 0.1, width, free.h * 0.8),
            )
            blank.free = Box(free.x + width * left, free.y, free.w - width, free.h)
    plate = Box(0, 0, blank.width, blank.height)
    for ornament in _placed(blank, "corners"):
        for x, y in rng.sample([(0.03, 0.04), (0.83, 0.04), (0.03, 0.79), (0.83, 0.79)], rng.randint(1, 2)):
            paint(blank, ornament, plate.shares(x, y, rng.uniform(0.1, 0.16), rng.uniform(0.13, 0.22)))


def paint(blank: Blank, ornament: Ornament, box: Box) -> None:
    """Paint one ornament into the box."""
    _PAINTERS[ornament.kind](blank.rng, blank.canvas, box, _colours(blank.rng, ornament))


def _placed(blank: Blank, at: str) -> list[Ornament]:
    return [o for o in blank.look.ornaments if o.at == at and blank.rng.random() < o.p]


def _colours(rng: random.Random, ornament: Ornament) -> list[Colour]:
    """Return three colours: the ornament's own, in their order, then random ones."""
    own = [near(rng, rgb(c)) for c in ornament.colours]
    return [*own, *(any_colour(rng) for _ in range(3 - len(own)))]


def _seal(rng: random.Random, canvas: Pixels, box: Box, colours: Sequence[Colour]) -> None:
    """Two round seals one above the other (German plates), or one."""
    radius = min(box.w * rng.uniform(0.36, 0.5), box.h * 0.24)
    for i, y in enumerate((0.25, 0.75) if rng.random() < 0.85 else (0.5,)):
        at = box.x + box.w / 2, box.y + box.h * y
        disc(canvas, at, radius, colours[i])
        disc(canvas, at, radius * 0.6, any_colour(rng))
        if rng.random() < 0.5:
            ink = any_colour(rng, 0, 60)
            small_print(
                rng,
                canvas,
                Box(at[0] - radius * 0.6, at[1] - radius * 0.4, radius * 1.2, radius * 0.9),
                ink,
                str(rng.randint(10, 26)),
            )


def _crest(rng: random.Random, canvas: Pixels, box: Box, colours: Sequence[Colour]) -> None:
    """A shield, sometimes with a few letters under it."""
    x, y = box.x + box.w / 2, box.y + box.h * rng.uniform(0.02, 0.25)
    for colour, size in ((colours[0], 1.0), (colours[1], 0.6)):
        w, h = box.w * 0.42 * size, box.h * 0.5 * size
        top = y + box.h * 0.25 * (1 - size) * 0.7
        polygon(
            canvas,
            [(x - w, top), (x + w, top), (x + w, top + h * 0.6), (x, top + h), (x - w, top + h * 0.6)],
            colour,
        )
    if rng.random() < 0.4:
        small_print(
            rng,
            canvas,
            box.shares(0, 0.72, 1, 0.26),
            any_colour(rng, 0, 60),
            rng.choice(("BA", "KE", "SK", "KR", "TT")),
        )


def _sticker(rng: random.Random, canvas: Pixels, box: Box, colours: Sequence[Colour]) -> None:
    """A coloured label with small figures or a month."""
    size = min(box.w, box.h)
    label = (
        Box(box.x, box.y + rng.uniform(0, 0.6) * (box.h - size), box.w, size) if box.h > 1.6 * box.w else box
    )
    blend(
        canvas,
        rounded(max(2, round(label.w)), max(2, round(label.h)), rng.choice((0, 0, 1, 2))),
        (label.x, label.y),
        colours[0],
    )
    ink = (245.0, 245.0, 245.0) if luminance(colours[0]) < 130 else (15.0, 15.0, 15.0)
    text = rng.choice(
        (
            "JAN",
            "MAR",
            "MAY",
            "AUG",
            "OCT",
            "DEC",
            "04",
            "08",
            "12",
            str(rng.randint(2005, 2027)),
            str(rng.randint(10, 27)),
        )
    )
    small_print(rng, canvas, label.shares(0.12, 0.22, 0.76, 0.56), ink, text)


def _tab(rng: random.Random, canvas: Pixels, box: Box, colours: Sequence[Colour]) -> None:
    """A sticker in its stamped recess."""
    grey = rng.uniform(60, 220)
    size = min(box.w, box.h) * rng.uniform(0.8, 1.0)
    recess = Box(box.x + (box.w - size) / 2, box.y + (box.h - size) / 2, size, size)
    fill(canvas, recess, (grey, grey, grey))
    _sticker(rng, canvas, recess.inset(size * 0.1, size * 0.1), [rng.choice(colours)])


def _emblem(rng: random.Random, canvas: Pixels, box: Box, colours: Sequence[Colour]) -> None:
    """An outline of something: a tree, an animal, a state, a club's badge."""
    if rng.random() < 0.5:
        return pictogram(rng, canvas, box, (colours[0], colours[1]))
    for _ in range(rng.randint(2, 5)):
        x, y = box.x + box.w * rng.uniform(0.3, 0.7), box.y + box.h * rng.uniform(0.25, 0.75)
        colour, kind = rng.choice(colours), rng.random()
        if kind < 0.4:
            axes = max(1, round(box.w * rng.uniform(0.1, 0.4))), max(1, round(box.h * rng.uniform(0.05, 0.3)))
            cv2.ellipse(
                canvas, (round(x), round(y)), axes, rng.uniform(0, 180), 0, 360, colour, -1, cv2.LINE_AA
            )
        elif kind < 0.75:
            corners = rng.randint(3, 6)
            polygon(
                canvas,
                [
                    (x + box.w * rng.uniform(-0.4, 0.4), y + box.h * rng.uniform(-0.3, 0.3))
                    for _ in range(corners)
                ],
                colour,
            )
        else:
            foot = round(x + box.w * rng.uniform(-0.2, 0.2)), round(box.bottom - box.h * rng.uniform(0, 0.3))
            cv2.line(
                canvas,
                (round(x), round(box.y + box.h * 0.1)),
                foot,
                colour,
                max(1, round(box.w * 0.1)),
                cv2.LINE_AA,
            )


def _stack(rng: random.Random, canvas: Pixels, box: Box, colours: Sequence[Colour]) -> None:
    """Small letters, one above the other."""
    stack(rng, canvas, box, colours[0])


def _dot(rng: random.Random, canvas: Pixels, box: Box, colours: Sequence[Colour]) -> None:
    radius = min(box.w, box.h) * rng.uniform(0.15, 0.32)
    disc(canvas, (box.x + box.w / 2, box.y + box.h * rng.choice((0.3, 0.5, 0.5, 0.7))), radius, colours[0])


def _flag(rng: random.Random, canvas: Pixels, box: Box, colours: Sequence[Colour]) -> None:
    height = min(box.h, box.w * 0.66)
    stripes(
        canvas,
        Box(box.x, box.y + rng.uniform(0, 1) * (box.h - height), box.w, height),
        colours,
        rng.random() < 0.5,
    )


def _hologram(rng: random.Random, canvas: Pixels, box: Box, colours: Sequence[Colour]) -> None:
    """A faint iridescent square with a circle in it."""
    size = min(box.w, box.h) * rng.uniform(0.5, 0.9)
    label = Box(box.x + (box.w - size) / 2, box.y + (box.h - size) / 2, size, size)
    side = max(2, round(size))
    blend(canvas, rounded(side, side, side // 4), (label.x, label.y), colours[0], 0.45)
    outline(canvas, label, colours[1], 1)
    disc(canvas, label.centre, size * 0.25, colours[2])


def stripes(canvas: Pixels, box: Box, colours: Sequence[Colour], upright: bool) -> None:
    """Fill the box with equal stripes, from the left (upright) or from the top."""
    share = 1 / len(colours)
    for i, colour in enumerate(colours):
        part = box.shares(i * share, 0, share, 1) if upright else box.shares(0, i * share, 1, share)
        fill(canvas, part, colour)


def star_ring(canvas: Pixels, centre: tuple[float, float], radius: float) -> None:
    """Draw the twelve stars of the European flag."""
    for i in range(12):
        angle = i * math.pi / 6
        at = centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)
        disc(canvas, at, radius * 0.14, (245, 205, 40))


_PAINTERS: Mapping[str, Painter] = {
    "seal": _seal,
    "crest": _crest,
    "sticker": _sticker,
    "emblem": _emblem,
    "dot": _dot,
    "flag": _flag,
    "art": _emblem,
    "tab": _tab,
    "stack": _stack,
    "hologram": _hologram,
}
