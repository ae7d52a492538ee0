"""Quad -> Crop: the plate seen from the front.

Convention as in ``core.geometry``: pixel centres at half-integers. OpenCV counts centres as whole numbers,
hence the shifts by half a px around its calls.
"""

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad, box_of, grow, sides
from platewise.vision.protocols import Crop

CLOSE, TIGHT = (0.07, 0.10), (0.0, 0.0)
"""What is shown around a plate as shares of its width and height, both sides together; a picture that is a
plate already shows all that it has.
"""
WIDEST = 320
"""Twice the recogniser's input: more px would only be averaged away."""
NARROWEST = 8

Matrix = npt.NDArray[np.float64]


def rectify(pixels: Pixels, quad: Quad, margin: tuple[float, float] = CLOSE) -> Crop:
    """Return the Crop of a Quad ``(4, 2) float32`` px of ``(H, W, 3) uint8 RGB``, at its scale up to a cap.

    ``margin`` is what the crop shows more than the Quad: shares of its width and height. What lies outside
    the picture repeats its edge.
    """
    grown = grow(quad, *margin)
    width, height = (max(side, NARROWEST) for side in sides(grown))
    shrink = min(1.0, WIDEST / max(width, height))
    size = (max(round(width * shrink), NARROWEST), max(round(height * shrink), NARROWEST))
    corners = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    to_frame = cv2.getPerspectiveTransform(corners, grown).astype(np.float64)
    source, to_source = (pixels, np.eye(3)) if shrink > 0.75 else _nearby(pixels, grown, shrink)
    to_crop = _shift(-0.5) @ np.linalg.inv(to_source @ to_frame) @ _shift(0.5)
    crop = cv2.warpPerspective(source, to_crop, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return Crop(crop.astype(np.uint8, copy=False), to_frame)


def framed(pixels: Pixels, quad: Quad | None) -> Crop:
    """Return a plate as most recognisers want it: flattened, or the whole picture where that is the plate."""
    return whole(pixels) if quad is None else rectify(pixels, quad)


def whole(pixels: Pixels) -> Crop:
    """Return a picture ``(H, W, 3) uint8 RGB`` that is a plate already as its own Crop."""
    return Crop(pixels, np.eye(3))


def _nearby(pixels: Pixels, quad: Quad, shrink: float) -> tuple[Pixels, Matrix]:
    """Return the part around a Quad, area-averaged, and the matrix ``(3, 3)`` from picture to part px.

    A warp picks single px; shrinking must average them first.
    """
    x, y, w, h = box_of(quad)
    left, top = (int(np.clip(v - 2, 0, n - 1)) for v, n in ((x, pixels.shape[1]), (y, pixels.shape[0])))
    part = pixels[top : max(int(y + h) + 3, top + 1), left : max(int(x + w) + 3, left + 1)]
    size = (max(round(part.shape[1] * shrink), 1), max(round(part.shape[0] * shrink), 1))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    across, down = size[0] / part.shape[1], size[1] / part.shape[0]
    return small.astype(np.uint8, copy=False), np.diag([across, down, 1.0]) @ _shift(-left, -top)


def _shift(x: float, y: float | None = None) -> Matrix:
    return np.array([[1, 0, x], [0, 1, x if y is None else y], [0, 0, 1]], np.float64)
