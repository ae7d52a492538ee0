"""Quads and boxes.

Convention: pixels, x right, y down, pixel centres at half-integers, origin at the picture's top-left corner.
A **Quad** is ``(4, 2) float32``: the plate's own top-left, top-right, bottom-right, bottom-left.
A **box** is ``(x, y, width, height)``.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Quad: TypeAlias = npt.NDArray[np.float32]
Box: TypeAlias = tuple[float, float, float, float]


def as_quad(points: npt.ArrayLike) -> Quad:
    """Return the points as a Quad ``(4, 2) float32``; ValueError when there are not four finite points."""
    quad = np.asarray(points, np.float32)
    if quad.shape != (4, 2) or not np.isfinite(quad).all():
        raise ValueError(f"a quad is four finite [x, y] points, got shape {quad.shape}")
    return quad


def quad_of(box: Box) -> Quad:
    """Return the upright Quad ``(4, 2) float32`` px of a box."""
    x, y, w, h = box
    return np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float32)


def box_of(quad: Quad) -> Box:
    """Return the smallest upright box ``(x, y, w, h)`` px around a Quad ``(4, 2) float32``."""
    (x0, y0), (x1, y1) = quad.min(0), quad.max(0)
    return float(x0), float(y0), float(x1 - x0), float(y1 - y0)


def sides(quad: Quad) -> tuple[float, float]:
    """Return mean width and height in px of a Quad ``(4, 2) float32`` along its own edges."""
    top, right, bottom, left = (float(np.linalg.norm(quad[(i + 1) % 4] - quad[i])) for i in range(4))
    return (top + bottom) / 2, (right + left) / 2


def grow(quad: Quad, across: float, along: float) -> Quad:
    """Return the Quad ``(4, 2) float32``, wider by the share ``across`` and higher by the share ``along``."""
    right, down = (quad[1] + quad[2] - quad[0] - quad[3]) / 2, (quad[2] + quad[3] - quad[0] - quad[1]) / 2
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) / 2
    grown = quad + signs[:, :1] * right * across + signs[:, 1:] * down * along
    return np.asarray(grown, np.float32)


def turn(quad: Quad, degrees: float) -> Quad:
    """Return the Quad ``(4, 2) float32`` turned clockwise, as one sees it, around its middle."""
    angle, middle = np.deg2rad(degrees), quad.mean(0)
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray((quad - middle) @ matrix.T + middle, np.float32)


def iou(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return intersection over union ``(N, M) float32`` of boxes ``(N, 4)``, ``(M, 4)`` as x0, y0, x1, y1."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    both = np.clip(high - low, 0, None).prod(-1)
    one, other = (np.clip(x[:, 2:] - x[:, :2], 0, None).prod(-1) for x in (a, b))
    return np.asarray(both / np.maximum(one[:, None] + other[None] - both, 1e-9), np.float32)


def corners_box(box: Box) -> tuple[float, float, float, float]:
    """Return x0, y0, x1, y1 of a box ``(x, y, w, h)``."""
    return box[0], box[1], box[0] + box[2], box[1] + box[3]
