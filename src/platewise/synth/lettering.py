"""Small print: captions, dealer names, sticker figures. It is never part of a plate's text."""

import random
from functools import lru_cache

import cv2
import numpy as np

from platewise.synth.canvas import Box, Colour, Pixels, blend
from platewise.synth.glyphs import drawn, face, group

_WORDS = (
    "AUTO", "MOTORS", "CARS", "GARAGE", "CENTRE", "AUTOHAUS", "SERVIS", "MOBIL", "DEALER", "CITY",
    "LEASING", "RENT", "TRUCKS", "HONDA", "TOYOTA", "FORD", "SKODA", "KIA", "MAZDA", "OPEL", "FIAT",
    "VOLVO", "NISSAN", "SUBARU", "LEXUS", "HYUNDAI", "RENAULT", "NORTH", "SOUTH", "RIVER", "LAKE",
    "HILL", "VALLEY", "SUNNY", "GREEN", "STATE", "COUNTY", "COLLEGE", "ALUMNI", "CLUB", "TEAM",
    "RACING", "WWW.", ".COM", ".CO.UK", ".DE", "&", "SONS", "GMBH", "LTD", "TEL",
)  # fmt: skip
_HERSHEY = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
)
_SIZE = 24


def words(rng: random.Random) -> str:
    """Return one to three random words, as a dealer's frame carries them."""
    return " ".join(_word(rng) for _ in range(rng.choice((1, 2, 2, 3))))


def small_print(rng: random.Random, canvas: Pixels, box: Box, colour: Colour, text: str = "*") -> None:
    """Print the text (``*``: random words) into the box, squeezed where too wide; tiny boxes stay empty."""
    if box.h < 3 or box.w < 6:
        return
    text = words(rng) if text == "*" else text
    mask = _hershey(text, rng.choice(_HERSHEY)) if text.isascii() and rng.random() < 0.4 else _set(rng, text)
    width = min(round(mask.shape[1] * box.h / len(mask)), int(box.w))
    mask = cv2.resize(mask, (max(2, width), int(box.h)), interpolation=cv2.INTER_AREA).astype(
        np.uint8, copy=False
    )
    blend(canvas, mask, (box.x + (box.w - width) / 2, box.y), colour)


def stack(rng: random.Random, canvas: Pixels, box: Box, colour: Colour) -> None:
    """Print two or three small letters or figures one above the other: a county, a class."""
    signs = rng.choices("ABCDEFGHJKLMNPRSTVXYZ0123456789", k=rng.choice((2, 2, 3)))
    share = 1 / len(signs)
    for i, sign in enumerate(signs):
        small_print(rng, canvas, box.shares(0, (i + 0.04) * share, 1, share * 0.88), colour, sign)


def _word(rng: random.Random) -> str:
    if rng.random() < 0.6:
        return rng.choice(_WORDS)
    return "".join(rng.choices("ABCDEFGHIKLMNOPRSTUVWYZ", k=rng.randint(3, 9)))


def _set(rng: random.Random, text: str) -> Pixels:
    """Return the text in a decorative or plain font, ``(h, w) uint8``."""
    fonts = group("decor") if rng.random() < 0.5 else group("generic")
    return _printed(rng.choice(fonts), text if rng.random() < 0.7 else text.title())


@lru_cache(maxsize=4096)
def _printed(font: str, text: str) -> Pixels:
    return drawn(face(font, _SIZE), text)


@lru_cache(maxsize=256)
def _hershey(text: str, font: int) -> Pixels:
    (width, height), base = cv2.getTextSize(text, font, 0.8, 1)
    mask = np.zeros((height + base, width + 2), np.uint8)
    cv2.putText(mask, text, (1, height), font, 0.8, 255, 1, cv2.LINE_AA)
    return mask
