"""What the stages of a pipeline promise each other. A plug-in implements one; it needs no base class."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from platewise.core.frame import Frame, Pixels
from platewise.core.geometry import Quad
from platewise.core.lattice import Lattice
from platewise.core.read import Detection, Read


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectified plate ``(h, w, 3) uint8 RGB`` and the homography ``(3, 3) float64`` to frame px."""

    pixels: Pixels = field(repr=False)
    to_frame: npt.NDArray[np.float64] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a recogniser says of one crop: the lattice and the probability of each region code."""

    lattice: Lattice
    regions: dict[str, float]


@runtime_checkable
class Detector(Protocol):
    """Finds plates."""

    name: str

    def detect(self, pixels: Pixels) -> list[Detection]:
        """Return the plates of a picture ``(H, W, 3) uint8 RGB``, best score first, overlaps removed."""
        ...


@runtime_checkable
class Recognizer(Protocol):
    """Reads rectified plates."""

    name: str

    def recognize(self, crops: Sequence[Pixels]) -> list[Recognition]:
        """Return one recognition a crop ``(h, w, 3) uint8 RGB`` of any size, in order."""
        ...


@runtime_checkable
class Framing(Protocol):
    """A recogniser that wants another picture of a plate than the flattened one."""

    def framed(self, pixels: Pixels, quad: Quad | None) -> Crop:
        """Return what it is to be shown of a Quad ``(4, 2) float32`` px in a picture ``(H, W, 3) uint8 RGB``.

        None: the picture is the plate.
        """
        ...


@runtime_checkable
class Staged(Protocol):
    """A detector or recogniser that shows its steps."""

    def stages(self, pixels: Pixels) -> Iterator[tuple[str, Pixels]]:
        """Yield name and picture ``(h, w, 3) uint8 RGB`` of each step over a picture or a crop."""
        ...


@runtime_checkable
class Pipeline(Protocol):
    """Frame to reads, as one callable."""

    name: str

    def __call__(self, frame: Frame) -> list[Read]:
        """Return the reads of a frame, best detection first."""
        ...
