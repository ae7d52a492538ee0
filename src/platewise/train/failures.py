"""The plates that went wrong, the worst first, each as a small picture with label and read drawn in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad, quad_of
from platewise.core.read import Read
from platewise.train.index import LabelledPlate
from platewise.train.measures import Judged
from platewise.vision.decode import decode

SURROUND = 0.6
"""What is shown around a plate, as a share of its longer side."""
WIDTH = 320
"""Width of a failure's picture in px."""
LABEL, READ = (40, 190, 70), (230, 50, 40)
"""RGB of the outline of the label and of the read."""


class Kind(StrEnum):
    """What went wrong."""

    WRONG = "wrong text"
    MISSED = "not read"
    FALSE = "no such plate"


@dataclass(frozen=True, slots=True)
class Failure:
    """One plate that went wrong: where, what was true, what was read."""

    kind: Kind
    image: Path
    source: str
    truth: str | None
    read: Read | None
    label: LabelledPlate | None = None
    whole: bool = False

    @property
    def confidence(self) -> float:
        """The confidence of the wrong read, 0 where there is none."""
        return self.read.confidence if self.read else 0.0


def failures(judged: Iterable[Judged]) -> list[Failure]:
    """Return what went wrong, the most confident errors first: those cost the user most."""
    found = [f for j in judged if j.error is None for f in _of(j)]
    return sorted(found, key=lambda f: -f.confidence)


def picture(failure: Failure) -> Pixels:
    """Return the plate with its surround ``(h, WIDTH, 3) uint8 RGB``; label in green, read in red."""
    pixels = decode(failure.image).pixels
    outlines = _outlines(failure)
    x0, y0, x1, y1 = _window([quad for quad, _ in outlines], pixels.shape[1], pixels.shape[0])
    scale = WIDTH / (x1 - x0)
    size = (WIDTH, max(1, round((y1 - y0) * scale)))
    small = cv2.resize(np.ascontiguousarray(pixels[y0:y1, x0:x1]), size, interpolation=cv2.INTER_AREA)
    for quad, colour in outlines:
        points = ((quad - (x0, y0)) * scale).round().astype(np.int32)
        cv2.polylines(small, [points], True, colour, 2, cv2.LINE_AA)
    return small.astype(np.uint8, copy=False)


def save(pixels: Pixels, path: Path) -> None:
    """Write a picture ``(h, w, 3) uint8 RGB`` as JPEG."""
    done, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 85])
    if not done:
        raise ValueError(f"{path}: not a picture of shape {pixels.shape}")
    path.write_bytes(data.tobytes())


def _of(j: Judged) -> list[Failure]:
    found = []
    for pair, plate in zip(j.pairs, j.label.plates, strict=True):
        read = pair.read if pair.text else None
        if (pair.truth and not pair.exact) or read is None:
            kind = Kind.WRONG if read else Kind.MISSED
            found.append(Failure(kind, j.label.image, j.label.source, pair.truth, pair.read, plate, j.whole))
    for read in j.surplus:
        if read.plate:
            found.append(Failure(Kind.FALSE, j.label.image, j.label.source, None, read))
    return found


def _outlines(failure: Failure) -> list[tuple[Quad, tuple[int, int, int]]]:
    """Return quads ``(4, 2) float32`` px, each with its colour RGB."""
    label = failure.label
    drawn = [] if label is None or label.box is None else [(quad_of(label.box), LABEL)]
    return [*drawn, (failure.read.quad, READ)] if failure.read and not failure.whole else drawn


def _window(quads: Sequence[Quad], width: int, height: int) -> tuple[int, int, int, int]:
    """Return x0, y0, x1, y1 px around quads ``(4, 2) float32``, with surround; of all when there are none."""
    if not quads:
        return 0, 0, width, height
    points = np.concatenate(quads)
    low, high = points.min(0), points.max(0)
    room = SURROUND * float((high - low).max())
    x0, y0 = (int(v) for v in np.clip(low - room, 0, (width - 1, height - 1)))
    x1, y1 = (int(v) for v in np.clip(high + room, (x0 + 1, y0 + 1), (width, height)))
    return x0, y0, x1, y1
