"""The real scenes of the detector's training, kept as JPEG bytes in memory, and their plates as marks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad, quad_of
from platewise.errors import ImageError
from platewise.synth.backgrounds import drawn
from platewise.train.index import Labelled

LONGEST = 960
"""Pictures are kept at most so wide and high, px."""
INCOMPLETE = frozenset({"ro-robertlucian"})
"""Sources in which some plates have no label: nothing there may be taken for a picture without plates."""
LONG_PLATE = 4.2
"""An upright box of this aspect holds a plate seen from the front: its corners are almost the plate's."""
QUALITY = 92


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """A plate in a scene: Quad ``(4, 2) float32`` px and how far its corners are to be trusted.

    ``trust`` is 1 where the corners are known, 0 where the Quad is only the upright box around the plate.
    An ``ignored`` mark is a doubtful place: it neither teaches nor hurts.
    """

    quad: Quad = field(repr=False)
    trust: float
    ignored: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A picture as JPEG bytes, its size (width, height) px, its plates, and where the detector went wrong
    in it.
    """

    jpeg: bytes = field(repr=False)
    size: tuple[int, int]
    marks: tuple[Mark, ...] = ()
    source: str = "background"
    mistakes: tuple[Quad, ...] = ()

    def pixels(self, reduction: int = 1) -> Pixels:
        """Return the picture ``(h, w, 3) uint8 RGB``, decoded at 1, 1/2 or 1/4 of its size."""
        flag = {1: cv2.IMREAD_COLOR, 2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4}[reduction]
        picture = cv2.imdecode(np.frombuffer(self.jpeg, np.uint8), flag | cv2.IMREAD_IGNORE_ORIENTATION)
        assert picture is not None, "the bytes were encoded here"
        return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)  # type: ignore[return-value]


def load(labelled: Iterable[Labelled]) -> list[Scene]:
    """Return the scenes of labelled pictures, made smaller where they are large."""
    return [_scene(item) for item in labelled if item.kind == "scene"]


def backgrounds(folder: Path | None, count: int, seed: int) -> list[Scene]:
    """Return pictures without plates: ``count`` drawn ones and those of a folder, if one is given."""
    rng = np.random.default_rng(seed)
    scenes = [encoded(drawn(rng, 448, 336)) for _ in range(count)]
    files = sorted(folder.glob("*.jpg")) if folder else []
    return scenes + [encoded(read(path), source="photograph") for path in files]


def encoded(pixels: Pixels, marks: Sequence[Mark] = (), source: str = "background") -> Scene:
    """Return a picture ``(H, W, 3) uint8 RGB`` as a Scene, at most ``LONGEST`` px wide and high."""
    height, width = pixels.shape[:2]
    scale = min(1.0, LONGEST / max(height, width))
    small = (
        cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else pixels
    )
    ratio = np.array([small.shape[1] / width, small.shape[0] / height])
    quality = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), quality)[1]
    moved = tuple(Mark((mark.quad * ratio).astype(np.float32), mark.trust, mark.ignored) for mark in marks)
    return Scene(data.tobytes(), (small.shape[1], small.shape[0]), moved, source)


def _scene(item: Labelled) -> Scene:
    pixels, marks = read(item.image), []
    for plate in item.plates:
        if plate.quad is not None:
            marks.append(Mark(plate.quad, 1.0))
        elif plate.box is not None:
            marks.append(Mark(quad_of(plate.box), 0.5 if plate.box[2] >= LONG_PLATE * plate.box[3] else 0.0))
    return encoded(pixels, marks, item.source)


def read(path: Path) -> Pixels:
    """Return a picture file as ``(H, W, 3) uint8 RGB``, turned as it is stored."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    if picture is None:
        raise ImageError(f"{path}: not a picture")
    return picture  # type: ignore[return-value]
