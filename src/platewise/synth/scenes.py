"""Composes scenes: drawn plates in pictures, in every weather, with true corners and texts."""

import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad, as_quad, box_of, iou
from platewise.regions.library import Region
from platewise.synth.backgrounds import drawn
from platewise.synth.cache import plate_at
from platewise.synth.files import pictures
from platewise.synth.paste import paste, pose
from platewise.synth.plates import DrawnPlate
from platewise.synth.vehicles import vehicle_scene

SIZE = (960, 640)
"""Width and height of a scene, px."""
MOST_PLATES = 4
QUALITY = (35, 95)
"""JPEG qualities of the written pictures."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A drawn plate and its Quad ``(4, 2) float32`` px in a scene."""

    plate: DrawnPlate = field(repr=False)
    quad: Quad = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class DrawnScene:
    """A picture ``(H, W, 3) uint8 RGB``, its plates and its weather."""

    pixels: Pixels = field(repr=False)
    plates: tuple[Placed, ...]
    weather: str


def scenes(
    count: int, seed: int, regions: Sequence[Region], folder: Path | None = None
) -> Iterator[DrawnScene]:
    """Yield scenes over drawn backgrounds, or over the pictures of a folder; scene i depends on seed and
    i only.
    """
    photographs = list(pictures(folder)) if folder else []
    for i in range(count):
        rng = np.random.default_rng((seed, i))
        numbers = random.Random(f"scene:{seed}:{i}")
        if photographs:
            background = _sized(photographs[int(rng.integers(len(photographs)))])
        else:
            background = drawn(rng, *SIZE)
        yield compose(rng, background, lambda: plate_at(seed, numbers.randrange(2**40), regions))  # noqa: B023


def vehicle_scenes(count: int, seed: int, regions: Sequence[Region]) -> Iterator[DrawnScene]:
    """Yield scenes of one car each, of the regions in turn; scene i depends on seed and i only."""
    for i in range(count):
        plate = plate_at(seed, i, [regions[i % len(regions)]])
        pixels, quad = vehicle_scene(np.random.default_rng((seed, i)), plate)
        yield DrawnScene(pixels, (Placed(plate, quad),), "day")


def compose(rng: np.random.Generator, background: Pixels, draw: Callable[[], DrawnPlate]) -> DrawnScene:
    """Return a scene: one to four drawn plates on a background ``(H, W, 3) uint8 RGB``, then the weather."""
    pixels, placed = background.copy(), list[Placed]()
    for _ in range(int(rng.integers(1, MOST_PLATES + 1))):
        plate = draw()
        quad = _place(rng, plate, background.shape[1], background.shape[0])
        if any(_close(quad, other.quad) for other in placed):
            continue
        if paste(rng, pixels, quad, plate, rng.uniform(0, 1.2), None if rng.random() < 0.7 else 0.9):
            placed.append(Placed(plate, quad))
    name = str(rng.choice(list(WEATHERS)))
    return DrawnScene(WEATHERS[name](rng, pixels), tuple(placed), name)


def write_scenes(folder: Path, drawn_scenes: Iterable[DrawnScene], seed: int) -> int:
    """Write scenes as JPEG with an ``index.jsonl`` like the folders of labelled real ones; return how
    many.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng, count = np.random.default_rng(seed), 0
    with (folder / "index.jsonl").open("w", encoding="utf-8") as index:
        for count, scene in enumerate(drawn_scenes, 1):
            name = f"{count - 1:06d}.jpg"
            quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(*QUALITY))]
            (folder / name).write_bytes(cv2.imencode(".jpg", scene.pixels[:, :, ::-1], quality)[1].tobytes())
            index.write(json.dumps(label(name, scene), ensure_ascii=False) + "\n")
    return count


def label(image: str, scene: DrawnScene) -> dict[str, Any]:
    """Return the scene's line of the index: box, true corners, text, region and series of every plate."""
    height, width = scene.pixels.shape[:2]
    regions = {placed.plate.region for placed in scene.plates}
    return {
        "image": image,
        "region": regions.pop() if len(regions) == 1 else "mixed",
        "kind": "scene",
        "size": [width, height],
        "plates": [_label(placed) for placed in scene.plates],
        "weather": scene.weather,
    }


