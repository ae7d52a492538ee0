"""Finds plates by sliding a window of 128 x 64 px over the picture at many scales, as the UK seed does."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad, quad_of
from platewise.core.read import Detection
from platewise.settings import Settings
from platewise.vision.detectors.contour import best_of
from platewise.vision.detectors.onnx_grid import shrunk
from platewise.vision.session import OnnxModel, open_model

Floats = npt.NDArray[np.float32]
WIDTH, HEIGHT, STEP = 128, 64, 16
"""A window, and how far it slides, px."""
MULTIPLE = 16
DARK, OUTLINE = 0.25, (230, 50, 40)
"""In pictures of the steps: the light of what no window answers for, and the colour of places."""


@dataclass(frozen=True, slots=True)
class WindowTuning:
    """The first look makes the picture ``longest`` px long, each further one is smaller by ``scale``.

    A window holds a plate from the probability ``threshold`` on; ``most`` plates are told.
    """

    longest: int = 1024
    scale: float = 1.3
    threshold: float = 0.5
    most: int = 6


class WindowDetector:
    """One network that says of every window whether a whole plate is in it, and where."""

    name = "window"

    def __init__(self, model: OnnxModel, tuning: WindowTuning | None = None) -> None:
        """Take the loaded model; ModelError when it is of another contract."""
        self._model = model.expect(["pictures"], ["presence", "place", "signs"])
        self.tuning = tuning or WindowTuning()

    @classmethod
    def from_settings(cls, settings: Settings) -> "WindowDetector":
        """Return the detector with the weights named ``window``."""
        return cls(open_model("window", settings))

    def detect(self, pixels: Pixels) -> list[Detection]:
        """Return the plates of a picture ``(H, W, 3) uint8 RGB``, best score first, overlaps removed."""
        found = [one for small, scale in self._pyramid(pixels) for one in self._slide(small, scale)]
        return best_of(found, self.tuning.most)

    def stages(self, pixels: Pixels) -> Iterator[tuple[str, Pixels]]:
        """Yield a picture ``(H, W, 3) uint8 RGB`` scale by scale: lit is what some window takes for a plate's
        surroundings, outlined are the places that it tells.
        """
        for n, (small, scale) in enumerate(self._pyramid(pixels), 1):
            presence = self._answers(small)[0]
            light = np.full(small.shape[:2], DARK, np.float32)
            for row, column in np.argwhere(presence > DARK).tolist():
                window = light[row * STEP : row * STEP + HEIGHT, column * STEP : column * STEP + WIDTH]
                np.maximum(window, presence[row, column], out=window)
            shown = (small * light[:, :, None]).astype(np.uint8)
            places = [(quad * scale).round().astype(np.int32) for quad, _ in self._slide(small, scale)]
            cv2.polylines(shown, places, True, OUTLINE, 1)
            yield f"presence-{n}", shown

    def _pyramid(self, pixels: Pixels) -> Iterator[tuple[Pixels, float]]:
        """Yield the picture smaller and smaller, ``(h, w, 3) uint8 RGB``, each with its scale."""
        scale = min(1.0, self.tuning.longest / max(pixels.shape[:2]))
        while True:
            yield _padded(shrunk(pixels, scale)), scale
            scale /= self.tuning.scale
            if scale * pixels.shape[1] < WIDTH or scale * pixels.shape[0] < HEIGHT:
                return

    def _answers(self, small: Pixels) -> tuple[Floats, Floats]:
        """Return presence ``(h, w)`` in [0, 1] and place ``(4, h, w)`` of the windows of a picture."""
        presence, place = self._model.run(small[None], ["presence", "place"])
        return presence[0, 0], place[0]

    def _slide(self, small: Pixels, scale: float) -> Iterator[tuple[Quad, float]]:
        """Yield the Quads ``(4, 2) float32`` px of the picture and scores of the windows with a plate."""
        presence, place = self._answers(small)
        for row, column in np.argwhere(presence >= self.tuning.threshold).tolist():
            x0, y0, x1, y1 = (place[:, row, column] * (WIDTH, HEIGHT, WIDTH, HEIGHT)).tolist()
            if x1 - x0 > 4 and y1 - y0 > 4:
                box = (column * STEP + x0, row * STEP + y0, x1 - x0, y1 - y0)
                yield quad_of(box) / np.float32(scale), float(presence[row, column])


def _padded(small: Pixels) -> Pixels:
    """Return a picture ``(h, w, 3) uint8 RGB`` of at least one window, its sides multiples of 16 px."""
    height = max(HEIGHT, -(-small.shape[0] // MULTIPLE) * MULTIPLE)
    width = max(WIDTH, -(-small.shape[1] // MULTIPLE) * MULTIPLE)
    below, beside = height - small.shape[0], width - small.shape[1]
    return cv2.copyMakeBorder(small, 0, below, 0, beside, cv2.BORDER_REPLICATE).astype(np.uint8, copy=False)
