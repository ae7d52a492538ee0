"""The sliding-window network: is a plate wholly in a window of 128 x 64 px, where, and what does it say?

The strokes, the presence and the place are convolutions, so that one run over a larger picture answers for
all its windows, 16 px apart. The signs are read in one window at a time, by seven queries that look for them.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from platewise.train.config import Positive, Settings
from platewise.train.recognizer_model import Attention, Residual, convolution

HEIGHT, WIDTH = 64, 128
ROWS, COLUMNS = 8, 32
"""The grid of a window."""
SLOTS, CLASSES = 7, 37
"""A British plate has seven signs at most; class 0 is the empty slot, then digits and letters."""
STEP = (2, 4)
"""Rows and columns of the grid from one window to the next: 16 px."""


class WindowNetConfig(Settings):
    """The size of the network: table ``[model]``."""

    widths: tuple[Positive, Positive, Positive] = (16, 32, 64)
    """Channels at 1/2, at 1/4 and on the grid."""
    dim: Positive = 64
    """Channels of places and queries."""
    heads: Positive = 4
    hidden: Positive = 64
    """Channels of the answer to where."""


class Windows(NamedTuple):
    """What the network says of N pictures."""

    presence: Tensor
    """Logit that a plate is wholly there, (N, 1, h, w): one for each window."""
    place: Tensor
    """Its box as x0, y0, x1, y1 in window widths and heights, (N, 4, h, w)."""
    signs: Tensor
    """Logits of the signs in the top left window, (N, 7, 37)."""
    attention: Tensor
    """Where each slot looked, (N, 7, 256)."""


class WindowNet(nn.Module):
    """Pictures ``(N, H, W, 3) uint8 RGB`` of a window's size or more to Windows."""

    def __init__(self, config: WindowNetConfig) -> None:
        """Build the network."""
        super().__init__()
        first, second, third = config.widths
        dim = config.dim
        self.strokes = nn.Sequential(  # (N, 1, 64, 128)
            convolution(1, first, size=5, stride=2),  # (N, 16, 32, 64)
            convolution(first, second, stride=2),  # (N, 32, 16, 32)
            Residual(second),
            convolution(second, third, stride=(2, 1)),  # (N, 64, 8, 32)
            Residual(third),
        )
        self.where = nn.Sequential(
            convolution(third, 8, size=1),  # (N, 8, 8, 32)
            nn.Conv2d(8, config.hidden, (ROWS, COLUMNS), STEP),  # (N, 64, 1, 1)
            nn.ReLU(inplace=True),
            nn.Conv2d(config.hidden, 5, 1),
        )
        self.values = nn.Linear(third, dim)
        self.value_norm = nn.LayerNorm(dim)
        self.places = nn.Parameter(torch.randn(ROWS * COLUMNS, dim) * 0.1)
        self.queries = nn.Parameter(torch.randn(SLOTS, dim) * 0.1)
        self.look = nn.ModuleList(Attention(dim, config.heads) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(dim) for _ in range(2))
        self.think = nn.Sequential(nn.Linear(dim, 2 * dim), nn.ReLU(inplace=True), nn.Linear(2 * dim, dim))
        self.answer = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, CLASSES))

    def forward(self, pictures: Tensor) -> Windows:
        """Look at pictures."""
        grey = (pictures.float().mean(3) - 127.5) / 64  # (N, H, W)
        strokes = self.strokes(grey[:, None])  # (N, 64, H/8, W/4)
        where = self.where(strokes)  # (N, 5, h, w)
        signs, attention = self._read(strokes[:, :, :ROWS, :COLUMNS])
        return Windows(where[:, :1], where[:, 1:], signs, attention)

    def _read(self, strokes: Tensor) -> tuple[Tensor, Tensor]:
        """Return signs (N, 7, 37) and attention (N, 7, 256) of windows' strokes (N, 64, 8, 32)."""
        values = self.value_norm(self.values(strokes.flatten(2).transpose(1, 2)))  # (N, 256, 64)
        keys = values + self.places.to(values.dtype)
        queries = self.queries.expand(strokes.shape[0], -1, -1)  # (N, 7, 64)
        for look, norm in zip(self.look, self.norms, strict=True):
            seen, attention = look(norm(queries), keys, values)
            queries = queries + seen
        return self.answer(queries + self.think(queries)), attention
