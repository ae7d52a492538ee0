"""Bands and captions: the coloured strips and the small print round the text, which leave it less room."""

from dataclasses import replace

import numpy as np

from platewise.regions.schema import Band, Caption
from platewise.synth.canvas import Box, Colour, any_colour, fill, near, opposite, rgb
from platewise.synth.ground import Blank
from platewise.synth.lettering import small_print, stack
from platewise.synth.ornaments import star_ring, stripes
from platewise.synth.pictograms import pictogram


def bands(blank: Blank) -> None:
    """Paint the look's bands, at most one a side, and take their room from the free box."""
    taken: set[str] = set()
    for band in blank.look.bands:
        if band.side not in taken and blank.rng.random() < band.p:
            taken.add(band.side)
            _band(blank, band)


def captions(blank: Blank) -> None:
    """Print the look's captions, at most one a side, and take their room from the free box."""
    taken: set[str] = set()
    for caption in blank.look.captions:
        if caption.at not in taken and blank.rng.random() < caption.p:
            taken.add(caption.at)
            _caption(blank, caption)


def prefix(blank: Blank) -> None:
    """Put a picture, or small print one above the other, beside the text of one American plate in five.

    They are no part of it.
    """
    rng, free, high = blank.rng, blank.free, blank.height
    kind = rng.random()
    if kind > 0.2:
        return
    stacked, left = kind < 0.04, rng.random() < 0.8
    size = high * (rng.uniform(0.42, 0.56) if stacked else rng.uniform(0.4, 0.78))
    width = high * rng.uniform(0.12, 0.2) if stacked else size * rng.uniform(0.75, 1.1)
    at = free.x if left else free.right - width
    y = min(max(free.y + (free.h - size) * rng.uniform(0.4, 0.6), 0), high - size)
    place = Box(at, y, width, size)
    if stacked:
        stack(rng, blank.canvas, place, blank.ink if rng.random() < 0.8 else any_colour(rng, 0, 180))
    else:
        ink = blank.ink if rng.random() < 0.3 else any_colour(rng)
        pictogram(rng, blank.canvas, place, (ink, any_colour(rng)))
    room = width * rng.uniform(0.95, 1.1)
    blank.free = replace(free, x=free.x + room * left, w=free.w - room)


def _band(blank: Blank, band: Band) -> None:
    rng, h, w = blank.rng, blank.height, blank.width
    size = round(h * band.width * rng.uniform(0.85, 1.1))
    upright = band.side in ("left", "right")
    first = band.side in ("left", "top")
    box = Box(0 if first else w - size, 0, size, h) if upright else Box(0, 0 if first else h - size, w, size)
    fill(blank.canvas, box, near(rng, rgb(band.colour), 18))
    _band_content(blank, band, box)
    free, room = blank.free, size * 1.08
    if upright:
        x = max(free.x, room) if first else free.x
        blank.free = Box(x, free.y, (free.right if first else min(free.right, w - room)) - x, free.h)
    else:
        y = max(free.y, room) if first else free.y
        blank.free = Box(free.x, y, free.w, (free.bottom if first else min(free.bottom, h - room)) - y)


def _band_content(blank: Blank, band: Band, box: Box) -> None:
    rng, upright = blank.rng, box.h > box.w
    ink = near(rng, rgb(band.ink), 8)
    if band.stars and rng.random() < 0.92:
        star_ring(
            blank.canvas, box.shares(0, 0.05, 1, 0.55).centre, min(box.w, box.h) * rng.uniform(0.25, 0.33)
        )
    if band.flag:
        place = (
            box.shares(0.18, 0.12, 0.64, 0.26)
            if upright
            else box.shares(rng.choice((0.04, 0.88)), 0.2, 0.08, 0.6)
        )
        stripes(blank.canvas, place, [rgb(c) for c in band.flag], rng.random() < 0.5)
    if band.text:
        place = box.shares(0.1, 0.66, 0.8, 0.24) if upright else box.shares(0.2, 0.2, 0.6, 0.6)
        small_print(rng, blank.canvas, place, ink, rng.choice(band.text))


def _caption(blank: Blank, caption: Caption) -> None:
    rng, free = blank.rng, blank.free
    size = blank.height * caption.height * rng.uniform(0.8, 1.1)
    text, ink = rng.choice(caption.text), _caption_ink(blank, caption)
    if caption.at in ("left", "right"):
        _side_caption(blank, caption.at, text, ink)
        return
    width = free.w * rng.uniform(0.35, 0.7)
    y = free.y if caption.at == "top" else free.bottom - size
    small_print(rng, blank.canvas, Box(free.x + (free.w - width) / 2, y, width, size), ink, text)
    room = size * 1.15
    blank.free = replace(free, y=free.y + room * (caption.at == "top"), h=free.h - room)


def _side_caption(blank: Blank, at: str, text: str, ink: Colour) -> None:
    """Print at the left or right edge, upright or turned by a quarter."""
    rng, free = blank.rng, blank.free
    width = blank.height * rng.uniform(0.16, 0.3)
    x = free.x if at == "left" else free.right - width
    if rng.random() < 0.5 or len(text) < 4:
        small_print(
            rng, blank.canvas, Box(x, free.y + free.h * rng.uniform(0.3, 0.65), width, width * 0.6), ink, text
        )
    else:
        turned = np.ascontiguousarray(np.rot90(blank.canvas, -1))
        place = Box(blank.height - free.bottom, x, free.h, width * 0.7)
        small_print(rng, turned, place, ink, text)
        blank.canvas[:] = np.rot90(turned)
    blank.free = replace(free, x=free.x + width * 1.1 * (at == "left"), w=free.w - width * 1.1)


def _caption_ink(blank: Blank, caption: Caption) -> Colour:
    if caption.ink:
        return near(blank.rng, rgb(caption.ink))
    kind = blank.rng.random()
    if kind < 0.6:
        return blank.ink
    return opposite(blank.rng, blank.ground) if kind < 0.8 else any_colour(blank.rng, 0, 200)
