"""From the three grids of the detector to boxes, corners and scores; numpy only.

A grid of stride s is ``(13, H/s, W/s) float32``: score logit, dx, dy, log w, log h, then dx, dy of the
corners (top-left, top-right, bottom-right, bottom-left), all in strides from the cell's centre ``(i +
0.5) * s``.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from platewise.core.geometry import iou as iou_of

Floats: TypeAlias = npt.NDArray[np.float32]

STRIDES = (8, 16, 32)
CHANNELS = 13


def decode(
    p8: Floats, p16: Floats, p32: Floats, threshold: float = 0.4, iou: float = 0.5
) -> tuple[Floats, Floats, Floats]:
    """Return the plates of one picture, best score first, overlaps above ``iou`` removed.

    Each grid is ``(13, H/s, W/s) float32``. The answer, in px of the detector's input: boxes
    ``(n, 4) float32`` as x0, y0, x1, y1; quads ``(n, 4, 2) float32``; scores ``(n,) float32`` in [0, 1].
    """
    levels = [_cells(grid, stride, threshold) for grid, stride in zip((p8, p16, p32), STRIDES, strict=True)]
    boxes, quads, scores = (np.concatenate(parts) for parts in zip(*levels, strict=True))
    keep = suppress(boxes, scores, iou)
    return boxes[keep], quads[keep], scores[keep]


def suppress(boxes: Floats, scores: Floats, iou: float) -> npt.NDArray[np.intp]:
    """Return the indices ``(m,) intp``, best first, of boxes that no better one overlaps by more than
    ``iou``.

    Boxes ``(n, 4) float32`` px as x0, y0, x1, y1; scores ``(n,) float32``.
    """
    order = np.argsort(-scores, kind="stable")
    keep: list[int] = []
    while len(order):
        best, order = order[0], order[1:]
        keep.append(int(best))
        order = order[iou_of(boxes[best : best + 1], boxes[order])[0] <= iou]
    return np.array(keep, np.intp)


def join(boxes: Floats, scores: Floats, iou: float, inside: float) -> npt.NDArray[np.intp]:
    """Return the indices ``(m,) intp``, best first, of boxes from several passes over one picture.

    As ``suppress``, and a box also goes when the share ``inside`` of it, or of a better box, lies in the
    other: one pass may see a part of what another sees whole.
    Boxes ``(n, 4) float32`` px, scores ``(n,) float32``.
    """
    order = suppress(boxes, scores, iou)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    keep: list[int] = []
    for i in order.tolist():
        low, high = np.maximum(boxes[keep, :2], boxes[i, :2]), np.minimum(boxes[keep, 2:], boxes[i, 2:])
        shared = np.clip(high - low, 0, None).prod(1) / np.maximum(np.minimum(areas[keep], areas[i]), 1e-6)
        if not (shared > inside).any():
            keep.append(i)
    return np.array(keep, np.intp)


def _cells(grid: Floats, stride: int, threshold: float) -> tuple[Floats, Floats, Floats]:
    """Return boxes, quads and scores of the cells of a grid ``(13, h, w)`` that reach the threshold."""
    with np.errstate(divide="ignore"):
        logit = np.log(threshold) - np.log1p(-threshold)
    rows, columns = np.nonzero(grid[0] >= logit)
    values = grid[:, rows, columns].T.astype(np.float32)
    centres = (np.stack([columns, rows], 1).astype(np.float32) + 0.5) * stride
    middle = centres + values[:, 1:3] * stride
    half = np.exp(np.clip(values[:, 3:5], -10, 10)) * (stride / 2)
    quads = centres[:, None] + values[:, 5:].reshape(-1, 4, 2) * stride
    scores = 1 / (1 + np.exp(-values[:, 0]))
    boxes = np.concatenate([middle - half, middle + half], 1)
    return boxes.astype(np.float32), quads.astype(np.float32), scores.astype(np.float32)
