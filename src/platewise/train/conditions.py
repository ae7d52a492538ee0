"""Under what conditions a labelled plate was seen: its region, size, blur, angle and light, in classes."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad, quad_of, sides
from platewise.train.index import Labelled, LabelledPlate
from platewise.vision.rectify import rectify

Class = tuple[float, str]
SIZES: Sequence[Class] = ((40, "under 40 px"), (60, "40 to 60"), (90, "60 to 90"), (140, "90 to 140"))
LARGEST = "140 px and more"
BLUR: Sequence[Class] = ((0.12, "blurred"), (0.17, "soft"))
SHARP = "sharp"
ANGLES: Sequence[Class] = ((5, "under 5°"), (15, "5 to 15°"))
STEEPEST = "15° and more"
LIGHT: Sequence[Class] = ((60, "dark"), (110, "dim"), (190, "normal"))
BRIGHTEST = "bright"
UNKNOWN = "not labelled"
ORDER: Mapping[str, Sequence[str]] = {
    "size": [*(name for _, name in SIZES), LARGEST],
    "blur": [*(name for _, name in BLUR), SHARP],
    "angle": [*(name for _, name in ANGLES), STEEPEST],
    "light": [*(name for _, name in LIGHT), BRIGHTEST],
}
"""The conditions with their classes from the hardest or least on; regions have no order."""


def conditions(label: Labelled, plate: LabelledPlate, pixels: Pixels) -> dict[str, str]:
    """Return the class of each condition of a labelled plate in its picture ``(H, W, 3) uint8 RGB``.

    The angle needs labelled corners, the others at least a box; a picture that is a plate has both.
    """
    told = {"region": label.region}
    quad = _quad(label, plate)
    if quad is None:
        return {**told, **dict.fromkeys(ORDER, UNKNOWN)}
    grey = cv2.cvtColor(rectify(pixels, quad, (0, 0)).pixels, cv2.COLOR_RGB2GRAY)
    sized = cv2.resize(grey, (160, 48), interpolation=cv2.INTER_AREA)
    steps = np.abs(np.diff(sized.astype(np.float32), axis=1))
    sharpness = float(steps.mean()) / max(float(sized.std()), 1e-6)
    return {
        **told,
        "size": _class(sides(quad)[0], SIZES, LARGEST),
        "blur": _class(sharpness, BLUR, SHARP),
        "angle": UNKNOWN if plate.quad is None else _class(angle_of(quad), ANGLES, STEEPEST),
        "light": _class(float(np.percentile(grey, 75)), LIGHT, BRIGHTEST),
    }


def angle_of(quad: Quad) -> float:
    """Return how many degrees a Quad ``(4, 2) float32`` px is off the horizon."""
    across = quad[1] + quad[2] - quad[0] - quad[3]
    return abs(float(np.degrees(np.arctan2(across[1], across[0]))))


def _quad(label: Labelled, plate: LabelledPlate) -> Quad | None:
    if plate.quad is not None:
        return plate.quad
    if plate.box is not None:
        return quad_of(plate.box)
    return quad_of((0, 0, *label.size)) if label.kind == "crop" else None


def _class(value: float, classes: Sequence[Class], last: str) -> str:
    return next((name for limit, name in classes if value < limit), last)
