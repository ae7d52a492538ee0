"""Where a plate lies in its crop: size, turn, slant, perspective, margins; and the warp that does it."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from platewise.synth.canvas import Pixels

Rng = np.random.Generator
_UNIT = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
_MARGINS = (((-0.02, 0.13), (-0.04, 0.24)), ((0.0, 0.08), (0.0, 0.12)), ((-0.05, 0.22), (-0.1, 0.4)))
"""What a detector leaves (or cuts) at the sides and at top and bottom: usual, tidy, careless."""


@dataclass(frozen=True, slots=True)
class Pose:
    """The plate's corners ``quad (4, 2) float32`` px in a crop of ``width`` x ``height`` px."""

    quad: NDArray[np.float32]
    width: int
    height: int


def random_pose(rng: Rng, aspect: float, strength: float) -> Pose:
    """Return a pose of a plate of this aspect (width / height), as seen by a camera and cut by a detector."""
    scale = (aspect / 4.4) ** 0.6
    width = float(np.clip(math.exp(rng.normal(math.log(112), 0.45)), 42, 300)) * scale
    height = width / aspect * rng.uniform(0.88, 1.15)
    quad = _UNIT * [width, height]
    if rng.random() < 0.85:
        quad = _slanted(rng, quad, strength)
    return _cut(rng, quad)


def _slanted(rng: Rng, quad: NDArray[np.float64], strength: float) -> NDArray[np.float64]:
    """Return the quad foreshortened, sheared, turned, its corners nudged."""
    width, height = np.ptp(quad, axis=0)
    sigma = 3.2 if rng.random() < 0.75 else 9.0
    angle = math.radians(float(np.clip(rng.normal(0, sigma * strength), -25, 25)))
    shear = rng.normal(0, (0.09 if rng.random() < 0.8 else 0.25) * strength)
    x, y = quad[:, 0] / width * 2, quad[:, 1] / height * 2
    slanted = quad * np.stack(
        [1 + rng.normal(0, 0.03 * strength) * y, 1 + rng.normal(0, 0.06 * strength) * x], axis=1
    )
    slanted[:, 0] += shear * slanted[:, 1]
    cos, sin = math.cos(angle), math.sin(angle)
    turned = slanted @ np.array([[cos, sin], [-sin, cos]])
    return np.asarray(turned + rng.normal(0, 0.008 * strength * width, (4, 2)))


def _cut(rng: Rng, quad: NDArray[np.float64]) -> Pose:
    low, high = quad.min(axis=0), quad.max(axis=0)
    kind = rng.choice(3, p=(0.75, 0.15, 0.1))
    across, along = _MARGINS[kind]
    size = high - low
    low -= [rng.uniform(*across), rng.uniform(*along)] * size
    high += [rng.uniform(*across), rng.uniform(*along)] * size
    width, height = max(16, round(high[0] - low[0])), max(8, round(high[1] - low[1]))
    return Pose((quad - low).astype(np.float32), width, height)


def warp(pixels: Pixels, quad: NDArray[np.float32], pose: Pose) -> tuple[Pixels, NDArray[np.float64]]:
    """Return the crop ``(h, w, 3) uint8 RGB`` with ``quad`` moved to the pose, and the 3x3 homography of it.

    Large pictures are first reduced by area: the warp alone would alias. Beyond its edge a picture goes on
    as it ends: mirrored, it would show the signs twice.
    """
    shrink = float(np.ptp(pose.quad[:, 0])) / max(float(np.ptp(quad[:, 0])), 1.0)
    reduce = np.eye(3)
    if shrink < 0.7:
        factor = max(shrink * 1.25, 0.1)
        smaller = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        reduce = np.diag([smaller.shape[1] / pixels.shape[1], smaller.shape[0] / pixels.shape[0], 1.0])
        pixels = smaller.astype(np.uint8, copy=False)
    move = cv2.getPerspectiveTransform(cv2.perspectiveTransform(quad[None], reduce)[0], pose.quad)
    size = pose.width, pose.height
    crop = cv2.warpPerspective(pixels, move, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return crop.astype(np.uint8, copy=False), np.asarray(move @ reduce)
