"""The bare plate: size, ground, state art, border, screws and wear."""

import math
import random
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from platewise.regions.schema import Colours, Look
from platewise.synth.canvas import (
    Box,
    Colour,
    Pixels,
    any_colour,
    blend,
    disc,
    fill,
    luminance,
    mix,
    near,
    opposite,
    outline,
    polygon,
    ramp,
    rgb,
)

CONTRAST = 60.0
"""Least difference of brightness between ink and ground, of 255: below it nobody can read the plate."""


@dataclass
class Blank:
    """A plate being drawn: its canvas ``(H, W, 3) uint8 RGB``, colours, and the box still free for text."""

    rng: random.Random
    look: Look
    canvas: Pixels
    ground: Colour
    ink: Colour
    free: Box

    @property
    def width(self) -> int:
        """Width in px."""
        return int(self.canvas.shape[1])

    @property
    def height(self) -> int:
        """Height in px."""
        return int(self.canvas.shape[0])


def make_blank(rng: random.Random, look: Look) -> Blank:
    """Return an empty plate of one of the look's sizes and colours."""
    wide, high = rng.choice(look.sizes)
    aspect = wide / high * rng.uniform(0.97, 1.03)
    height = round(min(50 * max(1.0, 4.7 / aspect) ** 0.75, 100) * rng.uniform(0.93, 1.07))
    width = round(height * aspect)
    scheme = rng.choices(look.colours, [c.weight for c in look.colours])[0]
    ground = near(rng, rgb(scheme.ground))
    canvas = np.empty((height, width, 3), np.uint8)
    _paint(rng, canvas, ground, scheme)
    edge = height * rng.uniform(0.03, 0.07)
    free = Box(0, 0, width, height).inset(edge, edge)
    return Blank(rng, look, canvas, ground, near(rng, rgb(scheme.ink), 10), free)


def secure_contrast(blank: Blank) -> None:
    """Make the ink readable on what was painted: fade the art towards the ground, then change the ink."""
    grey = np.array([0.3, 0.59, 0.11], np.float32)
    here = blank.free
    part = blank.canvas[round(here.y) : round(here.bottom), round(here.x) : round(here.right)]
    for _ in range(3):
        shade = part[::3, ::3] @ grey
        if np.quantile(np.abs(shade - luminance(blank.ink)), 0.1) >= CONTRAST:
            return
        blank.canvas[:] = cv2.addWeighted(
            blank.canvas, 0.4, np.full_like(blank.canvas, np.asarray(blank.ground, np.uint8)), 0.6, 0
        )
    if abs(luminance(blank.ground) - luminance(blank.ink)) < CONTRAST:
        blank.ink = opposite(blank.rng, blank.ground)


def fade(blank: Blank) -> None:
    """Bleach or wear the ink of one plate in eight towards the ground; what is left can be read."""
    rng, contrast = blank.rng, abs(luminance(blank.ground) - luminance(blank.ink))
    if rng.random() < 0.12 and contrast > CONTRAST:
        blank.ink = mix(blank.ink, blank.ground, min(rng.uniform(0.25, 0.75), 1 - 0.5 * CONTRAST / contrast))


def flake(blank: Blank, bare: Pixels) -> None:
    """Let paint come off in patches: there the plate shows half of what it was before the text, ``bare``."""
    rng = blank.rng
    off = np.clip((_mottled(blank, 5) - rng.uniform(0.6, 0.75)) * 6, 0, rng.uniform(0.4, 0.8))[:, :, None]
    blank.canvas[:] = (blank.canvas + (bare.astype(np.float32) - blank.canvas) * off).astype(np.uint8)


def _mottled(blank: Blank, grain: int) -> NDArray[np.float32]:
    """Return soft patches ``(H, W) float32`` of about 0 to 1, ``grain`` px large."""
    small = blank.height // grain + 2, blank.width // grain + 2
    patches = np.random.default_rng(blank.rng.getrandbits(32)).random(small, np.float32)
    size = blank.width, blank.height
    return np.asarray(cv2.resize(patches, size, interpolation=cv2.INTER_LINEAR), np.float32)


def border(blank: Blank) -> None:
    """Draw the line round the plate, as often as the look says."""
    rng, h = blank.rng, blank.height
    if rng.random() < blank.look.border:
        colour = blank.ink if rng.random() < 0.8 else any_colour(rng)
        inset = h * rng.uniform(0, 0.04)
        outline(
            blank.canvas,
            Box(0, 0, blank.width, h).inset(inset, inset),
            colour,
            max(1, round(h * rng.uniform(0.01, 0.04))),
        )


