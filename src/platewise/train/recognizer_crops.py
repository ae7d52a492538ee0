"""Real plate pictures for the recogniser, loaded once into one block of memory that all workers share."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels
from platewise.errors import ImageError
from platewise.train.index import Labelled, LabelledPlate
from platewise.vision.recognizers.onnx_slots import stretch

Quad = npt.NDArray[np.float32]

WIDEST = 320
"""Crops are kept at most so wide, px: twice what the network sees."""
SURROUND = 0.45
"""What is kept around a plate of a scene, in plate widths and heights: room to turn it and frame it anew."""
MARGIN = (0.06, 0.12)
"""What a checked crop shows on each side of the plate's box: shares of its width and height."""


@dataclass(frozen=True, slots=True, eq=False)
class RealCrop:
    """A real plate: pixels ``(h, w, 3) uint8 RGB``; corners ``(4, 2) float32`` px, None if it fills them."""

    pixels: Pixels
    quad: Quad | None
    text: str
    region: str


@dataclass(frozen=True, slots=True)
class _Entry:
    start: int
    shape: tuple[int, int, int]
    quad: Quad | None
    text: str
    region: str


class RealCrops:
    """Real crops by source. All pixels lie in one array, so that forked workers share and never copy them."""

    def __init__(self, pictures: Iterable[Labelled]) -> None:
        """Load every plate with a readable text."""
        blocks: list[npt.NDArray[np.uint8]] = []
        self._sources: dict[str, list[_Entry]] = {}
        start = 0
        for labelled in pictures:
            for crop in crops_of(labelled):
                h, w, _ = crop.pixels.shape
                entry = _Entry(start, (h, w, 3), crop.quad, crop.text, crop.region)
                self._sources.setdefault(labelled.source, []).append(entry)
                blocks.append(crop.pixels.reshape(-1))
                start += crop.pixels.size
        self._pixels = np.concatenate(blocks) if blocks else np.zeros(0, np.uint8)

    def counts(self) -> dict[str, int]:
        """Return the number of crops of each source."""
        return {source: len(entries) for source, entries in self._sources.items()}

    def get(self, source: str, number: int) -> RealCrop:
        """Return a crop of a source."""
        entry = self._sources[source][number]
        size = int(np.prod(entry.shape))
        pixels = self._pixels[entry.start : entry.start + size].reshape(entry.shape)
        return RealCrop(pixels, entry.quad, entry.text, entry.region)

    def of(self, source: str) -> Iterator[RealCrop]:
        """Yield the crops of a source in order."""
        return (self.get(source, i) for i in range(len(self._sources[source])))


def crops_of(labelled: Labelled) -> Iterator[RealCrop]:
    """Yield the readable plates of a picture, each with its surround."""
    readable = [plate for plate in labelled.plates if plate.readable]
    located = [plate for plate in readable if plate.box is not None or plate.quad is not None]
    if located:
        pixels = read_pixels(labelled.image)
        for plate in located:
            yield _cut(pixels, plate, labelled.region)
    elif labelled.kind == "crop" and len(readable) == 1:
        yield RealCrop(
            _limited(read_pixels(labelled.image))[0], None, readable[0].text or "", labelled.region
        )


def framed(crop: RealCrop) -> Pixels:
    """Return what the recogniser gets, ``(48, 160, 3) uint8 RGB``, with a small margin."""
    if crop.quad is None:
        return stretch(crop.pixels)
    (left, top), (right, bottom) = crop.quad.min(0), crop.quad.max(0)
    dx, dy = MARGIN[0] * (right - left), MARGIN[1] * (bottom - top)
    h, w, _ = crop.pixels.shape
    x0, x1 = max(0, round(left - dx)), min(w, round(right + dx))
    y0, y1 = max(0, round(top - dy)), min(h, round(bottom + dy))
    return stretch(crop.pixels[y0:y1, x0:x1])


def framed_set(crops: Sequence[RealCrop]) -> Pixels:
    """Return crops as one array ``(N, 48, 160, 3) uint8 RGB``."""
    return np.stack([framed(crop) for crop in crops])


def _cut(pixels: Pixels, plate: LabelledPlate, region: str) -> RealCrop:
    """Cut a plate with its surround out of a scene ``(H, W, 3) uint8 RGB``."""
    quad = plate.quad if plate.quad is not None else _corners(plate)
    (left, top), (right, bottom) = quad.min(0), quad.max(0)
    dx, dy = SURROUND * (right - left), SURROUND * (bottom - top)
    x0, y0 = max(0, int(left - dx)), max(0, int(top - dy))
    part, scale = _limited(pixels[y0 : int(bottom + dy) + 1, x0 : int(right + dx) + 1])
    return RealCrop(
        part, (quad - np.array([x0, y0], np.float32)) * np.float32(scale), plate.text or "", region
    )


def _corners(plate: LabelledPlate) -> Quad:
    assert plate.box is not None
    x, y, w, h = plate.box
    return np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float32)


def _limited(pixels: Pixels) -> tuple[Pixels, float]:
    """Return a copy ``(h, w, 3) uint8 RGB`` at most WIDEST wide, and its scale."""
    h, w, _ = pixels.shape
    if w <= WIDEST:
        return pixels.copy(), 1.0
    scale = WIDEST / w
    size = (WIDEST, max(1, round(h * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def read_pixels(path: Path) -> Pixels:
    """Return a picture ``(H, W, 3) uint8 RGB``."""
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise ImageError(f"{path}: not a picture")
    return np.asarray(pixels, np.uint8)
