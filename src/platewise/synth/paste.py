"""Pastes a drawn plate into a picture at known corners, so that it looks as if it had been there.

Geometry follows `platewise.core.geometry`: pixel centres at half-integers. OpenCV counts from pixel
centres, so each matrix is shifted by half a pixel on its way into it (`warp`).
"""

import math
from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad, as_quad, sides
from platewise.synth.plates import DrawnPlate

Matrix: TypeAlias = npt.NDArray[np.float64]

YAW, PITCH, ROLL = math.radians(20), math.radians(11), math.radians(6)
"""Standard deviations of a plate's attitude towards the camera."""
CAMERA = 3.0
"""Distance of the camera in plate widths: how strong the perspective is."""
MARGINS = (0.0, 0.0, 0.02, 0.06, 0.12)
"""How much of the plate's surround is pasted with it, as a share of its width."""
TRIES, WORST_FIT = 8, 0.45
"""`fitting` tries so many plates; a log ratio of aspects beyond that hides nothing properly."""

_HALF = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
_UNHALF = np.linalg.inv(_HALF)


def project(matrix: Matrix, points: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Return points ``(n, 2) float32`` px moved by a homography ``(3, 3) float64``."""
    moved = np.column_stack([np.asarray(points, np.float64), np.ones(len(np.asarray(points)))]) @ matrix.T
    return (moved[:, :2] / moved[:, 2:]).astype(np.float32)


def homography(source: Quad, target: Quad) -> Matrix:
    """Return the homography ``(3, 3) float64`` that moves one Quad ``(4, 2) float32`` onto another."""
    return cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32)).astype(
        np.float64
    )


def warp(pixels: Pixels, matrix: Matrix, size: tuple[int, int], fill: int | None = None) -> Pixels:
    """Return the picture ``(H, W, 3) uint8 RGB`` moved by a homography ``(3, 3) float64`` into ``size``
    (width, height).

    Outside the picture is the grey ``fill``, or, without one, the picture's edge drawn out.
    """
    mode = cv2.BORDER_REPLICATE if fill is None else cv2.BORDER_CONSTANT
    return cv2.warpPerspective(  # type: ignore[return-value]
        pixels,
        _UNHALF @ matrix @ _HALF,
        size,
        flags=cv2.INTER_LINEAR,
        borderMode=mode,
        borderValue=[fill or 0] * 3,
    )


def pose(rng: np.random.Generator, plate: DrawnPlate, spread: float = 1.0) -> Quad:
    """Return the plate's Quad ``(4, 2) float32`` as a camera sees it, turned at random, its middle near
    (0, 0).
    """
    width, height = sides(plate.quad)
    yaw, pitch, roll = rng.normal(0, 1, 3) * (YAW, PITCH, ROLL) * spread
    yaw, pitch = float(np.clip(yaw, -1.2, 1.2)), float(np.clip(pitch, -1.0, 1.0))
    (cy, sy), (cp, sp), (cr, sr) = ((math.cos(a), math.sin(a)) for a in (yaw, pitch, roll))
    around_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    around_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    around_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    flat = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) * (width / 2, height / 2, 0)
    turned = flat @ (around_z @ around_x @ around_y).T
    near = CAMERA * width / (turned[:, 2:] + CAMERA * width)
    return as_quad(turned[:, :2] * near)


def fitting(
    rng: np.random.Generator, draw: Callable[[], DrawnPlate], quad: Quad, turn: float = 0.0
) -> tuple[DrawnPlate, Quad] | None:
    """Return a drawn plate and the Quad that hides what is in the upright box of ``quad``, or None if
    none fits.

    Of some plates in random poses, turned by ``turn`` radians, the one whose projected aspect comes
    nearest wins.
    """
    low, high = quad.min(0), quad.max(0)
    wanted = float(np.log((high - low)[0] / (high - low)[1]))
    best: tuple[float, DrawnPlate, Quad] | None = None
    back = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]], np.float32)
    for _ in range(TRIES):
        plate = draw()
        posed = pose(rng, plate) @ back
        extent = np.ptp(posed, axis=0)
        error = abs(float(np.log(extent[0] / extent[1])) - wanted)
        if best is None or error < best[0]:
            best = error, plate, posed
    if best is None or best[0] > WORST_FIT:
        return None
    _, plate, posed = best
    scale = (high - low) / np.ptp(posed, axis=0) * rng.uniform(1.03, 1.18)
    centred = posed - (posed.min(0) + posed.max(0)) / 2
    return plate, (centred * scale + (low + high) / 2).astype(np.float32)


def paste(
    rng: np.random.Generator,
    scene: Pixels,
    quad: Quad,
    plate: DrawnPlate,
    blur: float = 0.0,
    light: float | None = None,
) -> bool:
    """Draw the plate into the scene ``(H, W, 3) uint8 RGB`` in place, its corners on the Quad ``(4, 2)
    float32`` px.

    ``light`` is a factor on the drawing; without it the light is taken from what is covered. Return
    False, with the scene untouched, where nothing of the plate would be seen.
    """
    pixels, corners = _shrunk(plate, quad)
    matrix = homography(corners, quad)
    outer = project(matrix, _with_margin(corners, pixels, float(rng.choice(MARGINS))))
    height, width = scene.shape[:2]
    x0, y0 = np.maximum(np.floor(outer.min(0) - 3), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(outer.max(0) + 3), (width, height)).astype(int)
    if x1 - x0 < 4 or y1 - y0 < 3:
        return False
    size = (int(x1 - x0), int(y1 - y0))
    shift = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1.0]])
    mask = _mask(outer - (x0, y0), size)
    if int((mask > 128).sum()) < 8:
        return False
    under = scene[y0:y1, x0:x1]
    drawn = warp(pixels, shift @ matrix, size).astype(np.float32)
    lit: npt.NDArray[np.floating] = (
        _matched(rng, drawn, under, mask > 128) if light is None else drawn * light
    )
    if rng.random() < 0.3:
        left, right = rng.uniform(0.6, 1.2, 2)
        lit = lit * np.linspace(left, right, size[0])[None, :, None]
    if blur > 0.3:
        lit = cv2.GaussianBlur(lit, (0, 0), blur).astype(np.float64)
    share = cv2.GaussianBlur(mask, (0, 0), 0.6 + blur / 2).astype(np.float32)[..., None] / 255
    under[:] = np.clip(under + (lit - under) * share, 0, 255).astype(np.uint8)
    return True


def _shrunk(plate: DrawnPlate, quad: Quad) -> tuple[Pixels, Quad]:
    """Return the plate's pixels and Quad, made smaller first where the target is small (else it would
    alias).
    """
    ratio = sides(quad)[0] / sides(plate.quad)[0]
    if ratio >= 0.7:
        return plate.pixels, plate.quad
    height, width = plate.pixels.shape[:2]
    size = max(4, round(width * ratio * 1.3)), max(4, round(height * ratio * 1.3))
    small: Pixels = cv2.resize(plate.pixels, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return small, (plate.quad * (size[0] / width, size[1] / height)).astype(np.float32)


def _with_margin(corners: Quad, pixels: Pixels, share: float) -> npt.NDArray[np.float32]:
    """Return the plate's corners ``(4, 2) float32`` with a margin, as far as the drawing has one."""
    height, width = pixels.shape[:2]
    room = share * sides(corners)[0]
    moved = corners + np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * room
    return np.clip(moved, 0, (width, height)).astype(np.float32)


def _mask(outline: npt.NDArray[np.float32], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    mask = np.zeros((size[1], size[0]), np.uint8)
    points = np.round((outline - 0.5) * 16).astype(np.int32)
    cv2.fillConvexPoly(mask, points, 255, cv2.LINE_AA, 4)
    return mask


def _matched(
    rng: np.random.Generator,
    drawn: npt.NDArray[np.float32],
    under: Pixels,
    mask: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float32]:
    """Return the drawing with the light of what it covers: brightness always, tint and black level at
    times.
    """
    below, above = under[mask].astype(np.float32).mean(0), drawn[mask].mean(0)
    gain = float(np.clip((below.mean() + 15) / (above.mean() + 15), 0.15, 1.6)) ** rng.uniform(0.5, 1)
    lit: npt.NDArray[np.float32] = drawn * np.float32(gain)
    if rng.random() < 0.5:
        lit = lit + ((below - below.mean()) - (above - above.mean()) * gain * 0.5) * 0.5
    if rng.random() < 0.5:
        lit = np.maximum(lit, np.float32(np.percentile(under[::2, ::2], 3) * 0.8))
    return lit
