"""How sharp a plate is in a frame."""

import cv2

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad
from platewise.vision.recognizers.onnx_slots import stretch
from platewise.vision.rectify import rectify

HALF = 0.07
"""Variance of the Laplacian over variance of grey at which a plate counts half."""


def sharpness(pixels: Pixels, quad: Quad) -> float:
    """Return in [0, 1) how sharp the plate at a Quad ``(4, 2) float32`` px of ``(H, W, 3) uint8 RGB`` is."""
    grey = cv2.cvtColor(stretch(rectify(pixels, quad).pixels), cv2.COLOR_RGB2GRAY)
    edges = float(cv2.Laplacian(grey, cv2.CV_32F).var()) / max(float(grey.var()), 1.0)
    return edges / (edges + HALF)
