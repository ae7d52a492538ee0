"""Draws reads into a picture."""

from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from io import BytesIO

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from platewise.core.frame import Pixels
from platewise.core.geometry import box_of
from platewise.core.read import Read

FONT = "synth/fonts/noto-sans-sc-plate-700.woff2"
"""A file of the package, as it can write every sign of a plate; the code of ``synth`` is not used."""
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
    """Return the text as a tag ``(h, w, 3) uint8 RGB``, letters ``size`` px high."""
    font = _font(size)
    _, _, right, bottom = font.getbbox(text)
    tag = Image.new("RGB", (int(right) + size // 2, int(bottom) + size // 4), PAPER)
    ImageDraw.Draw(tag).text((size // 4, 0), text, INK, font)
    return np.array(tag, np.uint8)


def _put(canvas: Pixels, tag: Pixels, x: int, y: int) -> None:
    """Draw a tag ``(h, w, 3)`` into a canvas ``(H, W, 3)``, both uint8 RGB, moved so that it is inside."""
    y, x = (int(np.clip(at, 0, max(canvas.shape[i] - tag.shape[i], 0))) for i, at in enumerate((y, x)))
    place = canvas[y : y + tag.shape[0], x : x + tag.shape[1]]
    place[:] = tag[: place.shape[0], : place.shape[1]]


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BytesIO(resources.files("platewise").joinpath(FONT).read_bytes()), size)
