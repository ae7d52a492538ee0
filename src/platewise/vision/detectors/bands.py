"""The band that the signs of one line fill, between two fitted lines, and its upright picture.

The way of the ``haar`` pipeline: binarise, take what is shaped like signs, fit the upper and the lower bound
by RANSAC, straighten what lies between.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad
from platewise.errors import MissingExtra

Grey: TypeAlias = npt.NDArray[np.uint8]
Matrix: TypeAlias = npt.NDArray[np.float64]
Line: TypeAlias = tuple[float, float]
"""Slope and height at x = 0, px."""

WIDTH, HEIGHT = 208, 48
"""The size of a straightened strip, px."""
TOP, BOTTOM = 10, 38
"""The rows on which the upper and the lower bound of the signs come to lie."""
SIGN = 0.645
"""Height of the signs as a share of a Chinese plate's."""
BOX, BOUND = (60, 140, 230), (230, 50, 40)
"""Colours of sign-like things and of fitted lines in pictures of the steps."""
FEWEST = 4
"""A band has so many signs at least."""
STEEPEST = 0.35


@dataclass(frozen=True, slots=True)
class Band:
    """Two lines in a picture, and ``x`` px where the middle of the plate may be."""

    upper: Line
    lower: Line
    x: float

    @property
    def height(self) -> float:
        """Height of the signs at the middle, px."""
        return _at(self.lower, self.x) - _at(self.upper, self.x)


def strip_matrix(band: Band) -> Matrix:
    """Return the homography ``(3, 3) float64`` from the strip's px to the picture's."""
    reach = WIDTH / 2 / (BOTTOM - TOP) * band.height
    ends = (band.x - reach, band.x + reach)
    target = [(x, _at(line, x)) for line in (band.upper, band.lower) for x in ends]
    source = [(x, y) for y in (TOP, BOTTOM) for x in (0, WIDTH)]
    return cv2.getPerspectiveTransform(np.array(source, np.float32), np.array(target, np.float32)).astype(
        np.float64
    )


def straightened(pixels: Pixels, band: Band) -> Pixels:
    """Return the strip ``(48, 208, 3) uint8 RGB`` of a picture ``(H, W, 3)``: signs of one height."""
    strip = cv2.warpPerspective(
        pixels,
        strip_matrix(band),
        (WIDTH, HEIGHT),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return strip.astype(np.uint8, copy=False)


def plate_quad(band: Band, left: float, right: float) -> Quad:
    """Return the plate ``(4, 2) float32`` px of the picture, from its left and right edge in strip px."""
    margin = (BOTTOM - TOP) * (1 / SIGN - 1) / 2
    corners = [(left, TOP - margin), (right, TOP - margin), (right, BOTTOM + margin), (left, BOTTOM + margin)]
    moved = cv2.perspectiveTransform(np.array([corners], np.float32), strip_matrix(band))
    return np.asarray(moved[0], np.float32)


def find_band(grey: Grey, height: float) -> tuple[Band, int] | None:
    """Return the best band of a region ``(h, w) uint8`` and the number of its signs, None when it has none.

    ``height`` px is about that of the plate.
    """
    fitted = [(fit(boxes), binary) for binary, boxes in binarised(grey, height)]
    bands = [band for band, _ in fitted if band is not None]
    return max(bands, key=lambda found: found[1], default=None)


def binary_shown(grey: Grey, height: float) -> Pixels:
    """Return the binary picture ``(h, w, 3) uint8 RGB`` of a region ``(h, w) uint8`` with most that is like
    signs: boxes around that, and the two lines of its band, where it has one.
    """
    tries = [(fit(boxes), binary, boxes) for binary, boxes in binarised(grey, height)]
    found, binary, boxes = max(tries, key=lambda tried: tried[0][1] if tried[0] else 0)
    shown = cv2.cvtColor(binary, cv2.COLOR_GRAY2RGB)
    for x, y, w, h in boxes.round().astype(int).tolist():
        cv2.rectangle(shown, (x, y), (x + w, y + h), BOX, 1)
    if found:
        for line in (found[0].upper, found[0].lower):
            ends = [(x, round(_at(line, x))) for x in (0, grey.shape[1])]
            cv2.line(shown, ends[0], ends[1], BOUND, 2)
    return shown.astype(np.uint8, copy=False)


def binarised(grey: Grey, height: float) -> Iterator[tuple[Grey, npt.NDArray[np.float32]]]:
    """Yield binary pictures ``(h, w) uint8``, bright signs and dark ones, with the boxes of what is like
    signs: ``(n, 4) float32`` x, y, w, h px.
    """
    block = max(3, round(height * 0.8) | 1)
    for picture in (grey, 255 - grey):
        for offset in (-4, -18):
            binary = cv2.adaptiveThreshold(
                picture, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, block, offset
            ).astype(np.uint8, copy=False)
            stats = cv2.connectedComponentsWithStats(binary)[2][1:, :4].astype(np.float32)
            w, h = stats[:, 2], stats[:, 3]
            like = (h > 0.3 * height) & (h < 1.0 * height) & (w < 1.1 * h) & (w > 0.08 * h)
            yield binary, stats[like]


def fit(boxes: npt.NDArray[np.float32]) -> tuple[Band, int] | None:
    """Return the band of boxes ``(n, 4) float32`` and how many of them lie in it."""
    if len(boxes) < FEWEST:
        return None
    middle = boxes[:, 0] + boxes[:, 2] / 2
    tallest = float(np.median(boxes[:, 3]))
    upper = _ransac(np.stack([middle, boxes[:, 1]], 1), 0.12 * tallest)
    lower = _ransac(np.stack([middle, boxes[:, 1] + boxes[:, 3]], 1), 0.12 * tallest)
    if upper is None or lower is None:
        return None
    both = upper[1] & lower[1]
    if both.sum() < FEWEST:
        return None
    band = Band(upper[0], lower[0], float((middle[both].min() + middle[both].max()) / 2))
    return (band, int(both.sum())) if 0.5 * tallest < band.height < 1.5 * tallest else None


def _ransac(points: npt.NDArray[np.float32], reach: float) -> tuple[Line, npt.NDArray[np.bool_]] | None:
    """Return the line through most of the points ``(n, 2) float32``, and which of them."""
    fitting = measure()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "no inliers found" is an answer, not a fault
        model, inside = fitting.ransac(
            points, fitting.LineModelND, min_samples=2, residual_threshold=reach, max_trials=40, rng=0
        )
    if model is None or inside is None:
        return None
    (x, y), (dx, dy) = model.origin, model.direction
    if abs(dy) > STEEPEST * abs(dx):
        return None
    return (float(dy / dx), float(y - x * dy / dx)), np.asarray(inside, np.bool_)


def measure() -> Any:
    """Return scikit-image's module of fitting; MissingExtra without it."""
    try:
        from skimage import measure
    except ModuleNotFoundError as error:
        raise MissingExtra("the haar pipeline (scikit-image)", "classic") from error
    return measure


def _at(line: Line, x: float) -> float:
    return line[0] * x + line[1]
