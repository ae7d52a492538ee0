"""Plates from a YOLO network that others have exported to ONNX, of any of the three usual layouts.

``(N, 4 + classes, boxes)`` (versions 8, 9, 11): centre and size, then the classes' scores.
``(N, boxes, 5 + classes)`` (5, 7): the same with an objectness before the classes.
``(N, boxes, 6)`` (10, or exported with its own suppression): two corners, score, class.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels
from platewise.core.geometry import quad_of
from platewise.core.read import Detection
from platewise.errors import ModelError
from platewise.vision.detectors.decode_grid import suppress
from platewise.vision.session import OnnxModel

Floats: TypeAlias = npt.NDArray[np.float32]
Layout = Literal["v8", "v5", "end"]
LAYOUTS: Sequence[Layout] = ("v8", "v5", "end")
PAD = 114


class YoloOnnxDetector:
    """What the manifest's entry says of the model: ``layout`` (``v8``, ``v5`` or ``end``; needed), ``size``
    (side of the input px; the model's own, else 640), ``classes`` (numbers of those that are plates; all),
    ``threshold`` (0.35) and ``iou`` (0.45).
    """

    name = "yolo-onnx"

    def __init__(self, model: OnnxModel) -> None:
        """Take the loaded model; ModelError when it is not one input and one output of such a layout."""
        entry = model.entry
        if len(model.inputs) != 1 or entry.get("layout") not in LAYOUTS:
            raise ModelError(
                f"model {entry.get('file')} needs one input and, in its manifest, "
                f"a layout of {', '.join(LAYOUTS)}"
            )
        self._model, self._layout = model, entry["layout"]
        fixed = model.shapes[0][2] if len(model.shapes[0]) == 4 else None
        self._side = int(entry.get("size") or (fixed if isinstance(fixed, int) else 640))
        self._classes = entry.get("classes")
        self._threshold, self._iou = float(entry.get("threshold", 0.35)), float(entry.get("iou", 0.45))

    def detect(self, pixels: Pixels) -> list[Detection]:
        """Return the plates of a picture ``(H, W, 3) uint8 RGB``, best score first, overlaps removed."""
        planes, scale = boxed(pixels, self._side)
        rows = np.asarray(self._model.run(planes, self._model.outputs[:1])[0][0], np.float32)
        boxes, scores = self._plates(rows)
        sure = scores >= self._threshold
        boxes, scores = boxes[sure] / np.float32(scale), scores[sure]
        boxes = np.clip(boxes, 0, np.tile(np.array(pixels.shape[1::-1], np.float32), 2))
        kept = [i for i in suppress(boxes, scores, self._iou) if (boxes[i, 2:] - boxes[i, :2] >= 1).all()]
        return [Detection(quad_of(_box(boxes[i])), min(1.0, float(scores[i]))) for i in kept]

    def _plates(self, rows: Floats) -> tuple[Floats, Floats]:
        """Return boxes ``(n, 4)`` as corners, px of the input, and scores ``(n,)``."""
        if self._layout == "end":
            wanted = np.isin(rows[:, 5].round(), self._classes) if self._classes else np.ones(len(rows), bool)
            return rows[:, :4], rows[:, 4] * wanted
        if self._layout == "v8":
            rows = rows.T
        first = 4 if self._layout == "v8" else 5
        classes = rows[:, first:] if self._classes is None else rows[:, first:][:, self._classes]
        scores = classes.max(1) if self._layout == "v8" else classes.max(1) * rows[:, 4]
        half = rows[:, 2:4] / 2
        return np.concatenate([rows[:, :2] - half, rows[:, :2] + half], 1), scores


def boxed(pixels: Pixels, side: int) -> tuple[Floats, float]:
    """Return a picture ``(H, W, 3) uint8 RGB`` as ``(1, 3, side, side) float32`` in [0, 1], and its scale.

    It lies top left, on grey.
    """
    scale = side / max(pixels.shape[:2])
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    canvas = np.full((side, side, 3), PAD, np.uint8)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas[: size[1], : size[0]] = cv2.resize(pixels, size, interpolation=way)
    return canvas.transpose(2, 0, 1)[None].astype(np.float32) / np.float32(255), scale


def _box(corners: Floats) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = corners.tolist()
    return x0, y0, x1 - x0, y1 - y0
