"""Draws the detector's training batches: views of real scenes and backgrounds with drawn plates pasted in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad
from platewise.synth.paste import fitting, paste, pose
from platewise.synth.plates import DrawnPlate
from platewise.train.config import Positive, Settings, Share
from platewise.train.detector_augment import photographed
from platewise.train.detector_loss import IGNORED, NONE, REAL
from platewise.train.detector_scenes import Mark, Scene
from platewise.train.detector_view import View, choose

ROW = 14
"""A target: box x0, y0, x1, y1; eight corner values; trust in the corners; state."""
MOST_PLATES = 12
LEAST_WIDTH, LEAST_HEIGHT, LEAST_VISIBLE = 8.0, 3.5, 0.65
"""A plate that shows less than this is ignored."""
COVER_ALL = 0.3
"""Share of the views in which every plate without known corners is covered, so that they may turn freely."""


class Mix(Settings):
    """How often each thing happens while drawing a training picture."""

    size: Positive = 256
    negatives: Share = 0.15
    mosaic: Share = 0.25
    over: Share = 0.4
    """A real plate is covered by a drawn one."""
    free_in_scenes: Share = 0.06
    free_in_backgrounds: Share = 0.3


class Plates(Protocol):
    """Drawn plates by number: a cache or a list."""

    def __len__(self) -> int:
        """Return how many there are."""
        ...

    def __getitem__(self, index: int, /) -> DrawnPlate:
        """Return one."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A training picture ``(S, S, 3) uint8 RGB`` and its targets ``(n, 14) float32``."""

    pixels: Pixels
    rows: npt.NDArray[np.float32]


class Sampler:
    """Draws training pictures; every random choice comes from the generator that is handed in."""

    def __init__(
        self, scenes: Sequence[Scene], backgrounds: Sequence[Scene], plates: Plates, mix: Mix
    ) -> None:
        """Keep the material; a source of n scenes is drawn from with weight ``n ** 0.7``."""
        self.backgrounds, self.plates, self.mix = backgrounds, plates, mix
        self.sources = [
            [s for s in scenes if s.source == name] for name in sorted({s.source for s in scenes})
        ]
        weights = np.array([len(source) for source in self.sources], np.float64) ** 0.7
        self.shares = weights / weights.sum()

    def batch(self, rng: np.random.Generator, count: int) -> dict[str, Any]:
        """Return a batch: ``pixels`` (N, S, S, 3) uint8 RGB and ``rows`` (N, 12, 14) float32 tensors."""
        pictures: list[Picture] = []
        while len(pictures) < count:
            mosaic = rng.random() < self.mix.mosaic
            pictures += [self._mosaic(rng)] if mosaic else self.views(rng, self.mix.size, 2)
        pixels = np.stack([photographed(rng, p.pixels) for p in pictures[:count]])
        rows = np.full((count, MOST_PLATES, ROW), NONE, np.float32)
        for i, picture in enumerate(pictures[:count]):
            kept = picture.rows[:MOST_PLATES]
            rows[i, : len(kept)] = kept
        return {"pixels": torch.from_numpy(pixels), "rows": torch.from_numpy(rows)}

    def views(self, rng: np.random.Generator, size: int, count: int) -> list[Picture]:
        """Return some views of one scene; it is decoded once."""
        scene = self._scene(rng)
        plans = [self._plan(rng, scene, size) for _ in range(count)]
        pixels = scene.pixels(min(view.reduction() for view, _ in plans))
        return [self._picture(rng, scene, pixels, plan) for plan in plans]

    def _scene(self, rng: np.random.Generator) -> Scene:
        if rng.random() < self.mix.negatives:
            return self.backgrounds[int(rng.integers(len(self.backgrounds)))]
        source = self.sources[int(rng.choice(len(self.sources), p=self.shares))]
        return source[int(rng.integers(len(source)))]

    def _plan(self, rng: np.random.Generator, scene: Scene, size: int) -> tuple[View, list[bool]]:
        """Return a view, and which plates it covers; it may turn only if no upright box is left in it."""
        covered = [not mark.ignored and rng.random() < self.mix.over for mark in scene.marks]
        if rng.random() < COVER_ALL and self.mix.over:
            covered = [
                c or (not m.ignored and m.trust < 1) for c, m in zip(covered, scene.marks, strict=True)
            ]
        turning = all(c or m.ignored or m.trust == 1 for c, m in zip(covered, scene.marks, strict=True))
        return choose(rng, scene, size, turning), covered

    def _picture(
        self, rng: np.random.Generator, scene: Scene, pixels: Pixels, plan: tuple[View, list[bool]]
    ) -> Picture:
        view, covered = plan
        fill = int(rng.choice([114, 114, 114, 0, 255, int(rng.integers(256))]))
        canvas = view.look(pixels, scene.size, fill)
        rows = [self._row(rng, canvas, view, m, c) for m, c in zip(scene.marks, covered, strict=True)]
        kept = [row for row in rows if row is not None]
        chance = self.mix.free_in_scenes if scene.marks else self.mix.free_in_backgrounds
        if rng.random() < chance:
            kept += self._free(rng, canvas, kept)
        return Picture(canvas, np.array(kept, np.float32).reshape(-1, ROW))

    def _row(
        self, rng: np.random.Generator, canvas: Pixels, view: View, mark: Mark, covered: bool
    ) -> npt.NDArray[np.float32] | None:
        """Return the target of one plate, after covering it if that is wanted and a drawn plate fits."""
        quad, trust, ignored = view.moved(mark.quad), mark.trust, mark.ignored
        width, height = np.ptp(quad, axis=0)
        if covered and width >= 10 and height >= 4 and _in_sight(quad, view.size):
            found = fitting(rng, lambda: self._plate(rng), quad, view.turn)
            blur = rng.uniform(0, 0.8) + max(0.0, view.scale - 1) * 0.6
            if found and paste(rng, canvas, found[1], found[0], blur):
                return target(found[1], 1.0, view.size)
        # The upright box of a plate that the view has turned is too large to learn from.
        upright = abs(view.turn) < 0.06
        return target(quad, trust, view.size, ignored or (trust < 1 and not upright))

    def _plate(self, rng: np.random.Generator) -> DrawnPlate:
        return self.plates[int(rng.integers(len(self.plates)))]

    def _free(
        self, rng: np.random.Generator, canvas: Pixels, taken: Sequence[npt.NDArray[np.float32]]
    ) -> list[npt.NDArray[np.float32]]:
        """Paste one or two plates where none is; return their targets."""
        size, rows = len(canvas), list(taken)
        for _ in range(int(rng.integers(1, 3))):
            plate = self._plate(rng)
            posed = pose(rng, plate)
            width = np.exp(rng.uniform(np.log(16), np.log(0.75 * size)))
            scaled = posed * (width / np.ptp(posed[:, 0]))
            quad = (scaled - scaled.mean(0) + rng.uniform(0.1, 0.9, 2) * size).astype(np.float32)
            row = target(quad, 1.0, size)
            if row is None or any(_touch(row, other) for other in rows):
                continue
            light = None if rng.random() < 0.6 else rng.uniform(0.4, 1.1)
            if paste(rng, canvas, quad, plate, rng.uniform(0, 1), light):
                rows.append(row)
        return rows[len(taken) :]

    def _mosaic(self, rng: np.random.Generator) -> Picture:
        """Return four small views side by side in one picture."""
        size = self.mix.size
        split = size // 2 + 8 * int(rng.integers(-4, 5))
        canvas, rows = np.zeros((size, size, 3), np.uint8), []
        for x, y in ((0, 0), (split, 0), (0, split), (split, split)):
            width, height = (split if at == 0 else size - split for at in (x, y))
            part = self.views(rng, max(width, height), 1)[0]
            canvas[y : y + height, x : x + width] = part.pixels[:height, :width]
            rows += [cut for row in part.rows if (cut := _cut(row, width, height, (x, y))) is not None]
        return Picture(canvas, np.array(rows, np.float32).reshape(-1, ROW))


