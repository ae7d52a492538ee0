"""Draws docs/images/hero.png: four of the samples with what the shipped weights read in them."""

from pathlib import Path

import cv2
import numpy as np

from platewise import Reader

HERE = Path(__file__).parent
SHOWN = ("000000", "000006", "000004", "000002")
SIZE = (640, 360)

reader = Reader()
paths = [HERE.parents[1] / "samples" / f"{name}.jpg" for name in SHOWN]
parts = [cv2.resize(reader.read(path).plot(), SIZE, interpolation=cv2.INTER_AREA) for path in paths]
picture = np.vstack([np.hstack(parts[:2]), np.hstack(parts[2:])])
cv2.imwrite(
    str(HERE / "hero.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 9]
)
