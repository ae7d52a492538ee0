"""The shipped detector: one small net over the whole picture, and over tiles where plates may be tiny."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels
from platewise.core.read import Detection
from platewise.settings import Settings
from platewise.vision.detectors.decode_grid import decode, join
from platewise.vision.session import OnnxModel, open_model

Floats = npt.NDArray[np.float32]

OUTPUTS = ["p8", "p16", "p32"]
PAD = 114
MULTIPLE = 32


@dataclass(frozen=True, slots=True)
class GridTuning:
    """Lengths are px of the net's input unless they say picture px.

    A picture with a side over ``wide_from`` picture px is shrunk to ``wide``, a smaller one to ``small``;
    none is enlarged. An ``overview`` of that size adds plates wider than ``large``: the net was trained on
    smaller ones and sees parts of them in the first look. Of two of which the share ``inside`` is one and
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
        looks = [self._pass(pixels, scale)]
        while scale < closest and self._unsure(looks, scale):
            scale = min(2 * scale, closest)
            looks += self._tiles(pixels, scale)
        looks.append(self._overview(pixels))
        boxes, quads, scores = (np.concatenate(part) for part in zip(*looks, strict=True))
        keep = join(boxes, scores, tuning.iou, tuning.inside)
        return [Detection(quads[i], float(scores[i])) for i in keep]

    def _overview(self, pixels: Pixels) -> tuple[Floats, Floats, Floats]:
        """Return the large plates that a very small copy of the picture shows, as ``_pass`` does."""
        scale = min(1.0, self.tuning.overview / max(pixels.shape[:2]))
        boxes, quads, scores = self._pass(pixels, scale)
        large = (boxes[:, 2] - boxes[:, 0]) * scale >= self.tuning.large
        return boxes[large], quads[large], scores[large]

    def _pass(self, pixels: Pixels, scale: float) -> tuple[Floats, Floats, Floats]:
        """Return boxes ``(n, 4)`` as corners, quads ``(n, 4, 2)``, scores ``(n,)``: float32 px."""
        batch = letterbox(pixels, scale)[None]
        p8, p16, p32 = (grid[0] for grid in self._model.run(batch, OUTPUTS))
        boxes, quads, scores = decode(p8, p16, p32, self.tuning.threshold, self.tuning.iou)
        real: Floats = np.divide(pixels.shape[1::-1], _shrunk(pixels, scale)).astype(np.float32)
        return boxes * np.tile(real, 2), quads * real, scores

    def _unsure(self, looks: Sequence[tuple[Floats, Floats, Floats]], scale: float) -> bool:
        """Tell whether no look has shown a sure plate that is wider than tiny at a scale."""
        return not any(
            ((boxes[:, 2] - boxes[:, 0] > self.tuning.tiny / scale) & (scores >= self.tuning.sure)).any()
            for boxes, _, scores in looks
        )

    def _tiles(self, pixels: Pixels, scale: float) -> Iterator[tuple[Floats, Floats, Floats]]:
        height, width = pixels.shape[:2]
        for x, y, side in tiles(width, height, self.tuning.tile / scale, self.tuning.overlap):
            part = pixels[y : y + side, x : x + side]
            boxes, quads, scores = self._pass(part, scale)
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
    width, height = (int(v) for v in _shrunk(pixels, scale))
    padded_height, padded_width = (-(-v // MULTIPLE) * MULTIPLE for v in (height, width))
    canvas = np.full((padded_height, padded_width, 3), PAD, np.uint8)
    canvas[:height, :width] = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return canvas


def _shrunk(pixels: Pixels, scale: float) -> npt.NDArray[np.int64]:
    """Return width and height in px, whole, of a picture at a scale."""
    return np.maximum(np.rint(np.array(pixels.shape[1::-1]) * scale), 1).astype(np.int64)
