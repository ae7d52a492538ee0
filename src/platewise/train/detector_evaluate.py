"""Figures of a detector on held-out scenes: recall, precision, average precision, corners, false
positives.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from torch import nn

from platewise.core.frame import Pixels
from platewise.core.geometry import iou, sides
from platewise.train.detector_data import Picture
from platewise.train.detector_infer import Found, detect, infer
from platewise.train.detector_scenes import Mark, Scene
from platewise.vision.detectors.decode_grid import Floats

SIZES = (384, 512)
FLOOR, SHOWN = 0.05, 0.4
"""Scores: the least that average precision looks at, and the one at which recall and precision are told."""
SMALLEST = 8.0
"""A plate narrower than this in the letterboxed picture neither counts nor hurts, px."""


class Judged(NamedTuple):
    """The detections of all pictures: scores ``(n,)`` and whether each is right, and how many plates
    there are.
    """

    scores: Floats
    right: Floats
    plates: int

    def average_precision(self) -> float:
        """Return the area under precision over recall, precision made monotone."""
        order = np.argsort(-self.scores, kind="stable")
        hits = np.cumsum(self.right[order])
        precision = hits / np.arange(1, len(hits) + 1)
        best = np.maximum.accumulate(precision[::-1])[::-1]
        return float((best * self.right[order]).sum() / max(self.plates, 1))

    def recall(self) -> float:
        """Return the share of the plates that are found with the shown score."""
        return float(self.right[self.scores >= SHOWN].sum() / max(self.plates, 1))

    def precision(self) -> float:
        """Return the share of right ones among detections with the shown score."""
        shown = self.right[self.scores >= SHOWN]
        return float(shown.mean()) if len(shown) else 0.0


def figures(net: nn.Module, scenes: Sequence[Scene], empty: Sequence[Pixels]) -> dict[str, float]:
    """Return the figures at both sizes; ``empty`` are pictures ``(H, W, 3) uint8 RGB`` without plates.

    ``score`` is the mean average precision at IoU .5 and .7; false positives take no part in it.
    """
    pictures = [scene.pixels() for scene in scenes]
    told: dict[str, float] = {}
    for size in SIZES:
        found = detect(net, pictures, size, FLOOR)
        marks = [_marks(scene, size) for scene in scenes]
        half, tight = (_judged(found, marks, overlap) for overlap in (0.5, 0.7))
        told |= {
            f"ap50@{size}": half.average_precision(),
            f"ap70@{size}": tight.average_precision(),
            f"recall50@{size}": half.recall(),
            f"recall70@{size}": tight.recall(),
            f"precision@{size}": half.precision(),
        }
    told["score"] = float(np.mean([value for name, value in told.items() if name.startswith("ap")]))
    if empty:
        false = detect(net, empty, SIZES[0], SHOWN)
        told["false_an_image"] = float(np.mean([len(found.scores) for found in false]))
    return told


def corner_error(net: nn.Module, pictures: Sequence[Picture]) -> float:
    """Return the mean corner error, in plate heights, on views whose corners are known exactly."""
    errors = []
    for picture, found in zip(pictures, infer(net, [p.pixels for p in pictures], SHOWN), strict=True):
        for row in picture.rows[(picture.rows[:, 12] == 1) & (picture.rows[:, 13] == 0)]:
            overlap = iou(row[None, :4], found.boxes)[0]
            if len(overlap) and overlap.max() >= 0.5:
                quad = row[4:12].reshape(4, 2)
                apart = np.linalg.norm(found.quads[int(overlap.argmax())] - quad, axis=1)
                errors.append(float(apart.mean()) / sides(quad)[1])
    return float(np.mean(errors)) if errors else float("nan")


def _marks(scene: Scene, size: int) -> tuple[Mark, ...]:
    scale = size / max(scene.size)
    return tuple(
        Mark(m.quad, m.trust, m.ignored or float(np.ptp(m.quad[:, 0])) * scale < SMALLEST)
        for m in scene.marks
    )


def _judged(found: Iterable[Found], marks: Iterable[tuple[Mark, ...]], overlap: float) -> Judged:
    """Match detections to plates, best score first, each plate once; those on ignored plates are left out."""
    scores, right, plates = [], [], 0
    for picture, labels in zip(found, marks, strict=True):
        plates += sum(not mark.ignored for mark in labels)
        boxes = np.array(
            [np.concatenate([m.quad.min(0), m.quad.max(0)]) for m in labels], np.float32
        ).reshape(-1, 4)
        table = iou(picture.boxes, boxes)
        taken: set[int] = set()
        for score, row in zip(picture.scores, table, strict=True):
            free = [i for i in np.flatnonzero(row >= overlap).tolist() if i not in taken]
            best = max(free, key=lambda i: row[i], default=None)
            if best is not None and labels[best].ignored:
                continue
            scores.append(score)
            right.append(best is not None)
            if best is not None:
                taken.add(best)
    return Judged(np.array(scores, np.float32), np.array(right, np.float32), plates)
