"""How a training picture looks at a scene: a random window, size, turn, mirror and perspective as one
homography.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad
from platewise.synth.paste import Matrix, project, warp
from platewise.train.detector_scenes import INCOMPLETE, Scene

SMALLEST, LARGEST = 12.0, 0.92
"""Widths of the plate that a view aims at: px, and a share of the view."""
WHOLE = 0.3
"""Share of the views that show the whole picture."""
MOST_ZOOM = 3.0


@dataclass(frozen=True, slots=True)
class View:
    """A homography ``(3, 3) float64`` from scene to view px, with its parts that other steps must know."""

    matrix: Matrix
    size: int
    scale: float
    turn: float
    mirrored: bool

    def moved(self, quad: Quad) -> Quad:
        """Return a scene's Quad ``(4, 2) float32`` in the view; mirroring swaps left and right corners."""
        points = project(self.matrix, quad)
        return points[[1, 0, 3, 2]] if self.mirrored else points

    def reduction(self) -> int:
        """Return by how much the scene's picture may be reduced in decoding without loss."""
        return 4 if self.scale < 0.25 else 2 if self.scale < 0.5 else 1

    def look(self, pixels: Pixels, scene: tuple[int, int], fill: int) -> Pixels:
        """Return the view ``(S, S, 3) uint8 RGB`` of a scene of size (w, h) px that was decoded, maybe
        reduced.
        """
        width, height = scene
        shrink = self.scale * width / pixels.shape[1] * 1.25
        if shrink < 0.75:
            size = max(2, round(pixels.shape[1] * shrink)), max(2, round(pixels.shape[0] * shrink))
            pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        enlarge = np.diag([width / pixels.shape[1], height / pixels.shape[0], 1.0])
        return warp(pixels, self.matrix @ enlarge, (self.size, self.size), fill)


def choose(rng: np.random.Generator, scene: Scene, size: int, turning: bool) -> View:
    """Return a view of ``size`` px: of the whole scene, of one of its plates, or of a past mistake.

    Without ``turning`` it stays nearly upright, because an upright box would not fit a turned plate.
    """
    aim = _aim(rng, scene)
    scale = _scale(rng, scene, size, aim)
    stretch = math.exp(rng.normal(0, 0.08) / 2)
    sx, sy = scale * stretch, scale / stretch
    mirrored = bool(rng.random() < 0.5)
    width, height = scene.size
    x, y = (aim.min(0) + aim.max(0)) / 2 if aim is not None else _middle(rng, scene)
    to_x, to_y = rng.uniform(*((0.1, 0.9) if aim is not None else (0.38, 0.62)), 2) * size
    if rng.random() < 0.85:
        seen = width - x if mirrored else x
        to_x, to_y = _covering(to_x, seen * sx, width * sx, size), _covering(to_y, y * sy, height * sy, size)
    turn = _turn(rng, turning)
    grow = np.diag([-sx if mirrored else sx, sy, 1.0]) @ _shift(-x, -y)
    return View(_shift(to_x, to_y) @ _tilt(rng, turn, turning, size) @ grow, size, scale, turn, mirrored)


def _aim(rng: np.random.Generator, scene: Scene) -> Quad | None:
    """Return the Quad that the view is about, or None for all of the scene."""
    if scene.mistakes and rng.random() < 0.3:
        return scene.mistakes[int(rng.integers(len(scene.mistakes)))]
    plates = [mark.quad for mark in scene.marks if not mark.ignored]
    if not plates or (rng.random() < WHOLE and scene.source not in INCOMPLETE):
        return None
    return plates[int(rng.integers(len(plates)))]


def _scale(rng: np.random.Generator, scene: Scene, size: int, aim: Quad | None) -> float:
    whole = size / max(scene.size)
    if aim is None:
        return whole * float(rng.uniform(0.75, 1.15) if scene.marks else rng.uniform(0.75, 2.0))
    # A picture with unlabelled plates is looked at closely, so that few of them come into view.
    smallest = 48.0 if scene.source in INCOMPLETE else SMALLEST
    width = math.exp(rng.uniform(math.log(smallest), math.log(LARGEST * size)))
    return float(np.clip(width / max(float(np.ptp(aim[:, 0])), 2.0), whole * 0.6, MOST_ZOOM))


def _middle(rng: np.random.Generator, scene: Scene) -> tuple[float, float]:
    width, height = scene.size
    x, y = rng.uniform(0.2, 0.8, 2) if not scene.marks else (0.5, 0.5)
    return float(x * width), float(y * height)


def _covering(at: float, before: float, span: float, size: int) -> float:
    """Return the place of the aim, moved so that the scene covers the view, or lies inside it if it is
    smaller.
    """
    low, high = sorted((before, size - (span - before)))
    return min(max(at, low), high)


def _turn(rng: np.random.Generator, turning: bool) -> float:
    """Return an angle in radians: mostly small, at times up to 29 degrees."""
    if not turning or rng.random() < 0.4:
        return float(rng.normal(0, 0.02))
    return float(rng.uniform(-0.5, 0.5) if rng.random() < 0.2 else rng.normal(0, 0.1))


def _tilt(rng: np.random.Generator, turn: float, turning: bool, size: int) -> Matrix:
    """Return the turn with, at times, a shear and a weak perspective."""
    cosine, sine = math.cos(turn), math.sin(turn)
    turned = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1.0]])
    if rng.random() < 0.5:
        return turned
    bend = rng.normal(0, 0.0004 if turning else 0.0001, 2) * 200 / size
    shear = rng.normal(0, 0.08 if turning else 0.01)
    bent: Matrix = np.array([[1, shear, 0], [0, 1, 0], [bend[0], bend[1], 1.0]]) @ turned
    return bent


def _shift(x: float, y: float) -> Matrix:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])
