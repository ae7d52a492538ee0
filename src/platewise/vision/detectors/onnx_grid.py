"""The shipped detector: one small net over the whole picture, and over tiles where plates may be tiny."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels
from platewise.core.read import Detection
from platewise.settings import Settings
from platewise.vision.detectors.decode_grid import decode, join
from platewise.vision.session import OnnxModel, open_model

Floats = npt.NDArray[np.float32]
Found: TypeAlias = tuple[Floats, Floats, Floats]
"""Boxes ``(n, 4)`` as corners, quads ``(n, 4, 2)``, scores ``(n,)``: float32 px."""

OUTPUTS = ["p8", "p16", "p32"]
PAD = 114
MULTIPLE = 32


@dataclass(frozen=True, slots=True)
class GridTuning:
    """Lengths are px of the net's input unless they say picture px.

    A picture with a side over ``wide_from`` picture px is shrunk to ``wide``, a smaller one to ``small``;
    none is enlarged. An ``overview`` of that size adds plates wider than ``large``: the net was trained on
    smaller ones and sees parts of them in the first look. It is left out where the first look shows a sure
    plate and nothing that is ``nearly`` that large. Of two of which the share ``inside`` is one and
    the same place, the better stays. While no plate of score ``sure`` or more is wider than ``tiny``, the
    next look is twice as close, in tiles of the side ``tile`` with the share ``overlap``, until the whole
    picture has taken ``most`` px of input.
    """

    threshold: float = 0.35
    iou: float = 0.45
    small: int = 384
    wide: int = 512
    wide_from: int = 720
    overview: int = 192
    large: float = 44.0
    nearly: float = 0.75
    inside: float = 0.7
    sure: float = 0.6
    tiny: float = 24.0
    tile: int = 1024
    overlap: float = 0.25
    most: int = 4_000_000


class OnnxGridDetector:
    """Scores, boxes and corners on three grids; see ``decode_grid`` for the layout."""

    name = "onnx-grid"

    def __init__(self, model: OnnxModel, tuning: GridTuning | None = None) -> None:
        """Take the loaded model; ModelError when it is of another contract."""
        self._model = model.expect(["image"], OUTPUTS)
        self.tuning = tuning or GridTuning()

    @classmethod
    def from_settings(cls, settings: Settings) -> "OnnxGridDetector":
        """Return the detector with the weights named ``detector``."""
        return cls(open_model("detector", settings))

    def detect(self, pixels: Pixels) -> list[Detection]:
        """Return the plates of a picture ``(H, W, 3) uint8 RGB``, best score first, overlaps removed."""
        tuning = self.tuning
        scale = first_scale(max(pixels.shape[:2]), tuning)
        closest = min(1.0, math.sqrt(tuning.most / (pixels.shape[0] * pixels.shape[1])))
        small = shrunk(pixels, scale)
        found = [first := self._pass(small)]
        if self._maybe_large(first, small):
            found.append(self._overview(small))
        looks = [_enlarged(look, small, pixels) for look in found]
        while scale < closest and self._unsure(looks, scale):
            scale = min(2 * scale, closest)
            looks += self._tiles(pixels, scale)
        boxes, quads, scores = (np.concatenate(part) for part in zip(*looks, strict=True))
        keep = join(boxes, scores, tuning.iou, tuning.inside)
        return [Detection(quads[i], float(scores[i])) for i in keep]

    def _pass(self, pixels: Pixels) -> Found:
        """Return what the net sees in a picture ``(h, w, 3) uint8 RGB`` as large as it is."""
        p8, p16, p32 = (grid[0] for grid in self._model.run(letterbox(pixels, 1.0)[None], OUTPUTS))
        return decode(p8, p16, p32, self.tuning.threshold, self.tuning.iou)

    def _maybe_large(self, first: Found, small: Pixels) -> bool:
        """Tell whether what was found first in a picture ``(h, w, 3) uint8 RGB`` may be parts of a larger."""
        boxes, _, scores = first
        least = self.tuning.nearly * self.tuning.large * max(small.shape[:2]) / self.tuning.overview
        return not (scores >= self.tuning.sure).any() or bool((boxes[:, 2] - boxes[:, 0] >= least).any())

    def _overview(self, pixels: Pixels) -> Found:
        """Return the large plates that a very small copy of a picture ``(h, w, 3) uint8 RGB`` shows."""
        small = shrunk(pixels, min(1.0, self.tuning.overview / max(pixels.shape[:2])))
        boxes, quads, scores = self._pass(small)
        large = boxes[:, 2] - boxes[:, 0] >= self.tuning.large
        return _enlarged((boxes[large], quads[large], scores[large]), small, pixels)

    def _unsure(self, looks: Sequence[Found], scale: float) -> bool:
        """Tell whether no look has shown a sure plate that is wider than tiny at a scale."""
        return not any(
            ((boxes[:, 2] - boxes[:, 0] > self.tuning.tiny / scale) & (scores >= self.tuning.sure)).any()
            for boxes, _, scores in looks
        )

    def _tiles(self, pixels: Pixels, scale: float) -> Iterator[Found]:
        height, width = pixels.shape[:2]
        for x, y, side in tiles(width, height, self.tuning.tile / scale, self.tuning.overlap):
            part = pixels[y : y + side, x : x + side]
            small = shrunk(part, scale)
            boxes, quads, scores = _enlarged(self._pass(small), small, part)
            # A plate cut by a tile's inner edge is whole in its neighbour: they overlap by more than a plate.
            low, high = boxes[:, :2] + (x, y), boxes[:, 2:] + (x, y)
            inner = np.array([x + part.shape[1] < width, y + part.shape[0] < height])
            cut = ((boxes[:, :2] < 2) & (np.array([x, y]) > 0)).any(1)
            cut |= ((boxes[:, 2:] > np.array(part.shape[1::-1]) - 2) & inner).any(1)
            whole = ~cut
            shifted = np.concatenate([low, high], 1)[whole].astype(np.float32)
            yield shifted, (quads[whole] + (x, y)).astype(np.float32), scores[whole]


def first_scale(longest: int, tuning: GridTuning) -> float:
    """Return the scale at which the whole of a picture with that longest side (px) is looked at."""
    return min(1.0, (tuning.wide if longest > tuning.wide_from else tuning.small) / longest)


def tiles(width: int, height: int, side: float, overlap: float) -> list[tuple[int, int, int]]:
    """Return square tiles ``(x, y, side)`` px that cover a picture and overlap by that share."""
    whole = math.ceil(side)
    across, down = (_starts(length, whole, overlap) for length in (width, height))
    return [(x, y, whole) for y in down for x in across]


def _starts(length: int, side: int, overlap: float) -> list[int]:
    if length <= side:
        return [0]
    count = 1 + int(np.ceil((length - side) / (side * (1 - overlap))))
    return [round(i * (length - side) / (count - 1)) for i in range(count)]


def letterbox(pixels: Pixels, scale: float) -> Pixels:
    """Return the picture ``(H, W, 3) uint8 RGB`` scaled, top-left in a grey one with sides of 32 n px."""
    small = shrunk(pixels, scale)
    sides = tuple(-(-side // MULTIPLE) * MULTIPLE for side in small.shape[:2])
    if small.shape[:2] == sides:
        return small
    canvas = np.full((*sides, 3), PAD, np.uint8)
    canvas[: small.shape[0], : small.shape[1]] = small
    return canvas


def shrunk(pixels: Pixels, scale: float) -> Pixels:
    """Return a picture ``(H, W, 3) uint8 RGB`` at a scale of at most 1.

    Averaging over squares of whole px is many times faster than over broken ones: halve first.
    """
    width, height = (max(round(side * scale), 1) for side in pixels.shape[1::-1])
    while pixels.shape[1] >= 2 * width and pixels.shape[0] >= 2 * height:
        even = pixels[: pixels.shape[0] // 2 * 2, : pixels.shape[1] // 2 * 2]
        half = (even.shape[1] // 2, even.shape[0] // 2)
        pixels = cv2.resize(even, half, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    if pixels.shape[:2] == (height, width):
        return pixels
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _enlarged(found: Found, small: Pixels, pixels: Pixels) -> Found:
    """Return what was found in a small copy in px of the picture itself."""
    boxes, quads, scores = found
    real = np.divide(pixels.shape[1::-1], small.shape[1::-1]).astype(np.float32)
    return boxes * np.tile(real, 2), quads * real, scores
