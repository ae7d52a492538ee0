"""Photographs drawn plates, and real crops once more: the pictures that a recogniser is trained on."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from platewise.synth import light, sensor
from platewise.synth.canvas import Pixels
from platewise.synth.light import Rng, to_float
from platewise.synth.plates import DrawnPlate
from platewise.synth.pose import Pose, random_pose, warp

SIZE = (160, 48)


def photograph(
    rng: Rng, plate: DrawnPlate, size: tuple[int, int] = SIZE, strength: float = 1.0
) -> tuple[Pixels, NDArray[np.float32]]:
    """Return the crop ``(size[1], size[0], 3) uint8 RGB`` of a bad camera, and each sign's place in it.

    The places ``(n, 2) float32`` are (x, y) as shares of the crop, 0 to 1 where they lie inside.
    ``strength`` scales how likely and how large the faults are; 0 gives a clean crop.
    """
    shot = snapshot(rng, plate, strength)
    height, width = shot.pixels.shape[:2]
    places = (shot.centres / [width, height]).astype(np.float32)
    return sensor.fit(rng, shot.pixels, size), places


def snapshot(rng: Rng, plate: DrawnPlate, strength: float = 1.0) -> DrawnPlate:
    """Return the plate as a detector cuts it from a bad camera's picture, at its own size, and its truth.

    Corners and centres may lie outside of the pixels: careless cuts are part of it.
    """
    quad = plate.quad
    aspect = float((quad[1, 0] - quad[0, 0]) / (quad[3, 1] - quad[0, 1]))
    pose = random_pose(rng, aspect, strength)
    crop, move = warp(plate.pixels, quad, pose)
    pixels = _develop(rng, crop, pose, strength)
    scale = np.float32(pixels.shape[1] / pose.width), np.float32(pixels.shape[0] / pose.height)
    moved = cv2.perspectiveTransform(plate.centres[None], move)[0]
    return replace(plate, pixels=pixels, quad=pose.quad * scale, centres=(moved * scale).astype(np.float32))


def snapshots(plates: Iterable[DrawnPlate], seed: int) -> Iterator[DrawnPlate]:
    """Yield a snapshot of each plate; the same seed gives the same ones."""
    for i, plate in enumerate(plates):
        yield snapshot(np.random.default_rng((seed, i)), plate)


def rephotograph(
    rng: Rng,
    pixels: Pixels,
    quad: NDArray[np.float32] | None,
    size: tuple[int, int] = SIZE,
    strength: float = 1.0,
) -> Pixels:
    """Return a real picture ``(h, w, 3) uint8 RGB`` anew as a crop ``(size[1], size[0], 3)``, milder.

    ``quad (4, 2) float32`` px are the plate's corners in a scene; None: all is the plate's crop.
    """
    bare = quad is None
    corners = _corners(0, 0, pixels.shape[1], pixels.shape[0]) if quad is None else quad
    pixels, corners = _near(pixels, corners)
    if rng.random() < 0.4:
        corners = _upright(corners)
    pose = _milder_pose(rng, corners, bare, strength)
    crop = to_float(warp(pixels, corners, pose)[0])
    if rng.random() < 0.7 * strength:
        gain, middle = np.float32(rng.uniform(0.6, 1.25)), np.float32(0.5 + rng.normal(0, 0.08))
        crop = np.asarray((crop - np.float32(0.5)) * gain + middle, np.float32)
    if rng.random() < 0.4 * strength:
        crop = np.asarray(np.clip(crop, 0, 1) ** np.float32(rng.uniform(0.65, 1.5)), np.float32)
    if rng.random() < 0.5 * strength:
        crop = light.tint(rng, crop, strength * 0.7)
    crop = sensor.blur(rng, crop, 0.45 * strength, pose.width)
    if rng.random() < 0.4 * strength:
        crop = sensor.noise(rng, crop, 0.02)
    again = sensor.expose_sensor(crop)
    if rng.random() < 0.35 * strength:
        again = sensor.jpeg(rng, again, low=35)
    return sensor.fit(rng, again, size)


def _develop(rng: Rng, crop: Pixels, pose: Pose, strength: float) -> Pixels:
    """Return the warped plate as light, lens, sensor and file leave it."""
    scene = light.illuminate(rng, to_float(crop), pose.quad, strength)
    scene = light.keep_contrast(scene, pose.quad)
    width = float(np.ptp(pose.quad[:, 0]))
    scene = sensor.blur(rng, scene, 0.7 * strength, width)
    if rng.random() < 0.22 * strength:
        scene = sensor.motion(rng, scene, width)
    if rng.random() < 0.6 * strength:
        scene = sensor.noise(rng, scene, 0.025)
    pixels = sensor.expose_sensor(scene)
    if rng.random() < 0.15 * strength:
        pixels = sensor.sharpen(rng, pixels)
    if rng.random() < 0.6 * strength:
        pixels = sensor.jpeg(rng, pixels)
    if rng.random() < 0.12 * strength:
        pixels = sensor.resample(rng, pixels)
    return pixels


def _upright(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the corners of the upright box round the quad: a crop that keeps the slant of its plate."""
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return _corners(x0, y0, x1, y1)


def _near(pixels: Pixels, corners: NDArray[np.float32]) -> tuple[Pixels, NDArray[np.float32]]:
    """Return the part of a scene round the plate, and the corners in it: whole scenes are slow to reduce."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    x0, y0 = np.maximum(low - (high - low), 0).astype(int)
    x1, y1 = (2 * high - low).astype(int) + 1
    return pixels[y0:y1, x0:x1], corners - np.array([x0, y0], np.float32)


def _corners(x0: float, y0: float, x1: float, y1: float) -> NDArray[np.float32]:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def _milder_pose(rng: Rng, corners: NDArray[np.float32], bare: bool, strength: float) -> Pose:
    """Return a pose of nearly the picture's own size, slightly turned; a bare crop gives no margins."""
    width = float(np.linalg.norm(corners[1] - corners[0] + corners[2] - corners[3])) / 2
    height = float(np.linalg.norm(corners[3] - corners[0] + corners[2] - corners[1])) / 2
    low, high = (-0.03, 0.08) if bare else (-0.02, 0.13)
    size = np.clip(width * math.exp(rng.normal(0, 0.2)), 32, 280)
    box = np.array([size, max(10.0, size * height / width)])
    inset = rng.uniform(low, high, (2, 2)) * [1, 1.9] * box
    quad = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * box
    if rng.random() < 0.6 * strength:
        angle = math.radians(rng.normal(0, 2.5))
        middle = box / 2
        turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
        quad = (quad - middle) @ turn + middle + rng.normal(0, 0.012 * size, (4, 2)) * [1, 0.5]
        quad[:, 0] += rng.normal(0, 0.05) * (quad[:, 1] - middle[1])
    whole = np.maximum(box + inset.sum(axis=0), [16, 8])
    return Pose((quad + inset[0]).astype(np.float32), round(whole[0]), round(whole[1]))
