"""Hard sets: the same drawn streets under one difficulty each, so that its cost can be told."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels
from platewise.regions.library import Region
from platewise.synth.scenes import DrawnScene, Placed, vehicle_scenes

Change = Callable[[np.random.Generator, DrawnScene], DrawnScene]
TURN = (15.0, 25.0)
"""Degrees that a turned scene is off the horizon."""


def hard_scenes(name: str, count: int, seed: int, regions: Sequence[Region]) -> Iterator[DrawnScene]:
    """Yield the streets of a hard set by name; the same seed gives the same cars in every set."""
    for i, scene in enumerate(vehicle_scenes(count, seed, regions)):
        yield replace(SETS[name](np.random.default_rng((seed, i)), scene), weather=name)


def _clean(_: np.random.Generator, scene: DrawnScene) -> DrawnScene:
    return scene


def _small(_: np.random.Generator, scene: DrawnScene) -> DrawnScene:
    """Far away: a third of the size."""
    smaller = cv2.resize(scene.pixels, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA)
    placed = tuple(Placed(p.plate, (p.quad / 3).astype(np.float32)) for p in scene.plates)
    return replace(scene, pixels=smaller.astype(np.uint8, copy=False), plates=placed)


def _blurred(rng: np.random.Generator, scene: DrawnScene) -> DrawnScene:
    """Moved while the shutter was open."""
    reach = int(rng.integers(9, 17))
    kernel = np.zeros((reach, reach), np.float32)
    kernel[reach // 2] = 1 / reach
    return _seen(scene, cv2.filter2D(scene.pixels, -1, kernel))


def _dark(rng: np.random.Generator, scene: DrawnScene) -> DrawnScene:
    """Night: little light, much noise."""
    dim = scene.pixels * rng.uniform(0.12, 0.25)
    return _seen(scene, dim + rng.normal(0, 5, scene.pixels.shape))


def _bright(rng: np.random.Generator, scene: DrawnScene) -> DrawnScene:
    """Sun in the lens: pale, the lightest parts gone."""
    return _seen(scene, scene.pixels * 0.9 + rng.uniform(70, 120))


def _turned(rng: np.random.Generator, scene: DrawnScene) -> DrawnScene:
    """The camera hangs askew."""
    height, width = scene.pixels.shape[:2]
    angle = float(rng.uniform(*TURN) * rng.choice([-1, 1]))
    move = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 0.85)
    pixels = cv2.warpAffine(scene.pixels, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
    placed = tuple(
        Placed(p.plate, cv2.transform(p.quad[None], move)[0].astype(np.float32)) for p in scene.plates
    )
    return replace(scene, pixels=pixels.astype(np.uint8, copy=False), plates=placed)


def _seen(scene: DrawnScene, values: npt.NDArray[np.generic] | cv2.typing.MatLike) -> DrawnScene:
    pixels: Pixels = np.clip(values, 0, 255).astype(np.uint8)
    return replace(scene, pixels=pixels)


SETS: dict[str, Change] = {
    "clean": _clean,
    "small": _small,
    "blurred": _blurred,
    "dark": _dark,
    "bright": _bright,
    "turned": _turned,
}
"""The difficulties by name, none first."""
