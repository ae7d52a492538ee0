"""The detector's network: plain 3x3 convolutions, three levels, score, box and corners from one head."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from platewise.vision.detectors.decode_grid import CHANNELS

OUTPUTS = ("p8", "p16", "p32")
"""Names of the grids in the ONNX file, strides 8, 16, 32."""
PAD, SCALE = 114.0, 64.0
"""The network sees ``(pixel - PAD) / SCALE``; pictures are letterboxed with PAD."""


def normalised(pixels: Tensor) -> Tensor:
    """Return the network's input ``(N, 3, H, W) float32`` for pictures ``(N, H, W, 3) uint8 RGB``."""
    return (pixels.permute(0, 3, 1, 2).float() - PAD) / SCALE


def convolution(
    inputs: int, outputs: int, size: int = 3, stride: int = 1, relu: bool = True
) -> nn.Sequential:
    """Return convolution, batch normalisation and, unless told otherwise, ReLU."""
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, *([nn.ReLU(inplace=True)] if relu else []))


class Residual(nn.Module):
    """Two convolutions through half the channels, added to the input."""

    def __init__(self, channels: int) -> None:
        """Build for so many channels."""
        super().__init__()
        self.squeeze = convolution(channels, channels // 2)
        self.restore = convolution(channels // 2, channels, relu=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``(N, C, H, W) float32`` of the input's shape."""
        return functional.relu(x + self.restore(self.squeeze(x)))


def stage(inputs: int, outputs: int, blocks: int) -> nn.Sequential:
    """Return a convolution of stride 2 and some residual blocks."""
    return nn.Sequential(convolution(inputs, outputs, stride=2), *(Residual(outputs) for _ in range(blocks)))


class DetectorNet(nn.Module):
    """``(N, 3, H, W) float32`` normalised, H and W multiples of 32, to three grids ``(N, 13, H/s, W/s)
    float32``.
    """

    def __init__(
        self,
        widths: tuple[int, ...] = (16, 32, 64, 96, 128),
        blocks: tuple[int, ...] = (1, 1, 2, 2),
        pyramid: int = 48,
    ) -> None:
        """Build with the widths of stem and stages, the residual blocks of each stage, and the pyramid's
        width.
        """
        super().__init__()
        self.stem = convolution(3, widths[0], stride=2)
        self.stages = nn.ModuleList(stage(widths[i], widths[i + 1], count) for i, count in enumerate(blocks))
        self.laterals = nn.ModuleList(
            convolution(width, pyramid, size=1, relu=i == 2) for i, width in enumerate(widths[2:])
        )
        self.smooth = nn.ModuleList(convolution(pyramid, pyramid) for _ in range(2))
        self.heads = nn.ModuleList(convolution(pyramid, pyramid) for _ in OUTPUTS)
        self.last = nn.ModuleList(_last(pyramid) for _ in OUTPUTS)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the grids of strides 8, 16 and 32, each ``(N, 13, H/s, W/s) float32``."""
        at4 = self.stages[0](self.stem(x))
        at8 = self.stages[1](at4)
        at16 = self.stages[2](at8)
        p32 = self.laterals[2](self.stages[3](at16))
        p16 = self.smooth[1](_merge(self.laterals[1](at16), p32))
        p8 = self.smooth[0](_merge(self.laterals[0](at8), p16))
        p8, p16, p32 = (
            last(head(p)) for last, head, p in zip(self.last, self.heads, (p8, p16, p32), strict=True)
        )
        return p8, p16, p32


class Exported(nn.Module):
    """The network with its normalisation: pictures ``(N, H, W, 3) uint8 RGB`` to the three grids."""

    def __init__(self, net: nn.Module) -> None:
        """Wrap a trained network."""
        super().__init__()
        self.net = net

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the grids of strides 8, 16 and 32, each ``(N, 13, H/s, W/s) float32``."""
        p8, p16, p32 = self.net(normalised(image))
        return p8, p16, p32


def _merge(lateral: Tensor, coarse: Tensor) -> Tensor:
    return functional.relu(lateral + functional.interpolate(coarse, scale_factor=2.0, mode="nearest"))


def _last(channels: int) -> nn.Conv2d:
    """Return the output layer, biased to "no plate" and, where there is one, to a typical plate."""
    layer = nn.Conv2d(channels, CHANNELS, 1)
    nn.init.normal_(layer.weight, std=0.01)
    corners = [-1.6, -0.6, 1.6, -0.6, 1.6, 0.6, -1.6, 0.6]
    assert layer.bias is not None
    with torch.no_grad():
        layer.bias.copy_(torch.tensor([-5.0, 0.0, 0.0, 1.2, 0.2, *corners]))
    return layer
