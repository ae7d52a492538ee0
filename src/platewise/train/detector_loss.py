"""The detector's loss: which cells answer for which plate (in the manner of SimOTA), and what their
errors cost.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from platewise.vision.detectors.decode_grid import CHANNELS, STRIDES

REAL, IGNORED, NONE = 0.0, 1.0, -1.0
"""States of a target row: a plate, a plate that neither counts nor hurts, an empty row."""
CANDIDATES = 10
"""No plate has more cells than this."""
FORBIDDEN = 1e6


class Targets(NamedTuple):
    """Plates of a batch in px: boxes ``(N, G, 4)``, quads ``(N, G, 8)``, trust in the quad and state
    ``(N, G)``.
    """

    boxes: Tensor
    quads: Tensor
    trust: Tensor
    state: Tensor

    @classmethod
    def of(cls, rows: Tensor) -> "Targets":
        """Return the targets of rows ``(N, G, 14) float32``: box x0, y0, x1, y1, eight corner values,
        trust, state.
        """
        return cls(rows[..., :4], rows[..., 4:12], rows[..., 12], rows[..., 13])


class Cells(NamedTuple):
    """Every cell of three grids in px: logits ``(N, C)``, boxes ``(N, C, 4)``, quads ``(N, C, 8)``, where
    they are.
    """

    logits: Tensor
    boxes: Tensor
    quads: Tensor
    centres: Tensor
    strides: Tensor

    @classmethod
    def of(cls, grids: tuple[Tensor, ...]) -> "Cells":
        """Return the decoded cells of grids ``(N, 13, H/s, W/s) float32``, fine to coarse."""
        levels = [_level(grid.float(), stride) for grid, stride in zip(grids, STRIDES, strict=True)]
        logits, boxes, quads, centres, strides = zip(*levels, strict=True)
        return cls(
            logits=torch.cat(logits, 1),
            boxes=torch.cat(boxes, 1),
            quads=torch.cat(quads, 1),
            centres=torch.cat(centres),
            strides=torch.cat(strides),
        )


class Assignment(NamedTuple):
    """Which cells answer: ``picture``, ``cell`` and ``plate`` indices ``(P,)``; ``ignored`` ``(N, C)``
    bool.
    """

    picture: Tensor
    cell: Tensor
    plate: Tensor
    ignored: Tensor


@dataclass(frozen=True)
class Weights:
    """How much each part of the loss counts."""

    box: float = 2.0
    corners: float = 2.0
    outline: float = 1.0
    negatives: float = 0.9


def losses(grids: tuple[Tensor, ...], rows: Tensor, weights: Weights) -> dict[str, Tensor]:
    """Return the loss and its parts for grids ``(N, 13, H/s, W/s)`` and target rows ``(N, G, 14)``, both
    float32.

    ``outline`` teaches corners to plates of which only the box is known: the corners must touch the box.
    """
    cells, targets = Cells.of(grids), Targets.of(rows)
    found = assign(cells, targets)
    boxes, quads = cells.boxes[found.picture, found.cell], cells.quads[found.picture, found.cell]
    true_boxes, true_quads, trust, _ = (part[found.picture, found.plate] for part in targets)
    overlap, gain = overlaps(boxes, true_boxes)
    quality = overlap.detach().clamp(0.05, 1)
    total = quality.sum().clamp(min=1)
    size = (true_boxes[:, 2:] - true_boxes[:, :2]).clamp(min=2).prod(-1).sqrt()[:, None]
    corners = _distance(quads / size, true_quads / size)
    outline = _distance(_outline(quads) / size, true_boxes / size)
    parts = {
        "score": _score_loss(cells.logits, found, quality, weights.negatives) / total,
        "box": ((1 - gain) * quality).sum() / total,
        "corners": (corners * trust * quality).sum() / total,
        "outline": (outline * (1 - trust) * quality).sum() / total,
    }
    whole = parts["score"] + sum(
        getattr(weights, name) * parts[name] for name in ("box", "corners", "outline")
    )
    return {"loss": whole, **parts}


def assign(cells: Cells, targets: Targets) -> Assignment:
    """Return the cells that answer for each plate: near its middle, of a fitting level, with the least
    cost.
    """
    with torch.no_grad():
        near, distance = _near(cells, targets)
        overlap = _pair_overlap(cells.boxes, targets.boxes) * near
        cost = functional.softplus(-cells.logits)[:, None] - 3 * torch.log(overlap + 1e-4) + 0.3 * distance
        cost = cost.masked_fill(~near, FORBIDDEN)
        wanted = overlap.topk(CANDIDATES, -1).values.sum(-1).int().clamp(2, CANDIDATES)
        least, where = cost.topk(CANDIDATES, -1, largest=False)
        chosen = (torch.arange(CANDIDATES, device=cost.device) < wanted[..., None]) & (least < FORBIDDEN)
        matched = torch.zeros_like(near).scatter_(2, where, chosen)
        best, plate = cost.masked_fill(~matched, FORBIDDEN).min(1)
        answers = best < FORBIDDEN
        picture, cell = answers.nonzero(as_tuple=True)
        covered = _inside(cells.centres, targets.boxes, 4) & (targets.state == IGNORED)[..., None]
        return Assignment(picture, cell, plate[picture, cell], covered.any(1) & ~answers)


def overlaps(boxes: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """Return IoU and generalised IoU ``(P,)`` of boxes ``(P, 4)`` with others ``(P, 4)``, as x0, y0, x1,
    y1 px.
    """
    both = _span(torch.maximum(boxes[:, :2], others[:, :2]), torch.minimum(boxes[:, 2:], others[:, 2:]))
    union = _span(boxes[:, :2], boxes[:, 2:]) + _span(others[:, :2], others[:, 2:]) - both + 1e-6
    hull = (
        _span(torch.minimum(boxes[:, :2], others[:, :2]), torch.maximum(boxes[:, 2:], others[:, 2:])) + 1e-6
    )
    return both / union, both / union - (hull - union) / hull


def _level(grid: Tensor, stride: int) -> tuple[Tensor, ...]:
    count, _, height, width = grid.shape
    values = grid.permute(0, 2, 3, 1).reshape(count, height * width, CHANNELS)
    rows, columns = torch.meshgrid(
        *(torch.arange(n, device=grid.device) for n in (height, width)), indexing="ij"
    )
    centres = (torch.stack([columns, rows], -1).reshape(-1, 2).float() + 0.5) * stride
    middle = centres + values[..., 1:3] * stride
    half = values[..., 3:5].clamp(-3, 4).exp() * (stride / 2)
    quads = centres.repeat(1, 4) + values[..., 5:] * stride
    boxes = torch.cat([middle - half, middle + half], -1)
    return values[..., 0], boxes, quads, centres, torch.full_like(centres[:, 0], stride)


def _near(cells: Cells, targets: Targets) -> tuple[Tensor, Tensor]:
    """Return which cells may answer for a plate ``(N, G, C)`` and their distance from its middle in
    strides.
    """
    middle = (targets.boxes[..., :2] + targets.boxes[..., 2:]) / 2
    size = (targets.boxes[..., 2:] - targets.boxes[..., :2]).clamp(min=1)
    offset = (cells.centres - middle[:, :, None]) / cells.strides[:, None]
    reach = offset.abs().amax(-1)
    span = torch.maximum(size[..., 0], 2 * size[..., 1])[..., None] / cells.strides
    fits = ((span < 14) | (cells.strides == STRIDES[-1])) & ((span > 1) | (cells.strides == STRIDES[0]))
    close = (_inside(cells.centres, targets.boxes, 0) & (reach < 2.5)) | (reach <= 0.75)
    return close & fits & (targets.state == REAL)[..., None], offset.norm(dim=-1)


def _inside(centres: Tensor, boxes: Tensor, margin: float) -> Tensor:
    low, high = boxes[:, :, None, :2] - margin, boxes[:, :, None, 2:] + margin
    return ((centres >= low) & (centres <= high)).all(-1)


def _pair_overlap(boxes: Tensor, plates: Tensor) -> Tensor:
    """Return IoU ``(N, G, C)`` of cell boxes ``(N, C, 4)`` with plates ``(N, G, 4)``."""
    one, other = boxes[:, None], plates[:, :, None]
    both = _span(torch.maximum(one[..., :2], other[..., :2]), torch.minimum(one[..., 2:], other[..., 2:]))
    areas = _span(one[..., :2], one[..., 2:]) + _span(other[..., :2], other[..., 2:])
    return both / (areas - both + 1e-6)


def _span(low: Tensor, high: Tensor) -> Tensor:
    return (high - low).clamp(min=0).prod(-1)


def _outline(quads: Tensor) -> Tensor:
    points = quads.view(-1, 4, 2)
    return torch.cat([points.amin(1), points.amax(1)], -1)


def _distance(found: Tensor, true: Tensor) -> Tensor:
    return functional.smooth_l1_loss(found, true, beta=0.04, reduction="none").mean(-1)


def _score_loss(logits: Tensor, found: Assignment, quality: Tensor, negatives: float) -> Tensor:
    """Return the summed cross-entropy: answering cells aim at their IoU, easy negatives hardly count."""
    target = torch.zeros_like(logits)
    target[found.picture, found.cell] = quality
    doubt = negatives * torch.sigmoid(logits.detach()) ** 1.5
    weight = torch.where(target > 0, target, doubt * ~found.ignored)
    return (functional.binary_cross_entropy_with_logits(logits, target, reduction="none") * weight).sum()
