"""Reads plates with the Tesseract program, as two seeds do. It is called once a crop, and must be installed.

The program is asked for by its own command line: no global state, one thread a call, so threads may share it.
"""

import html
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad
from platewise.core.lattice import EMPTY, Lattice
from platewise.core.plate import MAX_SIGNS, SIGNS, normalise
from platewise.errors import SettingError
from platewise.regions.confusions import cost
from platewise.settings import Settings
from platewise.vision.protocols import Crop, Recognition
from platewise.vision.rectify import rectify, whole

WINDOWS_PATH = Path("C:/Program Files/Tesseract-OCR/tesseract.exe")
"""Where the seed expects the program on Windows."""
MISSING = (
    "Tesseract is not installed here ({looked}); apt install tesseract-ocr (Debian, Ubuntu), brew install "
    "tesseract (macOS), or the installer of github.com/UB-Mannheim/tesseract (Windows); "
    "PLATEWISE_TESSERACT names a program elsewhere"
)
HEIGHT, MARGIN = 72, 12
"""The height of a line as Tesseract gets it, and the paper around it, px."""
TRIM = (-0.02, -0.08)
"""What is cut off a plate's width and height: to Tesseract its edge is a stroke like others."""
TWO_LINES = 2.2
"""A crop that is less wide for its height may hold two lines."""
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SECONDS = 20
_SIGN = re.compile(r"class='ocrx_cinfo'[^>]*x_conf ([\d.]+)[^>]*>([^<]*)<")


class TesseractRecognizer:
    """Crops as grey lines of dark signs on white; Tesseract's confidence of each sign becomes a lattice."""

    name = "tesseract"

    def __init__(self, program: str) -> None:
        """Take the path of the program."""
        self.program = program

    @classmethod
    def from_settings(cls, settings: Settings) -> "TesseractRecognizer":
        """Return the recogniser; SettingError with the install line where the program is missing."""
        return cls(find_program(settings.tesseract))

    def recognize(self, crops: Sequence[Pixels]) -> list[Recognition]:
        """Return one recognition a crop ``(h, w, 3) uint8 RGB`` of any size, in order."""
        return [Recognition(lattice_of(self.signs(crop)), {}) for crop in crops]

    def signs(self, crop: Pixels) -> list[tuple[str, float]]:
        """Return the signs of a crop ``(h, w, 3) uint8 RGB`` and how sure Tesseract is of each."""
        mode = "6" if crop.shape[1] < TWO_LINES * crop.shape[0] else "7"
        command = [self.program, "stdin", "stdout", "--psm", mode, "-c", "hocr_char_boxes=1"]
        command += ["-c", f"tessedit_char_whitelist={LETTERS}", "hocr"]
        page = cv2.imencode(".png", line_of(crop))[1].tobytes()
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        try:
            done = subprocess.run(
                command, input=page, env=environment, capture_output=True, timeout=SECONDS, check=False
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise SettingError(f"Tesseract ({self.program}) failed: {error}") from error
        answer = done.stdout.decode("utf-8", "replace")
        if done.returncode or "ocr_page" not in answer:
            said = done.stderr.decode("utf-8", "replace").strip() or "it answered no page; is it a Tesseract?"
            raise SettingError(f"Tesseract ({self.program}) failed: {said}")
        return list(_signs(answer))

    def framed(self, pixels: Pixels, quad: Quad | None) -> Crop:
        """Return the inside of a Quad ``(4, 2) float32`` px in ``(H, W, 3) uint8 RGB``, without its edge."""
        return whole(pixels) if quad is None else rectify(pixels, quad, TRIM)

    def stages(self, crop: Pixels) -> Iterator[tuple[str, Pixels]]:
        """Yield what Tesseract gets of a crop ``(h, w, 3) uint8 RGB``."""
        yield "line", cv2.cvtColor(line_of(crop), cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)


def find_program(named: Path | None) -> str:
    """Return the path of the program: the named one, that of the PATH, or the default place on Windows."""
    places = [named] if named else ["tesseract", *([WINDOWS_PATH] if sys.platform == "win32" else [])]
    for place in places:
        if found := shutil.which(str(place)):
            return found
    raise SettingError(MISSING.format(looked=", ".join(map(str, places))))


def line_of(crop: Pixels) -> npt.NDArray[np.uint8]:
    """Return a crop ``(h, w, 3) uint8 RGB`` as ``(h, w) uint8``: enlarged, dark signs on light ground."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    high = HEIGHT * (2 if crop.shape[1] < TWO_LINES * crop.shape[0] else 1)
    size = (max(8, round(grey.shape[1] * high / grey.shape[0])), high)
    large = cv2.resize(grey, size, interpolation=cv2.INTER_CUBIC)
    stretched = cv2.normalize(large, None, 0, 255, cv2.NORM_MINMAX)  # type: ignore[call-overload]
    if float(np.median(stretched)) < 110:
        stretched = 255 - stretched
    paper = cv2.copyMakeBorder(stretched, MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_CONSTANT, value=255)
    return np.asarray(paper, np.uint8)


def lattice_of(signs: Sequence[tuple[str, float]]) -> Lattice:
    """Return the lattice of signs, each with its confidence; the doubt goes to the look-alikes most."""
    rows = np.zeros((MAX_SIGNS, 1 + len(SIGNS)), np.float32)
    rows[:, EMPTY] = 1
    for row, (sign, confidence) in zip(rows, signs, strict=False):
        alike = np.array([(1 - cost(sign, other)) ** 2 for other in LETTERS]) + 0.02
        alike[LETTERS.index(sign)] = 0
        row[EMPTY] = 0
        row[1 : 1 + len(LETTERS)] = alike / alike.sum() * (1 - confidence)
        row[1 + SIGNS.index(sign)] = confidence
    return Lattice(rows)


def _signs(page: str) -> Iterator[tuple[str, float]]:
    """Yield the signs of a page in hOCR with their confidences in [0.05, 0.99]."""
    for confidence, text in _SIGN.findall(page):
        for sign in normalise(html.unescape(text)):
            if sign in LETTERS:
                yield sign, min(max(float(confidence) / 100, 0.05), 0.99)
