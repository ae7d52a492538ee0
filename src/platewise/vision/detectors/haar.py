"""Finds plates as the Chinese parking seed does: a Haar cascade for about where, then lines, then the edges.

Steps: cascade; the place made larger; binary picture; upper and lower bound of the signs by RANSAC
(``bands``); left and right edge by a small regression network.
"""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from platewise.core.frame import Pixels
from platewise.core.geometry import Box, Quad, sides
from platewise.core.read import Detection
from platewise.errors import SettingError
from platewise.settings import Settings
from platewise.vision.detectors import bands
from platewise.vision.detectors.bands import Grey
from platewise.vision.detectors.contour import best_of
from platewise.vision.session import OnnxModel, open_model

CASCADE = "haarcascade_russian_plate_number.xml"


@dataclass(frozen=True, slots=True)
class HaarTuning:
    """A picture is made ``longest`` px long at most.

    The cascade knows Russian plates, dark on light, longer than Chinese ones: it looks at the picture and its
    negative, stretched by ``stretch``, in steps of ``step``, for places that ``neighbours`` windows agree
    on. A place grows by the shares ``across`` and ``along``. A plate is ``narrowest`` to ``widest`` times as
    wide as high.
    """

    longest: int = 960
    stretch: float = 1.2
    step: float = 1.1
    neighbours: int = 2
    across: float = 0.7
    along: float = 1.0
    narrowest: float = 1.6
    widest: float = 6.0
    most: int = 4


class HaarDetector:
    """Cascade, RANSAC and regression; threads may share it."""

    name = "haar"

    def __init__(self, edges: OnnxModel, tuning: HaarTuning | None = None) -> None:
        """Take the regression network; SettingError with an OpenCV that has no cascades."""
        if not hasattr(cv2, "CascadeClassifier"):
            raise SettingError(
                f"OpenCV {cv2.__version__} has no CascadeClassifier, which the haar pipeline needs: "
                "pip install 'opencv-python-headless<5'"
            )
        self._edges = edges.expect(["strips"], ["edges"])
        self.tuning = tuning or HaarTuning()
        self._own = threading.local()  # a cascade keeps its work in itself: each thread has its own

    @classmethod
    def from_settings(cls, settings: Settings) -> "HaarDetector":
        """Return the detector with the weights named ``haar-edges``; MissingExtra without scikit-image."""
        bands.measure()
        return cls(open_model("haar-edges", settings))

    def detect(self, pixels: Pixels) -> list[Detection]:
        """Return the plates of a picture ``(H, W, 3) uint8 RGB``, best score first, overlaps removed."""
        small, scale = self._shrunk(pixels)
        grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
        found = [self.refine(small, grey, box) for box in self.places(grey)]
        plates = [(quad / np.float32(scale), score) for quad, score in filter(None, found)]
        return best_of(plates, self.tuning.most)

    def places(self, grey: Grey) -> list[Box]:
        """Return the boxes px in ``(h, w) uint8`` where the cascade takes the picture for a plate's."""
        if min(grey.shape) < 24:
            return []
        tuning = self.tuning
        size = (round(grey.shape[1] * tuning.stretch), grey.shape[0])
        wide = cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR)
        found = [
            self._cascade().detectMultiScale(picture, tuning.step, tuning.neighbours, minSize=(36, 9))
            for picture in (wide, 255 - wide)
        ]
        rows = [row for boxes in found for row in np.asarray(boxes, np.float32).reshape(-1, 4).tolist()]
        return [(x / tuning.stretch, y, w / tuning.stretch, h) for x, y, w, h in rows]

    def refine(self, pixels: Pixels, grey: Grey, box: Box) -> tuple[Quad, float] | None:
        """Return the plate about a box px of a picture ``(H, W, 3) uint8 RGB`` and its score, None where no
        line of signs is; ``grey (H, W) uint8`` is the picture without colour.
        """
        x0, y0, x1, y1 = self._grown(box, grey)
        found = bands.find_band(grey[y0:y1, x0:x1], box[3])
        if found is None:
            return None
        band, signs = found
        part = pixels[y0:y1, x0:x1]
        strip = bands.straightened(part, band)
        left, right = self._edges.run(strip[None], ["edges"])[0][0].tolist()
        if right - left < bands.HEIGHT:
            return None
        quad = bands.plate_quad(band, left, right)
        width, height = sides(quad)
        if not self.tuning.narrowest <= width / height <= self.tuning.widest:
            return None
        return (quad + np.array([x0, y0], np.float32)).astype(np.float32), min(0.99, 0.45 + 0.07 * signs)

    def stages(self, pixels: Pixels) -> Iterator[tuple[str, Pixels]]:
        """Yield what each step makes of a picture ``(H, W, 3) uint8 RGB``, by name."""
        small, _ = self._shrunk(pixels)
        grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
        boxes = self.places(grey)
        shown = small.copy()
        for x, y, w, h in boxes:
            cv2.rectangle(shown, (round(x), round(y)), (round(x + w), round(y + h)), (230, 50, 40), 2)
        yield "cascade", shown
        for n, box in enumerate(boxes, 1):
            x0, y0, x1, y1 = self._grown(box, grey)
            region = grey[y0:y1, x0:x1]
            yield f"binary-{n}", bands.binary_shown(region, box[3])
            if (found := bands.find_band(region, box[3])) is not None:
                strip = bands.straightened(small[y0:y1, x0:x1], found[0])
                for x in self._edges.run(strip[None], ["edges"])[0][0].tolist():
                    cv2.line(strip, (round(x), 0), (round(x), bands.HEIGHT), (230, 50, 40), 1)
                yield f"strip-{n}", strip

    def _shrunk(self, pixels: Pixels) -> tuple[Pixels, float]:
        scale = min(1.0, self.tuning.longest / max(pixels.shape[:2]))
        size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        return small.astype(np.uint8, copy=False), scale

    def _grown(self, box: Box, grey: Grey) -> tuple[int, int, int, int]:
        """Return x0, y0, x1, y1 px of the place made larger, inside the picture."""
        x, y, w, h = box
        dx, dy = self.tuning.across * w / 2, self.tuning.along * h / 2
        height, width = grey.shape
        return (
            max(0, int(x - dx)),
            max(0, int(y - dy)),
            min(width, int(x + w + dx)),
            min(height, int(y + h + dy)),
        )

    def _cascade(self) -> Any:
        if not hasattr(self._own, "cascade"):
            self._own.cascade = cv2.CascadeClassifier(
                os.path.join(os.path.dirname(cv2.__file__), "data", CASCADE)
            )
        return self._own.cascade