def screws(blank: Blank) -> None:
    """Put zero to four screws or bolts on the plate."""
    rng, w, h = blank.rng, blank.width, blank.height
    low = h / w > 0.4
    sides = ((), (), (), (0.0,), (0.0, 1.0), (0.0, 1.0))
    for x in rng.choice(sides[2:] if low else sides):
        at = (
            abs(x - rng.uniform(0.08, 0.33)) * w,
            h * (rng.choice((0.08, 0.92)) if low else rng.choice((0.08, 0.5, 0.9))),
        )
        radius = h * rng.uniform(0.025, 0.05)
        disc(blank.canvas, at, radius, near(rng, (rng.uniform(20, 250),) * 3, 6))
        if rng.random() < 0.5:
            disc(blank.canvas, (at[0] + 1, at[1] + 1), radius / 2, any_colour(rng, 0, 120))


def wear(blank: Blank) -> None:
    """Scratch and stain one plate in four, lightly; lay dust or mud over one in twelve."""
    rng, w, h = blank.rng, blank.width, blank.height
    if rng.random() < 0.08:
        mud = mix((rng.uniform(40, 190),) * 3, (120, 95, 65), rng.uniform(0, 0.8))
        film = (_mottled(blank, rng.choice((4, 9, 20))) * (255 * rng.uniform(0.3, 0.6))).astype(np.uint8)
        blend(blank.canvas, film, (0, 0), mud)
    if rng.random() > 0.25:
        return
    layer = blank.canvas.copy()
    for _ in range(rng.randint(1, 5)):
        x, y = rng.uniform(0, w), rng.uniform(0, h)
        if rng.random() < 0.5:
            angle, length = rng.uniform(0, math.pi), rng.uniform(0.1, 0.5) * h
            end = round(x + length * math.cos(angle)), round(y + length * math.sin(angle))
            cv2.line(layer, (round(x), round(y)), end, any_colour(rng, 60, 220), 1, cv2.LINE_AA)
        else:
            disc(layer, (x, y), rng.uniform(0.02, 0.08) * h, any_colour(rng, 40, 200))
    cv2.addWeighted(layer, (share := rng.uniform(0.2, 0.6)), blank.canvas, 1 - share, 0, blank.canvas)


def art(rng: random.Random, canvas: Pixels) -> None:
    """Paint a pale landscape, bands or clouds over the whole canvas, as many US states do."""
    kind = rng.random()
    if kind < 0.4:
        ramp(canvas, [any_colour(rng, 130, 255) for _ in range(3)])
        if rng.random() < 0.3:
            height, width = canvas.shape[:2]
            at = rng.uniform(0, width), rng.uniform(0.1, 0.8) * height
            disc(canvas, at, height * rng.uniform(0.1, 0.35), any_colour(rng, 90))
        for _ in range(rng.choice((0, 1, 1, 2))):
            _mountains(rng, canvas)
    elif kind < 0.65:
        box = Box(0, 0, canvas.shape[1], canvas.shape[0])
        fill(canvas, box.shares(0, 0, 1, rng.uniform(0.12, 0.28)), any_colour(rng))
        fill(canvas, box.shares(0, 1 - (h := rng.uniform(0.1, 0.22)), 1, h), any_colour(rng))
    else:
        _clouds(rng, canvas)


def _paint(rng: random.Random, canvas: Pixels, ground: Colour, scheme: Colours) -> None:
    if scheme.ground_to:
        ramp(canvas, [ground, near(rng, rgb(scheme.ground_to))])
    elif rng.random() < 0.25:
        ramp(canvas, [near(rng, ground, 8), near(rng, ground, 8)])
    else:
        canvas[:] = np.asarray(ground, np.uint8)


def _mountains(rng: random.Random, canvas: Pixels) -> None:
    height, width = canvas.shape[:2]
    ridge = [(width * i / 8, height * rng.uniform(0.5, 0.95)) for i in range(9)]
    polygon(canvas, [(0, height), *ridge, (width, height)], any_colour(rng, 110, 235))


def _clouds(rng: random.Random, canvas: Pixels) -> None:
    height, width = canvas.shape[:2]
    for _ in range(rng.randint(2, 8)):
        at = rng.randrange(width), rng.randrange(height)
        axes = rng.randint(5, max(6, width // 3)), rng.randint(5, max(6, height // 3))
        cv2.ellipse(canvas, at, axes, rng.uniform(0, 180), 0, 360, any_colour(rng, 140, 255), -1, cv2.LINE_AA)
    canvas[:] = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.5, 5))
