"""More looks at one plate whose text is doubtful: cut and turned otherwise, and in other colours."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad, turn
from platewise.core.lattice import Lattice
from platewise.vision.contrast import INK, PAPER
from platewise.vision.protocols import Recognition
from platewise.vision.rectify import rectify

FAINT = 8.0
"""A plate with less contrast than this is not stretched further: it would be noise."""


@dataclass(frozen=True, slots=True)
class LooksTuning:
    """A text less likely than ``under`` is read from more looks, and the mean of all lattices decides.

    A cut is how much wider and higher it is, as shares, and by how many degrees it is turned.
    """

    under: float = 0.8
    cuts: tuple[tuple[float, float, float], ...] = (
        (-0.08, -0.10, 0.0),
        (0.08, 0.12, 0.0),
        (0.0, 0.0, 2.5),
        (0.0, 0.0, -2.5),
    )


def looks(
    pixels: Pixels, quad: Quad, crop: Pixels, margin: tuple[float, float], tuning: LooksTuning
) -> Iterator[Pixels]:
    """Yield crops ``(h, w, 3) uint8 RGB`` of a plate, always as many.

    ``quad (4, 2) float32`` px is its place in ``pixels (H, W, 3) uint8 RGB``, ``crop (h, w, 3) uint8 RGB``
    the first look at it, ``margin`` what that showed around it, as in ``rectify``.
    """
    for wider, higher, degrees in tuning.cuts:
        yield rectify(pixels, turn(quad, degrees), (margin[0] + wider, margin[1] + higher)).pixels
    yield negative(crop)
    yield plain(crop)


def negative(crop: Pixels) -> Pixels:
    """Return a crop ``(h, w, 3) uint8 RGB`` with light and dark exchanged: strokes stay where they are."""
    return cv2.bitwise_not(crop).astype(np.uint8, copy=False)


def plain(crop: Pixels) -> Pixels:
    """Return a crop ``(h, w, 3) uint8 RGB`` in greys: stretched along the axis on which its colours differ.

    Red on white under a yellow lamp differs little in brightness, and much along that axis (the first
    principal component of the colours).
    """
    colours = crop.reshape(-1, 3).astype(np.float32)
    centred = colours - colours.mean(0)
    axis = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    grey: npt.NDArray[np.float32] = colours @ (axis * np.copysign(1, axis.sum()))
    low, high = np.percentile(grey, (2, 98))
    scaled = (grey - low) * (PAPER - INK) / max(high - low, FAINT) + INK
    return np.repeat(np.clip(scaled, 0, 255).astype(np.uint8).reshape(*crop.shape[:2], 1), 3, axis=2)


def mean(recognitions: Sequence[Recognition]) -> Recognition:
    """Return what several looks at one plate say together."""
    count = np.float32(len(recognitions))
    together = np.stack([one.lattice.probabilities for one in recognitions]).sum(0) / count
    codes = sorted({code for one in recognitions for code in one.regions})
    regions = {
        code: sum(one.regions.get(code, 0.0) for one in recognitions) / len(recognitions) for code in codes
    }
    return Recognition(Lattice(np.asarray(together, np.float32)), regions)
