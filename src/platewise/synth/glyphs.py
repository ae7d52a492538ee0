"""The signs of the packaged fonts as masks of one height, loaded when first asked for."""

import random
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from platewise.core.plate import PROVINCES, SPECIALS
from platewise.errors import InputError, NameUnknown
from platewise.synth.canvas import Pixels

HEIGHT = 72
"""Height of every glyph mask, in px: plate signs fill their line from top to bottom."""
FONTS = Path(__file__).parent / "fonts"
_CHINESE = frozenset(PROVINCES + SPECIALS)
_NO_SIGN = "\U0010fffe"


@lru_cache(maxsize=1)
def groups() -> dict[str, tuple[str, ...]]:
    """Return the font files of each group, closest in look first."""
    table = tomllib.loads((FONTS / "fonts.toml").read_text("utf-8"))
    return {name: tuple(files) for name, files in table["groups"].items()}


def group(name: str) -> tuple[str, ...]:
    """Return the font files of a group; NameUnknown for a group that fonts.toml has not."""
    if name not in groups():
        raise NameUnknown("font group", name, sorted(groups()))
    return groups()[name]


def pick(rng: random.Random, names: Sequence[str]) -> str:
    """Return a font file of one of the groups, those that come first being likelier."""
    files = group(rng.choice(names))
    return rng.choices(files, [1 / (3 + i) for i in range(len(files))])[0]


@lru_cache(maxsize=16384)
def glyph(file: str, sign: str, spares: tuple[str, ...] = ()) -> Pixels:
    """Return the sign as a mask ``(72, w) uint8``; a font that lacks it hands over to the spare fonts."""
    for font in (file, *spares, *(group("cn") if is_chinese(sign) else ()), *group("generic")):
        mask = _mask(font, sign)
        if mask is not None:
            return mask
    raise InputError(f"no font has the sign {sign!r}")


@lru_cache(maxsize=1024)
def descends(file: str, sign: str) -> bool:
    """Tell whether the sign is taller than the font's O; it goes below the line, which no plate sign does."""
    own, round_one = _ink(file, sign), _ink(file, "O")
    return own is not None and round_one is not None and len(own) > 1.06 * len(round_one)


def is_chinese(sign: str) -> bool:
    """Tell whether the sign is one of the Chinese provinces or specials."""
    return sign in _CHINESE


@lru_cache(maxsize=512)
def face(file: str, size: int) -> ImageFont.FreeTypeFont:
    """Return the font at this size in px."""
    return ImageFont.truetype(str(FONTS / file), size, layout_engine=ImageFont.Layout.BASIC)


def drawn(font: ImageFont.FreeTypeFont, text: str) -> Pixels:
    """Return the text as a mask ``(h, w) uint8`` cut to its outline, at least 2 px wide."""
    left, top, right, bottom = (int(edge) for edge in font.getbbox(text))
    picture = Image.new("L", (max(2, right - left), max(2, bottom - top)))
    ImageDraw.Draw(picture).text((-left, -top), text, fill=255, font=font)
    return np.asarray(picture, np.uint8)


def _mask(file: str, sign: str) -> Pixels | None:
    ink = _ink(file, sign)
    missing = _ink(file, _NO_SIGN)
    if ink is None or (missing is not None and np.array_equal(ink, missing)):
        return None
    width = max(4, round(ink.shape[1] * HEIGHT / len(ink)))
    return cv2.resize(ink, (width, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


@lru_cache(maxsize=16384)
def _ink(file: str, sign: str) -> Pixels | None:
    """Return the sign drawn large, ``(h, w) uint8``, cut to where it has ink; None where it has none."""
    whole = drawn(face(file, 128), sign)
    rows, columns = np.nonzero(whole > 90)
    if not len(rows):
        return None
    return whole[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