def _label(placed: Placed) -> dict[str, Any]:
    return {
        "box": [round(value, 2) for value in box_of(placed.quad)],
        "corners": [[round(float(x), 2), round(float(y), 2)] for x, y in placed.quad],
        "text": placed.plate.text,
        "region": placed.plate.region,
        "series": placed.plate.series,
    }


def _place(rng: np.random.Generator, plate: DrawnPlate, width: int, height: int) -> Quad:
    """Return a Quad wholly inside a picture: any attitude, 3 to 40 % of the picture's width."""
    posed = pose(rng, plate)
    wide = width * np.exp(rng.uniform(np.log(0.03), np.log(0.4)))
    scale = min(wide / np.ptp(posed[:, 0]), 0.8 * height / np.ptp(posed[:, 1]))
    quad = posed * scale
    low, high = -quad.min(0) + 2, (width, height) - quad.max(0) - 2
    return as_quad(quad + rng.uniform(low, high))


def _close(quad: Quad, other: Quad) -> bool:
    grown = [np.concatenate([q.min(0) - 8, q.max(0) + 8])[None].astype(np.float32) for q in (quad, other)]
    return bool(iou(*grown)[0, 0] > 0)


def _sized(pixels: Pixels) -> Pixels:
    """Return a picture filled into the size of a scene, its middle kept."""
    width, height = SIZE
    scale = max(width / pixels.shape[1], height / pixels.shape[0])
    large = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return np.ascontiguousarray(large[max(top, 0) :, max(left, 0) :][:height, :width], np.uint8)


def _day(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    """A little too bright or too dark, a cast from the sky or the evening."""
    cast = rng.normal(1, 0.05, 3) * rng.uniform(0.75, 1.2)
    return _saved(pixels * cast)


def _night(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    """Dark, warm, noisy, with the glow of some lamps."""
    height, width = pixels.shape[:2]
    glow = np.zeros((height // 8, width // 8), np.float32)
    for _ in range(int(rng.integers(1, 5))):
        at = int(rng.integers(glow.shape[1])), int(rng.integers(glow.shape[0]))
        cv2.circle(glow, at, int(rng.integers(1, 5)), float(rng.uniform(200, 600)), -1)
    light = cv2.resize(cv2.GaussianBlur(glow, (0, 0), 5), (width, height))[..., None]
    noise = rng.normal(0, rng.uniform(3, 9), pixels.shape)
    return _saved(
        pixels * (np.array([1.05, 0.95, 0.8]) * rng.uniform(0.3, 0.55)) + light * (1, 0.9, 0.7) + noise
    )


def _rain(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    """Grey, of little contrast, with streaks and drops on the glass."""
    height, width = pixels.shape[:2]
    streaks = np.zeros((height, width), np.uint8)
    slant = rng.normal(0, 3)
    for x, y in rng.uniform((0, 0), (width, height), (int(rng.integers(120, 400)), 2)):
        end = int(x + slant), int(y + rng.uniform(8, 26))
        cv2.line(streaks, (int(x), int(y)), end, int(rng.integers(40, 130)), 1, cv2.LINE_AA)
    grey = pixels.mean(2, keepdims=True)
    dull = (pixels * 0.55 + grey * 0.45) * rng.uniform(0.55, 0.8) + rng.uniform(25, 60)
    return _saved(cv2.GaussianBlur(dull + streaks[..., None] * 0.5, (0, 0), rng.uniform(0.4, 1.0)))


def _infrared(rng: np.random.Generator, pixels: Pixels) -> Pixels:
    """Grey, lit from the camera: bright in the middle, dark around."""
    height, width = pixels.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    beam = rng.uniform(0.9, 1.5) * np.exp(-(x**2 + y**2) * rng.uniform(0.4, 1.2))
    noise = rng.normal(0, rng.uniform(2, 7), (height, width))
    return _saved(np.repeat((pixels.mean(2) * beam + noise)[..., None], 3, 2))


def _saved(values: Any) -> Pixels:
    whole: Pixels = np.clip(values, 0, 255).astype(np.uint8)
    return whole


WEATHERS: dict[str, Callable[[np.random.Generator, Pixels], Pixels]] = {
    "day": _day,
    "night": _night,
    "rain": _rain,
    "infrared": _infrared,
}
