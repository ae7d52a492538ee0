"""Draws one plate of a region's series on its vehicle, flat and clean; ``degrade`` photographs it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from platewise.core.plate import normalise
from platewise.errors import InputError
from platewise.regions.library import Region, Series
from platewise.regions.syntax import Pattern, Slot
from platewise.synth import ground, ornaments, trim
from platewise.synth.canvas import Box
from platewise.synth.ground import Blank
from platewise.synth.style import Style, make_style, write
from platewise.synth.surround import mount

_AMERICAN = ("us", "ca")
"""Regions whose frames cover the plate's edges, and which put pictures and small signs beside the text."""
Item = TypeVar("Item", Region, Series)


@dataclass(frozen=True, eq=False)
class DrawnPlate:
    """A drawn plate and all that is true of it.

    ``pixels (H, W, 3) uint8 RGB`` is the plate **with** its surround, ``quad (4, 2) float32`` its corners and
    ``centres (n, 2) float32`` the middle of each sign in reading order, both px (x, y) in ``pixels``.
    """

    pixels: NDArray[np.uint8]
    quad: NDArray[np.float32]
    text: str
    region: str
    series: str
    lines: int
    centres: NDArray[np.float32]


def draw_plate(
    rng: random.Random, regions: Sequence[Region], text: str | None = None, series: Series | None = None
) -> DrawnPlate:
    """Return a plate of a random region and series by their weights, or of what is given.

    A given normalised ``text`` is written by a pattern that fits it, or as it stands where none fits.
    """
    chosen = series or choose_series(rng, regions, text)
    american = chosen.region in _AMERICAN
    written = _written(rng, chosen, text)
    if american:
        written = _respaced(rng, written)
    blank = ground.make_blank(rng, chosen.look)
    style = make_style(rng, chosen.look, american=american)
    _decorate(blank, american)
    bare = blank.canvas.copy()
    centres = _write_lines(blank, style, written)
    if rng.random() < 0.07:
        ground.flake(blank, bare)
    ground.screws(blank)
    ground.wear(blank)
    pixels, box = mount(rng, blank.canvas, us_frame=american)
    corners = [(box.x, box.y), (box.right, box.y), (box.right, box.bottom), (box.x, box.bottom)]
    return DrawnPlate(
        pixels=pixels,
        quad=np.array(corners, np.float32),
        text=normalise(written),
        region=chosen.region,
        series=chosen.name,
        lines=1 + written.count("/"),
        centres=np.array(centres, np.float32) + np.array([box.x, box.y], np.float32),
    )


def choose_series(rng: random.Random, regions: Sequence[Region], text: str | None = None) -> Series:
    """Return a random series of a random region by weight: of those that fit the text, where any do."""
    fitting = [r for r in regions if text and r.match(text)]
    candidates = fitting or list(regions)
    if not candidates:
        raise InputError("no region to draw a plate of")
    region = _weighted(rng, candidates)
    series = [s for s in region.series if not fitting or any(p.matches(text or "") for p in s.patterns)]
    return _weighted(rng, series)


def _weighted(rng: random.Random, items: Sequence[Item]) -> Item:
    """Return one of the items by their weights; any of them where all weigh nothing."""
    weights = [item.data.weight for item in items]
    return rng.choices(items, weights if any(weights) else None)[0]


def _written(rng: random.Random, series: Series, text: str | None) -> str:
    """Return the text as it is painted, with separators, bars and line breaks."""
    if text is None:
        return rng.choice(series.patterns).draw(rng)
    fitting = [p for p in series.patterns if p.matches(text)]
    return _separated(rng.choice(fitting), text) if fitting else text


def _separated(pattern: Pattern, text: str) -> str:
    signs = iter(text)
    return "".join(
        "".join(next(signs) for _ in range(item.width)) if isinstance(item, Slot) else item
        for item in pattern.items
    )


def _respaced(rng: random.Random, written: str) -> str:
    """Return four texts in ten as some other state would part it: by a picture, a gap, a dot, a bar.

    Texts written in one piece are parted less often.
    """
    if rng.random() > 0.4 or "/" in written or len(written) < 4:
        return written
    other = rng.choice("|||·- ")
    for separator in " -·":
        if separator in written:
            return written.replace(separator, other, 1)
    at = rng.randint(1, len(written) - 1)
    return written[:at] + other + written[at:] if rng.random() < 0.4 else written


def _decorate(blank: Blank, american: bool) -> None:
    """Paint everything but the text, from the ground upwards."""
    ornaments.background(blank)
    ground.border(blank)
    trim.bands(blank)
    trim.captions(blank)
    ornaments.beside(blank)
    if american:
        trim.prefix(blank)
    ground.secure_contrast(blank)
    ground.fade(blank)


def _write_lines(blank: Blank, style: Style, written: str) -> list[tuple[float, float]]:
    """Write every line into the free space; return the centres of all signs in px."""
    lines = [line.strip() for line in written.split("/")]
    sizes = _line_heights(blank, len(lines))
    free, beside = blank.free, blank.look.beside
    if not beside or len(lines) == 1:
        return _write_column(blank, style, free, list(zip(lines, sizes, strict=True)))
    small = list(zip(lines[:-1], sizes[:-1], strict=True))
    return [
        *_write_column(blank, style, free.shares(0.02, 0, beside - 0.04, 1), small),
        *_write_column(blank, style, free.shares(beside, 0, 0.98 - beside, 1), [(lines[-1], sizes[-1])]),
    ]


def _write_column(
    blank: Blank, style: Style, free: Box, lines: Sequence[tuple[str, float]]
) -> list[tuple[float, float]]:
    """Write lines of so many px, one under the other, spread over a height; return their signs' centres."""
    top = blank.look.top
    spare = free.h - sum(size for _, size in lines)
    y = free.y + spare / (2 * len(lines)) if top is None else min(top * blank.height, free.y + spare)
    ink = blank.ink, partial(ornaments.bar, blank)
    centres: list[tuple[float, float]] = []
    for line, size in lines:
        box = Box(free.x, y, free.w, size).inset(free.w * 0.015, 0)
        centres += write(blank.canvas, style, line, box, ink)
        y += size + spare / len(lines)
    return centres


def _line_heights(blank: Blank, lines: int) -> list[float]:
    """Return the height of each line in px: the look's, made smaller together where they do not fit."""
    look, free = blank.look, blank.free.h
    shares = list(look.line_heights[:lines])
    shares += [look.glyph_height if lines == 1 else 0.78 / lines] * (lines - len(shares))
    sizes = [blank.height * share * blank.rng.uniform(0.94, 1.05) for share in shares]
    high = max(sum(sizes[:-1]), sizes[-1]) if look.beside else sum(sizes)
    shrink = min(1.0, free * (0.97 if lines == 1 else 0.9) / high)
    return [size * shrink for size in sizes]
