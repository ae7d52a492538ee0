"""What a half-trained detector teaches its own training: corners of box-only plates, doubtful places,
hard pictures.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from torch import nn

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad, as_quad, iou
from platewise.synth.paste import Matrix, project
from platewise.train.detector_infer import Found, detect, infer
from platewise.train.detector_scenes import INCOMPLETE, Mark, Scene
from platewise.train.detector_view import View
from platewise.vision.detectors.decode_grid import Floats

VIEW, ZOOM = 256, 100.0
"""Plates are looked at in views of this size, at this width or height, px."""
LEAST = (20.0, 7.0)
"""A plate of less width or height in its picture gives no corners that could be trusted."""
AGREEMENT, COVERAGE = 0.05, 0.8
"""Corners count if the mirrored view finds them within this share of the plate's size, and their box fits."""
INSIDE, LOOSE, SURE = 0.75, 0.25, 0.6
"""A label may be loose or beside its plate (those of Open Images often are): where both views see, surely, a
plate that lies so far inside of the label and overlaps it so much, they are believed and the label is not.
"""
MISTAKE, UNLABELLED, UNLABELLED_THERE = 0.5, 0.78, 0.55
"""Scores: a false positive; so sure that the label may be missing; the same where labels are known to be
missing.
"""
HARD, REPEATED = 0.35, 4
"""A background with a score like this is hard, and comes so often."""
APART = 0.15
"""A detection that overlaps every label less than this is of something else."""


def mine(net: nn.Module, scenes: Sequence[Scene]) -> list[Scene]:
    """Return the scenes with pseudo-corners, with doubtful places ignored, and with mistakes to look at
    again.
    """
    mined = []
    for scene in scenes:
        pixels = scene.pixels()
        strange = _strange(scene, detect(net, [pixels], 384, MISTAKE)[0])
        sure = UNLABELLED_THERE if scene.source in INCOMPLETE else UNLABELLED
        doubtful = tuple(Mark(quad, 0.0, ignored=True) for quad, score in strange if score >= sure)
        mistakes = tuple(quad for quad, score in strange if score < sure)
        marks = pseudo_corners(net, pixels, scene.marks)
        mined.append(replace(scene, marks=marks + doubtful, mistakes=mistakes))
    return mined


def harder(net: nn.Module, backgrounds: Sequence[Scene]) -> list[Scene]:
    """Return the backgrounds with those repeated in which the network sees plates."""
    found = detect(net, [scene.pixels() for scene in backgrounds], VIEW, HARD)
    hard = [scene for scene, plates in zip(backgrounds, found, strict=True) if len(plates.scores)]
    return [*backgrounds, *(hard * (REPEATED - 1))]


def pseudo_corners(net: nn.Module, pixels: Pixels, marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Return the marks; where plain and mirrored view of a box-only plate agree on its corners, with those.

    The picture is ``(H, W, 3) uint8 RGB``.
    """
    open_marks = [i for i, mark in enumerate(marks) if _worth_a_look(mark)]
    size = (pixels.shape[1], pixels.shape[0])
    views = [_close(marks[i].quad) for i in open_marks]
    squares = [view.look(pixels, size, 114) for view in views]
    mirrored = [np.ascontiguousarray(square[:, ::-1]) for square in squares]
    found = infer(net, squares + mirrored, 0.1) if squares else []
    result = list(marks)
    for k, (i, view) in enumerate(zip(open_marks, views, strict=True)):
        wanted = project(view.matrix, marks[i].quad)
        quad = _agreed(found[k], found[k + len(views)], wanted)
        if quad is not None:
            result[i] = Mark(project(np.linalg.inv(view.matrix).astype(np.float64), quad), 1.0)
    return tuple(result)


def _worth_a_look(mark: Mark) -> bool:
    width, height = np.ptp(mark.quad, axis=0)
    return mark.trust < 1 and not mark.ignored and width >= LEAST[0] and height >= LEAST[1]


def _close(quad: Quad) -> View:
    """Return the upright view with the plate in its middle."""
    width, height = np.ptp(quad, axis=0)
    scale = float(min(ZOOM / width, ZOOM / height, 3.0))
    x, y = (quad.min(0) + quad.max(0)) / 2
    matrix: Matrix = np.array(
        [[scale, 0, VIEW / 2 - x * scale], [0, scale, VIEW / 2 - y * scale], [0, 0, 1.0]]
    )
    return View(matrix, VIEW, scale, 0.0, False)


def _agreed(plain: Found, mirrored: Found, wanted: Quad) -> Quad | None:
    """Return the mean of both views' corners, or None where they disagree.

    They are stretched to the labelled box where they nearly fill it, and stand as they are in a loose one.
    """
    there = _at(plain.quads, plain.scores, wanted)
    back = _at(_unmirrored(mirrored.quads), mirrored.scores, wanted)
    if there is None or back is None:
        return None
    quad = as_quad((there + back) / 2)
    low, high = quad.min(0), quad.max(0)
    if float(np.abs(there - back).mean()) > AGREEMENT * math.sqrt(float(np.prod(high - low))):
        return None
    if _overlap(quad[None], wanted)[0] >= COVERAGE:
        wanted_low, wanted_high = wanted.min(0), wanted.max(0)
        return as_quad((quad - low) / (high - low) * (wanted_high - wanted_low) + wanted_low)
    return quad if _inside(quad[None], wanted)[0] >= INSIDE else None


def _at(quads: Floats, scores: Floats, wanted: Quad) -> Quad | None:
    """Return the first of quads ``(n, 4, 2) float32`` that overlaps the wanted one by half or lies in it."""
    overlap = _overlap(quads, wanted)
    loose = (overlap > LOOSE) & (_inside(quads, wanted) >= INSIDE) & (scores >= SURE)
    near = np.flatnonzero((overlap > 0.5) | loose)
    return as_quad(quads[near[0]]) if len(near) else None


def _inside(quads: Floats, wanted: Quad) -> Floats:
    """Return the share ``(n,) float32`` of each quad's upright box that lies in the box of the wanted one."""
    low, high = quads.min(1), quads.max(1)
    shared = np.clip(np.minimum(high, wanted.max(0)) - np.maximum(low, wanted.min(0)), 0, None).prod(1)
    return np.asarray(shared / np.maximum((high - low).prod(1), 1e-6), np.float32)


def _unmirrored(quads: Floats) -> Floats:
    """Return quads ``(n, 4, 2) float32`` of a mirrored view as they are in the view."""
    turned = quads[:, [1, 0, 3, 2]]
    return np.stack([VIEW - turned[..., 0], turned[..., 1]], -1)


def _overlap(quads: Floats, wanted: Quad) -> Floats:
    """Return the IoU ``(n,) float32`` of the upright boxes of quads ``(n, 4, 2)`` with that of a Quad."""
    boxes = np.concatenate([quads.min(1), quads.max(1)], 1)
    box = np.concatenate([wanted.min(0), wanted.max(0)])
    return iou(boxes, box[None])[:, 0]


def _strange(scene: Scene, found: Found) -> list[tuple[Quad, float]]:
    """Return detections that are of no labelled plate, with their scores."""
    boxes = [np.concatenate([mark.quad.min(0), mark.quad.max(0)]) for mark in scene.marks]
    table = iou(found.boxes, np.array(boxes, np.float32).reshape(-1, 4))
    apart = table.max(1, initial=0) < APART
    return [(found.quads[i], float(found.scores[i])) for i in np.flatnonzero(apart)]
