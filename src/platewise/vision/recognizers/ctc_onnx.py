"""Plate texts from a network of others in ONNX: one that answers column by column (CTC), or slot by slot."""

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels
from platewise.core.lattice import EMPTY, Lattice
from platewise.core.plate import MAX_SIGNS, SIGNS
from platewise.errors import ModelError
from platewise.vision.protocols import Recognition
from platewise.vision.session import OnnxModel

Floats: TypeAlias = npt.NDArray[np.float32]


class CtcOnnxRecognizer:
    """What the manifest's entry says of the model, the first three needed:

    ``alphabet``: its signs in the order of its classes, with one ``_`` where the blank (or the empty slot)
    stands. ``size``: width and height of its input px. ``layout``: the axes of its output, pictures N, places
    T, classes C, as ``NTC``. ``answer``: ``ctc`` (repeats merge, blanks vanish) or ``slots``. ``channels``:
    3 (RGB) or 1 (grey). ``input``: ``NCHW`` or ``NHWC``. ``mean`` and ``scale``: its input is
    ``(value - mean) / scale``, ``raw`` true: it takes uint8. The defaults: ctc, 3, NCHW, 0, 255, false.
    """

    name = "ctc-onnx"

    def __init__(self, model: OnnxModel) -> None:
        """Take the loaded model; ModelError when the manifest does not describe it."""
        entry = model.entry
        alphabet, layout = str(entry.get("alphabet", "")), str(entry.get("layout", ""))
        unknown = sorted(set(alphabet) - set(SIGNS) - {"_"})
        if alphabet.count("_") != 1 or unknown or sorted(layout) != sorted("NTC") or "size" not in entry:
            raise ModelError(
                f"model {entry.get('file')} needs size, layout (NTC, TNC or NCT) and an alphabet of "
                f"Platewise's signs with one _ in its manifest; signs unknown: {''.join(unknown) or 'none'}"
            )
        self._model, self._entry = model, entry
        self.version = str(entry.get("sha256", ""))[:12]
        self._axes = [layout.index(axis) for axis in "NTC"]
        self._blank = alphabet.index("_")
        self._classes = [EMPTY if sign == "_" else 1 + SIGNS.index(sign) for sign in alphabet]

    def recognize(self, crops: Sequence[Pixels]) -> list[Recognition]:
        """Return one recognition a crop ``(h, w, 3) uint8 RGB`` of any size, in order."""
        return [Recognition(self._read(crop), {}) for crop in crops]

    def _read(self, crop: Pixels) -> Lattice:
        answer = self._model.run(self._input(crop), self._model.outputs[:1])[0]
        rows = distributions(np.asarray(answer, np.float32).transpose(self._axes)[0])
        if rows.shape[1] != len(self._classes):
            raise ModelError(f"{rows.shape[1]} classes in the model, {len(self._classes)} in its alphabet")
        slots = merged(rows, self._blank) if self._entry.get("answer", "ctc") == "ctc" else list(rows)
        lattice = np.zeros((MAX_SIGNS, 1 + len(SIGNS)), np.float32)
        lattice[:, EMPTY] = 1
        for row, slot in zip(lattice, slots, strict=False):
            row[EMPTY] = 0
            np.add.at(row, self._classes, slot)
        return Lattice(lattice)

    def _input(self, crop: Pixels) -> npt.NDArray[np.uint8] | Floats:
        """Return the input for a crop ``(h, w, 3) uint8 RGB``."""
        entry = self._entry
        width, height = entry["size"]
        sized = cv2.resize(crop, (int(width), int(height)), interpolation=cv2.INTER_AREA)
        if entry.get("channels", 3) == 1:
            sized = cv2.cvtColor(sized, cv2.COLOR_RGB2GRAY)[:, :, None]
        batch = sized[None] if entry.get("input", "NCHW") == "NHWC" else sized.transpose(2, 0, 1)[None]
        if entry.get("raw", False):
            return np.ascontiguousarray(batch, np.uint8)
        mean, scale = np.float32(entry.get("mean", 0)), np.float32(entry.get("scale", 255))
        return np.ascontiguousarray((batch.astype(np.float32) - mean) / scale)


def distributions(rows: Floats) -> Floats:
    """Return rows ``(T, C) float32`` that sum to 1: logits go through a softmax, shares stay."""
    if (rows >= 0).all() and np.allclose(rows.sum(1), 1, atol=1e-2):
        return np.asarray(rows / rows.sum(1, keepdims=True), np.float32)
    shifted = np.exp(rows - rows.max(1, keepdims=True))
    return np.asarray(shifted / shifted.sum(1, keepdims=True), np.float32)


def merged(rows: Floats, blank: int) -> list[Floats]:
    """Return a distribution ``(C,)`` for each sign of the likeliest path of a CTC answer ``(T, C) float32``.

    A sign is a run of places that it wins; of the run the surest place speaks, without its blank.
    """
    best = rows.argmax(1).tolist()
    starts = [t for t in range(len(best)) if t == 0 or best[t] != best[t - 1]]
    slots = []
    for start, end in zip(starts, [*starts[1:], len(best)], strict=True):
        if best[start] != blank:
            row = rows[start + int(rows[start:end, best[start]].argmax())].copy()
            row[blank] = 0
            slots.append(row / row.sum())
    return slots
