"""Evaluation of any pipeline on labelled pictures: read every one, lay the reads beside the labels."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from platewise import clock
from platewise.core.frame import Pixels
from platewise.core.geometry import Box, box_of, corners_box, iou
from platewise.core.read import Read
from platewise.errors import ImageError
from platewise.train.index import Labelled, LabelledPlate
from platewise.train.measures import Judged, Pair, edits
from platewise.vision.decode import decode

PLACE = 0.1
"""From this intersection over union on, a read is taken as the answer to a labelled plate."""
MARGIN = (0.08, 0.16)
"""What a labelled box grows by when it is cut out for the recogniser: shares of its width and height."""
Crops: TypeAlias = Literal["auto", "never", "always"]
"""Which pictures skip the detector: those whose kind is ``crop``, none, or all whose plates have a box."""


Compared: TypeAlias = tuple[tuple[Pair, ...], tuple[Read, ...]]
"""The pairs of a picture, and the reads that answer no label."""


class Eye(Protocol):
    """The part of a Reader that evaluation needs."""

    def read(self, source: Path | Pixels, /) -> "Seen":
        """Return the reads of a picture: a file, or pixels ``(H, W, 3) uint8 RGB``."""
        ...


class Seen(Protocol):
    """The part of Reads that evaluation needs."""

    @property
    def reads(self) -> Sequence[Read]:
        """The reads, best first."""
        ...

    @property
    def ms(self) -> dict[str, float]:
        """Wall milliseconds by stage."""
        ...


@dataclass(frozen=True, slots=True)
class Eyes:
    """The same pipeline twice: for whole scenes, and for pictures that are plates already."""

    scene: Eye
    crop: Eye
    crops: Crops = "auto"

    def skips_detector(self, label: Labelled) -> bool:
        """Tell whether this picture goes to the recogniser alone."""
        if self.crops == "auto":
            return label.kind == "crop"
        return self.crops == "always" and (label.kind == "crop" or all(p.box for p in label.plates))


def evaluate(labels: Iterable[Labelled], eyes: Eyes) -> Iterator[Judged]:
    """Read the pictures one by one and yield each with its reads compared; a bad picture yields its error."""
    for label in labels:
        began = clock.cpu_seconds()
        whole = eyes.skips_detector(label)
        try:
            if whole:
                (pairs, surplus), ms = _cut_and_read(label, eyes.crop)
            else:
                seen = eyes.scene.read(label.image)
                (pairs, surplus), ms = compare(label.plates, seen.reads), seen.ms
        except ImageError as error:
            missed = tuple(Pair(p.text, None) for p in label.plates)
            yield Judged(label, missed, error=str(error), whole=whole)
        else:
            cpu_ms = 1000 * (clock.cpu_seconds() - began)
            yield Judged(label, pairs, surplus, ms, cpu_ms, whole=whole)


def negatives(folder: Path, images: Iterable[Path]) -> list[Labelled]:
    """Return pictures without any plate as labelled pictures with an empty list."""
    empty = Labelled(folder, "", kind="scene", size=(0, 0), plates=(), group=None, source=folder.name)
    return [replace(empty, image=image) for image in images]


def compare(plates: Sequence[LabelledPlate], reads: Sequence[Read]) -> Compared:
    """Return each labelled plate with the read that answers it, and the reads that answer none.

    Plates with a box take the read of the greatest overlap; then plates without one take the nearest text.
    """
    overlaps = _overlaps(plates, reads)
    places = _assign(overlaps)
    free = [r for r in range(len(reads)) if r not in places.values()]
    pairs = []
    for p, plate in enumerate(plates):
        if plate.box is not None:
            read = reads[places[p]] if p in places else None
            pairs.append(Pair(plate.text, read, float(overlaps[p, places[p]]) if p in places else 0.0))
        else:
            nearest = _nearest(plate.text, reads, free)
            free = [r for r in free if r != nearest]
            pairs.append(Pair(plate.text, None if nearest is None else reads[nearest]))
    return tuple(pairs), tuple(reads[r] for r in free)


def cut(pixels: Pixels, box: Box) -> Pixels:
    """Return the part ``(h, w, 3)`` of a picture ``(H, W, 3) uint8 RGB`` inside a box px, with a margin."""
    x0, y0, x1, y1 = corners_box(box)
    across, along = MARGIN[0] * box[2] / 2, MARGIN[1] * box[3] / 2
    height, width = pixels.shape[:2]
    left, top = min(max(0, round(x0 - across)), width - 1), min(max(0, round(y0 - along)), height - 1)
    return pixels[top : max(round(y1 + along), top + 1), left : max(round(x1 + across), left + 1)]


def _cut_and_read(label: Labelled, eye: Eye) -> tuple[Compared, dict[str, float]]:
    """Read every labelled plate by itself."""
    pairs: list[Pair] = []
    ms: dict[str, float] = {}
    for plate in label.plates:
        seen = eye.read(label.image if plate.box is None else cut(decode(label.image).pixels, plate.box))
        pairs.append(Pair(plate.text, seen.reads[0] if seen.reads else None))
        ms = {stage: ms.get(stage, 0.0) + value for stage, value in seen.ms.items()}
    return (tuple(pairs), ()), ms


def _overlaps(plates: Sequence[LabelledPlate], reads: Sequence[Read]) -> npt.NDArray[np.float32]:
    """Return the overlaps ``(plates, reads) float32``; a plate without box overlaps nothing."""
    nowhere: Box = (-1.0, -1.0, 0.0, 0.0)
    ours = np.array([corners_box(p.box or nowhere) for p in plates], np.float32).reshape(-1, 4)
    theirs = np.array([corners_box(box_of(r.quad)) for r in reads], np.float32).reshape(-1, 4)
    return iou(ours, theirs)


def _assign(overlaps: npt.NDArray[np.float32]) -> dict[int, int]:
    """Return plate -> read of overlaps ``(plates, reads) float32``, greatest first, each used once."""
    order = np.dstack(np.unravel_index(np.argsort(-overlaps, axis=None, kind="stable"), overlaps.shape))[0]
    taken: dict[int, int] = {}
    for plate, read in order.tolist():
        if overlaps[plate, read] >= PLACE and plate not in taken and read not in taken.values():
            taken[plate] = read
    return taken


def _nearest(truth: str | None, reads: Sequence[Read], free: Sequence[int]) -> int | None:
    """Return which of the free reads is nearest to a text: by edits, then by doubt; unreadable ones last."""

    def distance(r: int) -> tuple[bool, int, float]:
        """Return what a read is sorted by."""
        plate = reads[r].plate
        text = plate.text if plate else ""
        return not text, edits(truth, text) if truth else 0, -reads[r].confidence

    return min(free, key=distance, default=None)
