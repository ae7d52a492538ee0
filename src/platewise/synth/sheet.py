"""Contact sheets: drawn plates, their photographs, and real plates beside them, to compare by eye."""

from collections.abc import Sequence

import cv2
import numpy as np

from platewise.synth.canvas import Pixels
from platewise.synth.degrade import photograph
from platewise.synth.plates import DrawnPlate

CELL = (240, 108)
"""Width and height of one picture on the sheet, in px."""
_PAPER = 114


def contact_sheet(rows: Sequence[Sequence[Pixels]]) -> Pixels:
    """Return the pictures ``(h, w, 3) uint8 RGB`` as rows of one picture; short rows end in empty paper."""
    width, height = CELL
    columns = max(len(row) for row in rows)
    sheet = np.full((height * len(rows), width * columns, 3), _PAPER, np.uint8)
    for j, row in enumerate(rows):
        for i, picture in enumerate(row):
            sheet[j * height : (j + 1) * height, i * width : (i + 1) * width] = _in_cell(picture)
    return sheet


def plate_rows(
    plates: Sequence[DrawnPlate], seed: int, columns: int, real: Sequence[Pixels] = ()
) -> list[list[Pixels]]:
    """Return rows of drawn plates, under each of them a row of their photographs, and a row of real ones.

    ``real`` are pictures ``(h, w, 3) uint8 RGB``, used up from the first.
    """
    rng = np.random.default_rng(seed)
    rows: list[list[Pixels]] = []
    for i in range(0, len(plates), columns):
        some = plates[i : i + columns]
        rows += [[p.pixels for p in some], [photograph(rng, p)[0] for p in some]]
        if real[i : i + columns]:
            rows.append(list(real[i : i + columns]))
    return rows


def _in_cell(picture: Pixels) -> Pixels:
    """Return the picture in the middle of one cell of paper, with a thin margin."""
    width, height = CELL
    scale = min((width - 6) / picture.shape[1], (height - 6) / picture.shape[0])
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    resized = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST)
    cell = np.full((height, width, 3), _PAPER, np.uint8)
    x, y = (width - size[0]) // 2, (height - size[1]) // 2
    cell[y : y + size[1], x : x + size[0]] = resized
    return cell
