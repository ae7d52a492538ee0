"""Runs the detector's network in torch over pictures of any size, as the runtime does with the exported
one.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import nn

from platewise.core.frame import Pixels
from platewise.train.detector_model import PAD, normalised
from platewise.vision.detectors.decode_grid import Floats, decode

TOGETHER = 8
"""So many pictures go through the network at once."""


class Found(NamedTuple):
    """The plates of a picture, best first, in its px: boxes ``(n, 4)``, quads ``(n, 4, 2)``, scores
    ``(n,)`` float32.
    """

    boxes: Floats
    quads: Floats
    scores: Floats


def letterboxed(pixels: Pixels, size: int) -> tuple[Pixels, float]:
    """Return the picture ``(H, W, 3) uint8 RGB`` in the corner of a grey square ``(size, size, 3)``, and
    its scale.
    """
    scale = size / max(pixels.shape[:2])
    width, height = round(pixels.shape[1] * scale), round(pixels.shape[0] * scale)
    canvas = np.full((size, size, 3), int(PAD), np.uint8)
    canvas[:height, :width] = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return canvas, scale


def detect(net: nn.Module, pictures: Sequence[Pixels], size: int, threshold: float) -> list[Found]:
    """Return the plates of pictures ``(H, W, 3) uint8 RGB``, each letterboxed to ``size`` px."""
    boxed = [letterboxed(pixels, size) for pixels in pictures]
    found = infer(net, [canvas for canvas, _ in boxed], threshold)
    return [Found(f.boxes / s, f.quads / s, f.scores) for f, (_, s) in zip(found, boxed, strict=True)]


def infer(net: nn.Module, squares: Sequence[Pixels], threshold: float) -> list[Found]:
    """Return the plates of pictures ``(S, S, 3) uint8 RGB`` of one size, S a multiple of 32."""
    return [found for start in range(0, len(squares), TOGETHER)
            for found in _together(net, squares[start : start + TOGETHER], threshold)]  # fmt: skip


def _together(net: nn.Module, squares: Sequence[Pixels], threshold: float) -> Iterator[Found]:
    device = next(net.parameters()).device
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
        grids = net(normalised(torch.from_numpy(np.stack(squares)).to(device)))
    p8, p16, p32 = (grid.float().cpu().numpy() for grid in grids)
    for i in range(len(squares)):
        yield Found(*decode(p8[i], p16[i], p32[i], threshold))
