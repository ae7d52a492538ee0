"""The three networks of the ``haar`` pipeline: where the plate ends, where signs stand, which they are."""

import torch
from torch import Tensor, nn

from platewise.core.plate import SIGNS
from platewise.train.recognizer_model import convolution
from platewise.vision.detectors import bands
from platewise.vision.recognizers.segments import WINDOW

CLASSES = 1 + len(SIGNS)


class HaarNets(nn.Module):
    """All three, trained in one run; each is exported by itself."""

    def __init__(self) -> None:
        """Build them."""
        super().__init__()
        self.edges, self.split, self.signs = EdgeNet(), SplitNet(), SignNet()


class EdgeNet(nn.Module):
    """Strips ``(N, 48, 208, 3) uint8 RGB`` to the plate's left and right edge, (N, 2) in strip px."""

    def __init__(self) -> None:
        """Build the network: strokes, then one guess a column and a vote for each edge."""
        super().__init__()
        self.strokes = nn.Sequential(  # (N, 3, 48, 208)
            convolution(3, 16, stride=2),  # (N, 16, 24, 104)
            convolution(16, 32, stride=(2, 1)),  # (N, 32, 12, 104)
            convolution(32, 32, stride=(2, 1)),  # (N, 32, 6, 104)
            nn.Conv2d(32, 32, (6, 1)),  # (N, 32, 1, 104)
            nn.ReLU(inplace=True),
        )
        self.votes = nn.Sequential(
            nn.Conv1d(32, 32, 15, padding=7), nn.ReLU(inplace=True), nn.Conv1d(32, 2, 15, padding=7)
        )
        self.columns: Tensor
        columns = (torch.arange(bands.WIDTH // 2) + 0.5) * 2
        self.register_buffer("columns", columns)

    def forward(self, strips: Tensor) -> Tensor:
        """Return the two edges (N, 2): the mean of the columns, weighted by the votes."""
        strokes = self.strokes(_planes(strips))[:, :, 0]  # (N, 32, 104)
        shares = self.votes(strokes).float().softmax(2)  # (N, 2, 104)
        return torch.einsum("nec,c->ne", shares, self.columns)


class SplitNet(nn.Module):
    """Crops ``(N, 48, 160, 3) uint8 RGB`` to the log-odds (N, 80) that a sign's middle is at each place.

    A sliding window: every place answers from the 50 px around it.
    """

    def __init__(self) -> None:
        """Build the network."""
        super().__init__()
        self.net = nn.Sequential(  # (N, 3, 48, 160)
            convolution(3, 16, stride=2),  # (N, 16, 24, 80)
            convolution(16, 32, stride=(2, 1)),  # (N, 32, 12, 80)
            convolution(32, 32, stride=(2, 1)),  # (N, 32, 6, 80)
            convolution(32, 48, stride=(2, 1)),  # (N, 48, 3, 80)
            nn.Conv2d(48, 48, (3, 9), padding=(0, 4)),  # (N, 48, 1, 80)
            nn.ReLU(inplace=True),
            nn.Conv2d(48, 1, (1, 7), padding=(0, 3)),  # (N, 1, 1, 80)
        )

    def forward(self, crops: Tensor) -> Tensor:
        """Return the log-odds."""
        return self.net(_planes(crops))[:, 0, 0]  # type: ignore[no-any-return]


class SignNet(nn.Module):
    """Windows ``(N, 48, 24, 3) uint8 RGB`` to the logits of the signs (N, 82)."""

    def __init__(self) -> None:
        """Build the network."""
        super().__init__()
        self.net = nn.Sequential(  # (N, 3, 48, 24)
            convolution(3, 24, size=5, stride=2),  # (N, 24, 24, 12)
            convolution(24, 32),
            convolution(32, 48, stride=2),  # (N, 48, 12, 6)
            convolution(48, 64),
            convolution(64, 96, stride=2),  # (N, 96, 6, 3)
            nn.Flatten(),
            nn.Linear(96 * 6 * (WINDOW // 8), 96),
            nn.ReLU(inplace=True),
            nn.Linear(96, CLASSES),
        )

    def forward(self, windows: Tensor) -> Tensor:
        """Return the logits."""
        return self.net(_planes(windows))  # type: ignore[no-any-return]


def _planes(pictures: Tensor) -> Tensor:
    """Return pictures ``(N, H, W, 3) uint8 RGB`` as (N, 3, H, W) float32 around 0."""
    return (pictures.float() - 127.5).permute(0, 3, 1, 2) / 64
