"""How well the recogniser reads crops: exact plates and characters, without any knowledge of formats."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from platewise.core.frame import Pixels
from platewise.core.plate import SIGNS, fold
from platewise.train.measures import edits

CHUNK = 256


def texts_of(lattices: npt.NDArray[np.float32]) -> list[str]:
    """Return the likeliest sign of each slot of lattices ``(N, 10, 82) float32``, empty slots dropped."""
    return ["".join(SIGNS[k - 1] for k in row if k) for row in lattices.argmax(-1)]


def read(model: nn.Module, crops: Pixels) -> list[str]:
    """Return what a network reads in crops ``(N, 48, 160, 3) uint8 RGB``."""
    model.eval()
    device = next(model.parameters()).device
    chunks = (torch.from_numpy(crops[i : i + CHUNK]).to(device) for i in range(0, len(crops), CHUNK))
    return [text for chunk in chunks for text in texts_of(model(chunk).lattice.float().cpu().numpy())]


def figures(read_texts: Sequence[str], true_texts: Sequence[str]) -> dict[str, float]:
    """Return the shares of ``exact`` and ``folded`` exact texts and of right ``characters``."""
    pairs = list(zip(read_texts, true_texts, strict=True))
    wrong = sum(min(len(true), edits(true, read)) for read, true in pairs)
    return {
        "exact": float(np.mean([read == true for read, true in pairs])),
        "folded": float(np.mean([fold(read) == fold(true) for read, true in pairs])),
        "characters": 1 - wrong / sum(map(len, true_texts)),
    }