def target(quad: Quad, trust: float, size: int, ignored: bool = False) -> npt.NDArray[np.float32] | None:
    """Return the row ``(14,) float32`` of a plate at a Quad ``(4, 2) float32`` px, or None if it is out
    of sight.
    """
    box = np.concatenate([quad.min(0), quad.max(0)])
    state = IGNORED if ignored else REAL
    return _clipped(np.concatenate([box, quad.ravel(), [trust, state]]).astype(np.float32), size, size)


def _clipped(row: npt.NDArray[np.float32], width: float, height: float) -> npt.NDArray[np.float32] | None:
    """Return the row, ignored if too little of the plate is in a picture of that size, or None if nothing
    is.
    """
    box = row[:4]
    seen = np.clip(box, 0, [width, height, width, height])
    w, h = seen[2:] - seen[:2]
    if w <= 0 or h <= 0:
        return None
    visible = w * h / max(float(np.prod(box[2:] - box[:2])), 1e-3)
    if row[13] == IGNORED or visible < LEAST_VISIBLE or w < LEAST_WIDTH or h < LEAST_HEIGHT:
        row = row.copy()
        row[:4], row[13] = seen, IGNORED
    return row


def _cut(
    row: npt.NDArray[np.float32], width: int, height: int, place: tuple[int, int]
) -> npt.NDArray[np.float32] | None:
    """Return a target of a mosaic's part in px of the mosaic."""
    kept = _clipped(row, width, height)
    if kept is None:
        return None
    moved = kept.copy()
    moved[:12] += np.tile(np.array(place, np.float32), 6)
    return moved


def _in_sight(quad: Quad, size: int) -> bool:
    return bool((quad.max(0) > 4).all() and (quad.min(0) < size - 4).all())


def _touch(row: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> bool:
    return bool((np.minimum(row[2:4], other[2:4]) + 4 > np.maximum(row[:2], other[:2])).all())
