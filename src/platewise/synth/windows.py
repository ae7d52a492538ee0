"""Small windows with a plate in them, or not quite: the data set of the sliding-window way of reading.

Each is named ``00000000_PV07NEU_1.png``: number, text, and 1 where the plate lies wholly inside and is large
enough.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from platewise.regions.library import Region
from platewise.synth import light, sensor
from platewise.synth.backgrounds import drawn
from platewise.synth.canvas import Pixels
from platewise.synth.files import pictures, write_png
from platewise.synth.light import Rng
from platewise.synth.plates import DrawnPlate, draw_plate

WIDTH, HEIGHT = 128, 64
SMALLEST, LARGEST = 0.6, 0.875
"""Widths of a plate, as shares of the window, at which it counts as present."""


@dataclass(frozen=True, eq=False)
class Window:
    """``pixels (64, 128, 3) uint8 RGB``, the text of the plate in it, and whether it is wholly there.

    ``quad (4, 2) float32`` px are the plate's corners, ``centres (n, 2) float32`` px the middles of its
    signs; both may lie outside.
    """

    pixels: Pixels
    text: str
    present: bool
    quad: NDArray[np.float32]
    centres: NDArray[np.float32]

    def name(self, number: int) -> str:
        """Return its file name."""
        return f"{number:08d}_{self.text}_{int(self.present)}.png"


def windows(count: int, seed: int, regions: Sequence[Region], folder: Path | None = None) -> Iterator[Window]:
    """Yield ``count`` windows on cuts of the pictures of ``folder``, or on drawn backgrounds."""
    behind = _cuts(list(pictures(folder))) if folder else lambda rng: drawn(rng, WIDTH, HEIGHT)
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        plate = draw_plate(random.Random(f"{seed}:{number}"), regions)
        yield window(rng, plate, behind(rng))


def write_windows(out: Path, shots: Iterator[Window]) -> int:
    """Write the windows as PNG into a folder; return how many."""
    out.mkdir(parents=True, exist_ok=True)
    count = 0
    for count, shot in enumerate(shots, 1):
        write_png(out / shot.name(count - 1), shot.pixels)
    return count


def window(rng: Rng, plate: DrawnPlate, behind: Pixels) -> Window:
    """Return the plate before the background ``(64, 128, 3) uint8 RGB``, at a random size and place."""
    aimed = rng.random() < 0.6
    width = WIDTH * (rng.uniform(SMALLEST, LARGEST) if aimed else rng.uniform(0.3, 1.2))
    quad = _place(rng, plate, width, reach=0.9 if aimed else 1.6)
    move = cv2.getPerspectiveTransform(plate.quad, quad)
    moved = cv2.warpPerspective(plate.pixels, move, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.fillConvexPoly(mask, quad.round().astype(np.int32), 1.0, cv2.LINE_4)
    mask = cv2.GaussianBlur(mask, (0, 0), 0.6)[:, :, None].astype(np.float32)
    mixed = light.to_float(behind) * (1 - mask) + light.to_float(np.asarray(moved, np.uint8)) * mask
    lit = light.expose(rng, np.asarray(mixed, np.float32), 0.5)
    seen = sensor.noise(rng, sensor.blur(rng, lit, 0.5, width), 0.03)
    inside = bool((quad >= 0).all() and (quad[:, 0] < WIDTH).all() and (quad[:, 1] < HEIGHT).all())
    present = inside and SMALLEST * WIDTH <= width <= LARGEST * WIDTH
    centres = cv2.perspectiveTransform(plate.centres[None], move)[0].astype(np.float32)
    return Window(sensor.expose_sensor(seen), plate.text, present, quad, centres)


def _place(rng: Rng, plate: DrawnPlate, width: float, reach: float) -> NDArray[np.float32]:
    """Return the corners ``(4, 2) float32`` px of a plate of this width.

    ``reach`` is how far its middle may stray, as a share of the room that the window leaves it.
    """
    shape = (plate.quad - plate.quad.mean(axis=0)) * (width / float(np.ptp(plate.quad[:, 0])))
    angle = np.radians(rng.normal(0, 5))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned = shape @ turn
    turned[:, 0] += rng.normal(0, 0.08) * turned[:, 1]
    size = np.array([WIDTH, HEIGHT])
    room = np.maximum((size - np.ptp(turned, axis=0)) / 2, 4)
    middle = size / 2 + rng.uniform(-1, 1, 2) * room * reach
    return np.asarray(turned + middle, np.float32)


def _cuts(scenes: Sequence[Pixels]) -> Callable[[Rng], Pixels]:
    """Return a function that cuts a random window from a random scene."""

    def cut(rng: Rng) -> Pixels:
        """Return a window ``(64, 128, 3) uint8 RGB``."""
        scene = scenes[int(rng.integers(len(scenes)))]
        height, width = scene.shape[:2]
        scale = rng.uniform(0.3, 1.0) * min(width / WIDTH, height / HEIGHT)
        w, h = max(1, int(WIDTH * scale)), max(1, int(HEIGHT * scale))
        x, y = rng.integers(0, width - w + 1), rng.integers(0, height - h + 1)
        part = np.ascontiguousarray(scene[y : y + h, x : x + w])
        return np.asarray(cv2.resize(part, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)

    return cut
