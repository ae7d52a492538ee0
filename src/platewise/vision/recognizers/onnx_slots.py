"""The shipped recogniser: ten slots that look over the plate in two dimensions, and a region head."""

from collections.abc import Sequence

import cv2
import numpy as np

from platewise.core.frame import Pixels
from platewise.core.lattice import Lattice
from platewise.core.plate import SIGNS
from platewise.errors import ModelError
from platewise.settings import Settings
from platewise.vision.contrast import lifted
from platewise.vision.protocols import Recognition
from platewise.vision.session import OnnxModel, open_model

OUTPUTS = ["lattice", "regions"]
WIDTH, HEIGHT = 160, 48


class OnnxSlotRecognizer:
    """Crops of any size, stretched to 160 x 48, faint ones lifted, in one batch."""

    name = "onnx-slots"

    def __init__(self, model: OnnxModel) -> None:
        """Take the loaded model; ModelError when it is of another contract."""
        self._model = model.expect(["crops"], OUTPUTS)
        self.version = str(model.entry.get("sha256", ""))[:12]
        self._regions = [str(code) for code in model.entry.get("regions", ())]
        if model.entry.get("signs") != SIGNS:
            raise ModelError(f"the model {model.entry.get('file')} has other signs than this Platewise")

    @classmethod
    def from_settings(cls, settings: Settings) -> "OnnxSlotRecognizer":
        """Return the recogniser with the weights named ``recognizer``."""
        return cls(open_model("recognizer", settings))

    def recognize(self, crops: Sequence[Pixels]) -> list[Recognition]:
        """Return one recognition a crop ``(h, w, 3) uint8 RGB`` of any size, in order."""
        if not crops:
            return []
        lattices, regions = self._model.run(np.stack([prepared(crop) for crop in crops]), OUTPUTS)
        if regions.shape[1] != len(self._regions):
            raise ModelError(f"{regions.shape[1]} regions in the model, {len(self._regions)} in its manifest")
        return [
            Recognition(Lattice(rows), dict(zip(self._regions, map(float, shares), strict=True)))
            for rows, shares in zip(lattices, regions, strict=True)
        ]


def prepared(crop: Pixels) -> Pixels:
    """Return a crop ``(h, w, 3) uint8 RGB`` as the network gets it, ``(48, 160, 3)``."""
    return lifted(stretch(crop))


def stretch(crop: Pixels) -> Pixels:
    """Return a crop ``(h, w, 3) uint8 RGB`` at the recogniser's size ``(48, 160, 3)``, averaged if shrunk."""
    shrinking = crop.shape[0] > HEIGHT or crop.shape[1] > WIDTH
    way = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return cv2.resize(crop, (WIDTH, HEIGHT), interpolation=way).astype(np.uint8, copy=False)
