"""Functions and classes of other projects under their own names, for programs that were written for those.

Their pictures are BGR, as ``cv2.imread`` gives them.
"""

import os
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from platewise.core.frame import Pixels
from platewise.core.read import Read
from platewise.dialects.boxes import corners
from platewise.dialects.hyperlpr import is_yellow, kind_of
from platewise.errors import ImageError
from platewise.regions import library
from platewise.vision.annotate import annotate
from platewise.vision.decode import decode
from platewise.vision.reader import Reader

LABEL = "License Plate"
DETECT_LEVEL_LOW, DETECT_LEVEL_HIGH = 0, 1
"""HyperLPR3's levels of detection; here one detector serves both."""


def HyperLPR_PlateRecogntion(image: Any, *_: Any, **__: Any) -> list[list[Any]]:
    """Return ``[[text, confidence, [x0, y0, x1, y1]], ...]`` of a picture ``(H, W, 3) uint8 BGR``.

    The name is misspelt as it was in the Chinese parking seed; its options (``minSize``,
    ``charSelectionDeskew``) are left aside. Boxes are whole px, never negative; a plate that nothing can be
    read of is left out. Platewise's own way is ``Reader().read("demo.jpg")``.
    """
    reads = _reader().read(_rgb(image))
    return [[read.plate.text, read.confidence, list(corners(read.quad))] for read in reads if read.plate]


class LicensePlateCatcher:
    """HyperLPR3's: call it with a picture ``(H, W, 3) uint8 BGR``."""

    def __init__(self, *_: Any, reader: Reader | None = None, **__: Any) -> None:
        """Take, and leave aside, the options of HyperLPR3; ``reader`` reads, one with defaults if none."""
        self._given = reader

    def __call__(self, image: Any) -> list[list[Any]]:
        """Return ``[[text, confidence, kind, [x0, y0, x1, y1]], ...]`` of a picture ``(H, W, 3) uint8 BGR``.

        The kind is HyperLPR3's number, -1 for a plate that is not Chinese.
        """
        pixels = _rgb(image)
        reads = (self._given or _reader()).read(pixels)
        return [
            [
                read.plate.text,
                read.confidence,
                kind_of(read, is_yellow(pixels, read)),
                list(corners(read.quad)),
            ]
            for read in reads
            if read.plate
        ]


@dataclass(frozen=True)
class BoundingBox:
    """A place in px."""

    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def width(self) -> int:
        """Its width."""
        return self.x2 - self.x1

    @property
    def height(self) -> int:
        """Its height."""
        return self.y2 - self.y1


@dataclass(frozen=True)
class DetectionResult:
    """A plate that was found."""

    label: str
    confidence: float
    bounding_box: BoundingBox


@dataclass(frozen=True)
class OcrResult:
    """What is written on it; ``confidence`` is of each sign, ``region`` its country by name."""

    text: str
    confidence: float | list[float]
    region: str | None = None
    region_confidence: float | None = None


@dataclass(frozen=True)
class ALPRResult:
    """One plate; ``ocr`` is None where nothing could be read."""

    detection: DetectionResult
    ocr: OcrResult | None


@dataclass(frozen=True)
class DrawPredictionsResult:
    """A picture ``(H, W, 3) uint8 BGR`` with the plates drawn in, and the results that were drawn."""

    image: Any = field(repr=False)
    results: list[ALPRResult]


class ALPR:
    """fast-alpr's: ``predict`` and ``draw_predictions`` of a path or a picture ``(H, W, 3) uint8 BGR``."""

    def __init__(
        self, detector: Any = None, ocr: Any = None, *, reader: Reader | None = None, **_: Any
    ) -> None:
        """Take, and leave aside, the names of models; ``reader`` reads, one with defaults if none.

        A detector or an OCR of one's own cannot be left aside: TypeError.
        """
        if detector is not None or ocr is not None:
            raise TypeError(
                "a detector or ocr of your own is plugged in as docs/how-to/plug-in-a-model.md says"
            )
        self._given = reader

    def predict(self, frame: Any) -> list[ALPRResult]:
        """Return the plates, best detection first."""
        return [_told(read) for read in (self._given or _reader()).read(_pixels(frame))]

    def draw_predictions(self, frame: Any) -> DrawPredictionsResult:
        """Return a picture ``(H, W, 3) uint8 BGR`` with the plates drawn in, and the plates."""
        pixels = _pixels(frame)
        reads = (self._given or _reader()).read(pixels)
        drawn = annotate(pixels, reads)[:, :, ::-1].copy()
        return DrawPredictionsResult(drawn, [_told(read) for read in reads])


def _told(read: Read) -> ALPRResult:
    found = DetectionResult(LABEL, read.detection_confidence, BoundingBox(*corners(read.quad)))
    if read.plate is None:
        return ALPRResult(found, None)
    signs = [one.confidence for one in read.characters] or read.confidence
    region = read.plate.region
    return ALPRResult(found, OcrResult(read.plate.text, signs, _country(region), _odds(read, region)))


def _country(region: str | None) -> str | None:
    known = library.load().get(region) if region else None
    return known.name if known else region


def _odds(read: Read, region: str | None) -> float | None:
    return float(read.regions[region]) if region and region in read.regions else None


def _pixels(frame: Any) -> Pixels:
    """Return the pixels ``(H, W, 3) uint8 RGB`` of a path or a picture ``(H, W, 3) uint8 BGR``."""
    return decode(frame).pixels if isinstance(frame, (str, os.PathLike)) else _rgb(frame)


def _rgb(image: Any) -> Any:
    """Return a picture ``(H, W, 3) uint8 BGR`` as RGB; grey ``(H, W)`` and BGRA ``(H, W, 4)`` too."""
    if image is None:
        raise ImageError("there is no picture: cv2.imread returns None for a file that it cannot read")
    layers = image[:, :, None] if image.ndim == 2 else image
    return layers[:, :, [0, 0, 0]] if layers.shape[2] == 1 else layers[:, :, 2::-1]


@lru_cache(maxsize=1)
def _reader() -> Reader:
    return Reader()
