"""What the recogniser's network is to do better: name signs, name the region, look at the right places."""

from typing import TypedDict

import torch
from torch import Tensor
from torch.nn import functional

from platewise.train.config import Settings, Share
from platewise.train.recognizer_model import COLUMNS, ROWS, Reading

SPREAD_X, SPREAD_Y = 0.9, 0.7
"""Standard deviations of a sign's place on the grid, in cells."""


class LossConfig(Settings):
    """The weights of the losses: table ``[loss]``."""

    smoothing: Share = 0.05
    region: float = 0.1
    attention: float = 0.3


class Batch(TypedDict):
    """N crops with their labels."""

    crops: Tensor
    """(N, 48, 160, 3) uint8 RGB."""
    signs: Tensor
    """Class of each slot, (N, 10) int64, 0 behind the last sign."""
    regions: Tensor
    """Index of the region, (N,) int64, -1 for unknown."""
    centres: Tensor
    """Centre of each sign as x, y in [0, 1], (N, 10, 2) float32; -1 for unknown or no sign."""


def losses(reading: Reading, batch: Batch, config: LossConfig) -> dict[str, Tensor]:
    """Return ``loss``, the weighted sum, and its parts ``signs``, ``region`` and ``attention``."""
    signs = functional.cross_entropy(
        reading.lattice.float().flatten(0, 1), batch["signs"].flatten(), label_smoothing=config.smoothing
    )
    region = region_loss(reading.regions.float(), batch["regions"])
    attention = attention_loss(reading.attention, batch["centres"])
    total = signs + config.region * region + config.attention * attention
    return {"loss": total, "signs": signs, "region": region, "attention": attention}


def region_loss(logits: Tensor, regions: Tensor) -> Tensor:
    """Return the mean cross-entropy of logits (N, R) over the crops of known region; 0 if there is none."""
    total = functional.cross_entropy(logits, regions, ignore_index=-1, reduction="sum")
    return total / (regions >= 0).sum().clamp(min=1)


def attention_loss(attention: Tensor, centres: Tensor) -> Tensor:
    """Return the mean cross-entropy of attention (N, 10, 240) to the places of the signs inside the crop."""
    inside = ((centres > 0) & (centres < 1)).all(-1)  # (N, 10)
    miss = -(attention_target(centres) * (attention + 1e-5).log()).sum(-1)  # (N, 10)
    return (miss * inside).sum() / inside.sum().clamp(min=1)


def attention_target(centres: Tensor) -> Tensor:
    """Return where to look for signs at (N, 10, 2) in [0, 1]: bells on the grid, (N, 10, 240), sum 1."""
    x = torch.arange(COLUMNS, device=centres.device) + 0.5 - centres[..., :1] * COLUMNS  # (N, 10, 40)
    y = torch.arange(ROWS, device=centres.device) + 0.5 - centres[..., 1:] * ROWS  # (N, 10, 6)
    across, down = (-0.5 * (x / SPREAD_X) ** 2).exp(), (-0.5 * (y / SPREAD_Y) ** 2).exp()
    bell = (down[..., :, None] * across[..., None, :]).flatten(-2)  # (N, 10, 6, 40) -> (N, 10, 240)
    return bell / (bell.sum(-1, keepdim=True) + 1e-6)
