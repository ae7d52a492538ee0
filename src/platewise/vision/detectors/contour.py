"""Finds plates by their outline: grey, smooth, edges, contours, the largest of them, those of four corners.

Two seeds read this way. It needs no training, and takes every bright or dark four-cornered thing of a plate's
shape for one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad, box_of, corners_box, sides
from platewise.core.read import Detection
from platewise.settings import Settings
from platewise.vision.detectors.decode_grid import suppress

Grey: TypeAlias = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class ContourTuning:
    """The numbers of the way; lengths are px of the resized picture.

    The picture is made ``width`` wide. ``smooth``: diameter and both sigmas of the bilateral filter.
    ``edges``: pairs of Canny's thresholds, each pair one try. The ``largest`` contours are looked at;
    ``corner`` is how exactly four corners must describe one, as a share of its perimeter. A plate is
    ``narrowest`` to ``widest`` times as wide as high, and at least the share ``strokes`` of it are edges over
    ``steep``, as signs make them. ``most`` plates are told.
    """

    width: int = 640
    smooth: tuple[int, int, int] = (11, 17, 17)
    edges: tuple[tuple[int, int], ...] = ((30, 200), (80, 160), (20, 70))
    largest: int = 40
    corner: float = 0.04
    narrowest: float = 1.2
    widest: float = 7.5
    lowest: float = 9.0
    steep: float = 120.0
    strokes: float = 0.05
    most: int = 3


class ContourDetector:
    """The largest contours with four corners, those first that hold most strokes."""

    name = "contour"

    def __init__(self, tuning: ContourTuning | None = None) -> None:
        """Take the numbers."""
        self.tuning = tuning or ContourTuning()

    @classmethod
    def from_settings(cls, settings: Settings) -> "ContourDetector":
        """Return the detector; there is nothing to set."""
        return cls()

    def detect(self, pixels: Pixels) -> list[Detection]:
        """Return the plates of a picture ``(H, W, 3) uint8 RGB``, best score first, overlaps removed."""
        grey, scale = self._prepared(pixels)
        smooth = cv2.bilateralFilter(grey, *self.tuning.smooth).astype(np.uint8, copy=False)
        found = [quad for edges in self._edges(smooth) for quad in self._plates(edges)]
        scored = [(quad, self._score(grey, quad)) for quad in found]
        return best_of([(q / scale, s) for q, s in scored if s > 0], self.tuning.most)

    def stages(self, pixels: Pixels) -> Iterator[tuple[str, Pixels]]:
        """Yield what each step makes of a picture ``(H, W, 3) uint8 RGB``, by name."""
        grey, scale = self._prepared(pixels)
        smooth = cv2.bilateralFilter(grey, *self.tuning.smooth).astype(np.uint8, copy=False)
        edges = next(self._edges(smooth))
        yield "grey", _coloured(grey)
        yield "bilateral", _coloured(smooth)
        yield "edges", _coloured(edges)
        yield "contours", _outlined(grey, self._largest(edges))
        yield "four-corners", _outlined(grey, [q.round().astype(np.int32) for q in self._plates(edges)])
        quads = [(d.quad * scale).round().astype(np.int32) for d in self.detect(pixels)]
        mask = cv2.fillPoly(np.zeros_like(grey), quads, 255)
        yield "mask", _coloured(np.asarray(cv2.bitwise_and(grey, grey, mask=mask), np.uint8))

    def _prepared(self, pixels: Pixels) -> tuple[Grey, float]:
        """Return the picture resized and grey, and its scale."""
        scale = self.tuning.width / pixels.shape[1]
        size = (self.tuning.width, max(1, round(pixels.shape[0] * scale)))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        grey = cv2.cvtColor(cv2.resize(pixels, size, interpolation=way), cv2.COLOR_RGB2GRAY)
        return grey.astype(np.uint8, copy=False), scale

    def _edges(self, smooth: Grey) -> Iterator[Grey]:
        for low, high in self.tuning.edges:
            yield cv2.Canny(smooth, low, high).astype(np.uint8, copy=False)

    def _largest(self, edges: Grey) -> list[npt.NDArray[np.int32]]:
        """Return the largest contours ``(n, 1, 2) int32`` px of an edge picture ``(h, w) uint8``."""
        contours, _ = cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        ordered = sorted(contours, key=lambda c: -cv2.contourArea(cv2.convexHull(c)))
        return [np.asarray(c, np.int32) for c in ordered[: self.tuning.largest]]

    def _plates(self, edges: Grey) -> Iterator[Quad]:
        """Yield the Quads ``(4, 2) float32`` px of contours that have four corners and a plate's shape."""
        for contour in self._largest(edges):
            hull = cv2.convexHull(contour)
            reach = self.tuning.corner * cv2.arcLength(hull, True)
            corners = cv2.approxPolyDP(hull, reach, True)
            if len(corners) == 4:
                quad = ordered(corners[:, 0].astype(np.float32))
                width, height = sides(quad)
                if self._fits(width, height):
                    yield quad

    def _fits(self, width: float, height: float) -> bool:
        tuning = self.tuning
        return height >= tuning.lowest and tuning.narrowest <= width / height <= tuning.widest

    def _score(self, grey: Grey, quad: Quad) -> float:
        """Return how much a Quad ``(4, 2) float32`` px of ``(h, w) uint8`` looks like a plate, in [0, 1]."""
        steep = np.abs(cv2.Sobel(flattened(grey, quad), cv2.CV_32F, 1, 0, ksize=3)) > self.tuning.steep
        share = float(steep.mean())
        return min(1.0, 0.5 + share) if share >= self.tuning.strokes else 0.0


def flattened(grey: Grey, quad: Quad) -> Grey:
    """Return what a Quad ``(4, 2) float32`` px shows of ``(h, w) uint8``, flat, ``(32, 128) uint8``."""
    corners = np.array([[0, 0], [128, 0], [128, 32], [0, 32]], np.float32)
    move = cv2.getPerspectiveTransform(quad, corners)
    return cv2.warpPerspective(grey, move, (128, 32)).astype(np.uint8, copy=False)


def ordered(corners: npt.NDArray[np.float32]) -> Quad:
    """Return four corners ``(4, 2) float32`` px in any order as a Quad: top left first, clockwise."""
    middle = corners.mean(0)
    angle = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    around = corners[np.argsort(angle)]
    first = int(around.sum(1).argmin())
    return np.roll(around, -first, 0).astype(np.float32)


def best_of(scored: list[tuple[Quad, float]], most: int) -> list[Detection]:
    """Return the best Quads ``(4, 2) float32`` px of those with their scores, none over a better one."""
    if not scored:
        return []
    boxes = np.array([corners_box(box_of(quad)) for quad, _ in scored], np.float32)
    scores = np.array([score for _, score in scored], np.float32)
    kept = suppress(boxes, scores, 0.3)[:most]
    return [Detection(scored[i][0].astype(np.float32), float(scores[i])) for i in kept]


def _coloured(grey: Grey) -> Pixels:
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)


def _outlined(grey: Grey, outlines: list[npt.NDArray[np.int32]]) -> Pixels:
    picture = _coloured(grey)
    cv2.polylines(picture, outlines, True, (230, 50, 40), 2)
    return picture
