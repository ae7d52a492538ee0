"""Makes the plates of a picture unreadable."""

from collections.abc import Iterable
from typing import Literal

import cv2
import numpy as np

from platewise.core.frame import Frame, Pixels
from platewise.core.geometry import Quad, grow
from platewise.vision.protocols import Detector, Pipeline

How = Literal["blur", "fill"]
HOWS: tuple[How, ...] = ("blur", "fill")
MARGIN = 0.2
"""How much wider and higher than the plate the hidden place is, as a share: corners are never exact."""


def places(pipeline: Pipeline, frame: Frame) -> list[Quad]:
    """Return where plates may be, as Quads ``(4, 2) float32`` px.

    All that the detector finds counts, the doubtful and the unreadable too: to hide a lamp costs nothing, to
    show a plate does. A pipeline that has no detector gives the places of its reads.
    """
    detector = getattr(pipeline, "detector", None)
    if isinstance(detector, Detector):
        return [found.quad for found in detector.detect(frame.pixels)]
    return [read.quad for read in pipeline(frame)]


def redact(pixels: Pixels, quads: Iterable[Quad], how: How = "blur", margin: float = MARGIN) -> Pixels:
    """Return a copy of a picture ``(H, W, 3) uint8 RGB`` without what is at the Quads ``(4, 2) float32`` px.

    'blur' leaves a few soft spots, each the mean of a square as high as the plate, wider than a sign: nothing
    that could be sharpened again. 'fill' leaves the plate's middle colour.
    """
    canvas = pixels.copy()
    for quad in quads:
        _hide(canvas, grow(quad, margin, margin), how)
    return canvas


def _hide(canvas: Pixels, quad: Quad, how: How) -> None:
    """Hide what is at a Quad ``(4, 2) float32`` px of a canvas ``(H, W, 3) uint8 RGB``, in place."""
    height, width = canvas.shape[:2]
    low = np.clip(np.floor(quad.min(0)), 0, (width, height)).astype(int)
    high = np.clip(np.ceil(quad.max(0)), 0, (width, height)).astype(int)
    part = canvas[low[1] : high[1], low[0] : high[0]]
    if not part.size:
        return
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.rint(quad - low).astype(np.int32), 255)
    part[mask > 0] = _soft(part)[mask > 0] if how == "blur" else np.median(part[mask > 0], axis=0)


def _soft(part: Pixels) -> Pixels:
    """Return a plate's place ``(h, w, 3) uint8 RGB`` as its means over squares as high as itself, joined."""
    height, width = part.shape[:2]
    spots = max(1, width // max(height, 1)), 1
    small = cv2.resize(part, spots, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
