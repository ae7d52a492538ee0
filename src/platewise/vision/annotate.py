"""Draws reads into a picture."""

from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from io import BytesIO
from itertools import groupby

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from platewise.core.frame import Pixels
from platewise.core.geometry import box_of
from platewise.core.plate import ACCENTED, PROVINCES, SPECIALS
from platewise.core.read import Read

FONTS = "synth/fonts"
"""A folder of the package; the code of ``synth`` is not used."""
CHINESE, CARONS, LATIN = (
    "noto-sans-sc-plate-700.woff2",
    "barlow-plate-600.woff2",
    "open-sans-latin-600-normal.woff2",
)
FRAME, PAPER, INK = (0, 200, 80), (0, 110, 45), (255, 255, 255)


def annotate(pixels: Pixels, reads: Iterable[Read]) -> Pixels:
    """Return a copy of a picture ``(H, W, 3) uint8 RGB`` with the corners and the text of each read."""
    canvas = pixels.copy()
    short = min(canvas.shape[:2])
    thickness, size = max(2, short // 300), max(14, short // 24)
    for read in reads:
        cv2.polylines(canvas, [np.rint(read.quad).astype(np.int32)], True, FRAME, thickness, cv2.LINE_AA)
        x, y, _, h = box_of(read.quad)
        tag = label(str(read), size)
        top = int(y) - tag.shape[0] - thickness
        _put(canvas, tag, int(x), top if top >= 0 else int(y + h) + thickness)
    return canvas


def label(text: str, size: int) -> Pixels:
    """Return the text as a tag ``(h, w, 3) uint8 RGB``, letters about ``size`` px high."""
    runs = [("".join(signs), _font(name, size)) for name, signs in groupby(text, _font_of)]
    tag = Image.new(
        "RGB", (round(sum(font.getlength(run) for run, font in runs)) + size // 2, size * 3 // 2), PAPER
    )
    x, draw = float(size // 4), ImageDraw.Draw(tag)
    for run, font in runs:
        draw.text((x, size * 1.15), run, INK, font, anchor="ls")
        x += font.getlength(run)
    return np.array(tag, np.uint8)


def _font_of(sign: str) -> str:
    """Return the file of a font that has the sign: no one font of the package has them all."""
    if sign in PROVINCES + SPECIALS:
        return CHINESE
    return CARONS if sign in ACCENTED else LATIN


def _put(canvas: Pixels, tag: Pixels, x: int, y: int) -> None:
    """Draw a tag ``(h, w, 3)`` into a canvas ``(H, W, 3)``, both uint8 RGB, moved so that it is inside."""
    y, x = (int(np.clip(at, 0, max(canvas.shape[i] - tag.shape[i], 0))) for i, at in enumerate((y, x)))
    place = canvas[y : y + tag.shape[0], x : x + tag.shape[1]]
    place[:] = tag[: place.shape[0], : place.shape[1]]


@lru_cache(maxsize=48)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    data = resources.files("platewise").joinpath(FONTS, name).read_bytes()
    return ImageFont.truetype(BytesIO(data), size)
