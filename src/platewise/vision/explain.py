"""Why a read is doubtful: each reason is ``code`` or ``code: detail``, for programs and for people.

``too_small`` ``blurred`` ``glare`` ``dark`` ``cut`` ``angle`` speak of the picture, ``format_unknown``
``low_character`` ``disagreement`` of the text.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad, box_of, sides
from platewise.vision.decode_lattice import Decoded
from platewise.vision.recognizers.onnx_slots import stretch


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on a reason is given.

    ``height`` px: lower plates are too small. ``sharpness``: variance of the Laplacian over the variance of
    grey, as the recogniser sees the plate; lower is blurred. ``bright`` grey on over ``glare`` of it is
    glare. ``dark``: the 95th percentile of grey is lower. ``turn`` degrees off the horizon, or a side shorter
    than ``taper`` of the opposite one, is a hard angle. ``character``: a less probable sign is named.
    """

    height: float = 14.0
    sharpness: float = 0.06
    bright: int = 253
    glare: float = 0.35
    dark: int = 60
    turn: float = 20.0
    taper: float = 0.7
    character: float = 0.7


def explain(
    crop: Pixels, quad: Quad, size: tuple[int, int] | None, decoded: Decoded, limits: Thresholds | None = None
) -> tuple[str, ...]:
    """Return the reasons of one plate, those of the picture first.

    Crop ``(h, w, 3) uint8 RGB``; Quad ``(4, 2) float32`` px; ``size`` is the picture's width and height,
    None when the picture is the plate and nothing can be said of its place.
    """
    limits = limits or Thresholds()
    return (
        *(of_place(quad, size, limits) if size else ()),
        *of_pixels(crop, limits),
        *(of_text(decoded, limits) if decoded.text else ()),
    )


def of_place(quad: Quad, size: tuple[int, int], limits: Thresholds) -> Iterator[str]:
    """Yield what size and pose say of a Quad ``(4, 2) float32`` px in a picture of that width and height."""
    x, y, w, h = box_of(quad)
    if x < 1 or y < 1 or x + w > size[0] - 1 or y + h > size[1] - 1:
        yield "cut"
    across = quad[1] + quad[2] - quad[0] - quad[3]
    turn = abs(float(np.degrees(np.arctan2(across[1], across[0]))))
    lengths = [float(np.linalg.norm(quad[(i + 1) % 4] - quad[i])) for i in range(4)]
    taper = min(min(lengths[i], lengths[i + 2]) / max(lengths[i], lengths[i + 2], 1e-6) for i in (0, 1))
    if turn > limits.turn or taper < limits.taper:
        yield f"angle: {turn:.0f} degrees" if turn > limits.turn else "angle: seen from the side"
    if (height := sides(quad)[1]) < limits.height:
        yield f"too_small: {height:.0f} px high"


def of_pixels(crop: Pixels, limits: Thresholds) -> Iterator[str]:
    """Yield what light and sharpness say of a crop ``(h, w, 3) uint8 RGB``."""
    grey = cv2.cvtColor(stretch(crop), cv2.COLOR_RGB2GRAY)
    spread = float(grey.var())
    if float(cv2.Laplacian(grey, cv2.CV_32F).var()) < limits.sharpness * spread:
        yield "blurred"
    if (share := float((grey >= limits.bright).mean())) > limits.glare:
        yield f"glare: {share:.0%} of the plate"
    if float(np.percentile(grey, 95)) < limits.dark:
        yield "dark"


def of_text(decoded: Decoded, limits: Thresholds) -> Iterator[str]:
    """Yield what the text says."""
    if decoded.region is None:
        yield "format_unknown"
    for i, (sign, confidence) in enumerate(decoded.characters, 1):
        if confidence < limits.character:
            yield f"low_character: sign {i} ({sign}) {confidence:.0%}"
    if decoded.spelled != decoded.text:
        yield f"disagreement: the signs alone say {decoded.spelled or 'nothing'}"
