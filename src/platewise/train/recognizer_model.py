"""The recogniser's network: small convolutions see strokes, ten queries look for the signs in reading order.

A plate picture becomes a grid of 6 x 40 places. Each of ten learned slot queries attends to the places of
"its" sign, wherever they are, so one line, two lines and a slant need no special treatment. One more query
asks for the region.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from platewise.core.plate import MAX_SIGNS, SIGNS
from platewise.train.config import Positive, Settings

HEIGHT, WIDTH = 48, 160
"""The size of the crops, px."""
ROWS, COLUMNS = 6, 40
"""The grid that the convolutions leave: the height shrinks by 8, the width by 4."""
CLASSES = 1 + len(SIGNS)


class NetConfig(Settings):
    """The size of the network: table ``[model]``. The defaults make 0.9 million parameters."""

    widths: tuple[Positive, Positive, Positive] = (32, 48, 96)
    """Channels at 1/2, 1/4 and on the grid."""
    depths: tuple[int, int] = (1, 2)
    """Residual blocks at 1/4 and on the grid."""
    dim: Positive = 128
    """Channels of places and queries."""
    heads: Positive = 4
    layers: Positive = 2


class Reading(NamedTuple):
    """What the network says of N crops."""

    lattice: Tensor
    """Logits of the signs, (N, 10, 82)."""
    regions: Tensor
    """Logits of the regions, (N, R)."""
    attention: Tensor
    """Where each slot looks in the last layer, (N, 10, 240), mean of the heads, sums to 1 over the grid."""


class RecognizerNet(nn.Module):
    """Crops ``(N, 48, 160, 3) uint8 RGB`` to a Reading."""

    def __init__(self, regions: int, config: NetConfig) -> None:
        """Build the network with a head for so many regions."""
        super().__init__()
        first, second, third = config.widths
        dim = config.dim
        self.strokes = nn.Sequential(  # (N, 3, 48, 160)
            convolution(3, first, stride=2),  # (N, 32, 24, 80)
            convolution(first, second, stride=2),  # (N, 48, 12, 40)
            *(Residual(second) for _ in range(config.depths[0])),
            convolution(second, third, stride=(2, 1)),  # (N, 96, 6, 40)
            *(Residual(third) for _ in range(config.depths[1])),
            convolution(third, dim, size=1),  # (N, 128, 6, 40)
        )
        self.place_norm = nn.LayerNorm(dim)
        self.places = nn.Parameter(sinusoids(dim))
        self.queries = nn.Parameter(torch.randn(MAX_SIGNS + 1, dim) * 0.02)
        self.layers = nn.ModuleList(Layer(dim, config.heads, mixes=i > 0) for i in range(config.layers))
        self.query_norm = nn.LayerNorm(dim)
        self.signs = nn.Linear(dim, CLASSES)
        self.regions = nn.Linear(dim, regions)

    def forward(self, crops: Tensor) -> Reading:
        """Read crops ``(N, 48, 160, 3) uint8 RGB``."""
        pixels = (crops.float() - 127.5) / 64
        strokes = self.strokes(pixels.permute(0, 3, 1, 2))  # (N, 3, 48, 160) -> (N, 128, 6, 40)
        values = self.place_norm(strokes.flatten(2).transpose(1, 2))  # (N, 240, 128)
        keys = values + self.places.to(values.dtype)  # else bfloat16 training would widen all keys
        queries = self.queries.expand(crops.shape[0], -1, -1)  # (N, 11, 128)
        for layer in self.layers:
            queries, attention = layer(queries, keys, values)
        answers = self.query_norm(queries)
        slots, region = answers[:, :MAX_SIGNS], answers[:, MAX_SIGNS]  # (N, 10, 128), (N, 128)
        return Reading(self.signs(slots), self.regions(region), attention[:, :MAX_SIGNS])


def convolution(
    inward: int, outward: int, size: int = 3, stride: int | tuple[int, int] = 1, active: bool = True
) -> nn.Sequential:
    """Return convolution, batch norm and, if active, ReLU."""
    layers: list[nn.Module] = [
        nn.Conv2d(inward, outward, size, stride, padding=size // 2, bias=False),
        nn.BatchNorm2d(outward),
    ]
    return nn.Sequential(*layers, *([nn.ReLU(inplace=True)] if active else []))


class Residual(nn.Module):
    """Two 3 x 3 convolutions beside a straight way; shapes stay."""

    def __init__(self, channels: int) -> None:
        """Build a block of so many channels."""
        super().__init__()
        self.change = nn.Sequential(
            convolution(channels, channels), convolution(channels, channels, active=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return x (N, C, H, W), changed a little."""
        return functional.relu(x + self.change(x))


class Layer(nn.Module):
    """One decoder layer, norms first: the queries mix (or not), look at the places, think."""

    def __init__(self, dim: int, heads: int, mixes: bool) -> None:
        """Build a layer; in the first one the queries know nothing yet that would be worth mixing."""
        super().__init__()
        self.mix = Attention(dim, heads) if mixes else None
        self.mix_norm = nn.LayerNorm(dim) if mixes else None
        self.look, self.look_norm = Attention(dim, heads), nn.LayerNorm(dim)
        self.think = nn.Sequential(
            nn.LayerNorm(dim), nn.Linear(dim, 2 * dim), nn.ReLU(inplace=True), nn.Linear(2 * dim, dim)
        )

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Return the queries (N, Q, D) after this layer and where they looked (N, Q, places)."""
        if self.mix is not None and self.mix_norm is not None:
            normed = self.mix_norm(queries)
            queries = queries + self.mix(normed, normed, normed)[0]
        seen, attention = self.look(self.look_norm(queries), keys, values)
        queries = queries + seen
        return queries + self.think(queries), attention


class Attention(nn.Module):
    """Attention of several heads that also tells where it looked."""

    def __init__(self, dim: int, heads: int) -> None:
        """Build the four projections."""
        super().__init__()
        self.heads, self.width = heads, dim // heads
        self.scale = 1 / math.sqrt(self.width)
        self.query, self.key = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.value, self.out = nn.Linear(dim, dim), nn.Linear(dim, dim)

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Return what was seen (N, Q, D) and the attention (N, Q, P), float32, mean of the heads."""
        q, k = self._split(self.query(queries)), self._split(self.key(keys))  # (N, h, Q, D/h), (N, h, P, D/h)
        weights = (q * self.scale @ k.transpose(-1, -2)).float().softmax(-1)  # (N, h, Q, P)
        v = self._split(self.value(values))  # (N, h, P, D/h)
        seen = (weights.to(v.dtype) @ v).transpose(1, 2).flatten(2)  # (N, h, Q, D/h) -> (N, Q, D)
        return self.out(seen), weights.mean(1)  # (N, Q, P)

    def _split(self, x: Tensor) -> Tensor:
        return x.view(x.shape[0], -1, self.heads, self.width).transpose(1, 2)  # (N, L, D) -> (N, h, L, D/h)


def sinusoids(dim: int) -> Tensor:
    """Return a start for the learned positions ``(240, dim)``: waves along columns, then along rows."""
    row, column = torch.meshgrid(torch.arange(ROWS), torch.arange(COLUMNS), indexing="ij")  # (6, 40) each
    frequencies = 10_000 ** (-torch.arange(dim // 4) / (dim // 4))  # (dim / 4,)
    across = 0.8 * column.reshape(-1, 1) * frequencies  # (240, dim / 4)
    down = 1.5 * row.reshape(-1, 1) * frequencies  # (240, dim / 4)
    return 0.5 * torch.cat([across.sin(), across.cos(), down.sin(), down.cos()], dim=1)  # (240, dim)
