"""What each stage of the pipeline saw, as pictures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad, quad_of
from platewise.core.lattice import EMPTY, Lattice
from platewise.core.plate import SIGNS
from platewise.vision.annotate import label
from platewise.vision.decode import Held, decode
from platewise.vision.detectors.onnx_grid import OnnxGridDetector, first_scale, letterbox
from platewise.vision.protocols import Detector, Framing, Staged
from platewise.vision.reader import Reader
from platewise.vision.reads import Reads
from platewise.vision.rectify import framed

CELL, CAPTION = 40, 18
"""Side of a lattice's cell and height of its letters, in px."""
SEEN, COLUMNS = 0.005, 24
"""Signs that reach this probability in no slot have no column, nor have more than so many the likeliest."""
OUTLINE = (230, 50, 40)
COLD, HOT, PAPER = (20, 24, 60), (255, 210, 60), (240, 240, 240)


def save_stages(source: Held, reads: Reads, reader: Reader, folder: Path) -> None:
    """Write ``1-letterbox`` or the detector's own steps, ``2-detections``, ``3-crop-N`` with the recogniser's
    own steps, and ``4-lattice-N`` into a folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pixels = decode(source, reader.settings).pixels
    detector = getattr(reader.pipeline, "detector", None)
    if isinstance(detector, Detector):
        _save_detection(pixels, detector, folder)
    recognizer = getattr(reader.pipeline, "recognizer", None)
    frame = recognizer.framed if isinstance(recognizer, Framing) else framed
    for n, read in enumerate(reads, 1):
        crop = frame(pixels, None if not detector and _fills(read.quad, pixels) else read.quad).pixels
        Image.fromarray(crop).save(folder / f"3-crop-{n}.png")
        _save_steps(crop, recognizer, folder, f"3-crop-{n}")
        if read.lattice is not None:
            heat_map(read.lattice).save(folder / f"4-lattice-{n}.png")


def outlined(picture: Image.Image, places: Sequence[tuple[Quad, float]]) -> Image.Image:
    """Return a copy of a picture with Quads ``(4, 2) float32`` px and their scores drawn in."""
    copy = picture.copy()
    pen = ImageDraw.Draw(copy)
    for quad, score in places:
        corners = [(float(x), float(y)) for x, y in quad]
        pen.polygon(corners, outline=OUTLINE, width=2)
        pen.text((corners[3][0], corners[3][1] + 2), f"{score:.2f}", OUTLINE, ImageFont.load_default(CAPTION))
    return copy


def heat_map(lattice: Lattice) -> Image.Image:
    """Return the lattice as a picture: a row a slot, a column a sign that some slot holds likely."""
    rows = lattice.probabilities
    most = sorted(range(rows.shape[1]), key=lambda k: (k != EMPTY, -float(rows[:, k].max())))[:COLUMNS]
    columns = sorted(k for k in most if k == EMPTY or float(rows[:, k].max()) >= SEEN)
    size = (CELL * (len(columns) + 1), CELL * (len(rows) + 1))
    picture = Image.new("RGB", size, COLD)
    for x, k in enumerate(columns, 1):
        _caption(picture, SIGNS[k - 1] if k != EMPTY else "end", x, 0)
    for y, row in enumerate(rows, 1):
        _caption(picture, str(y), 0, y)
        for x, k in enumerate(columns, 1):
            _cell(picture, float(row[k]), x, y)
    return picture


def _fills(quad: Quad, pixels: Pixels) -> bool:
    """Tell whether a Quad ``(4, 2) float32`` px is the picture's own outline: the picture was the plate."""
    return np.array_equal(quad, quad_of((0, 0, pixels.shape[1], pixels.shape[0])))


def _save_detection(pixels: Pixels, detector: Detector, folder: Path) -> None:
    if isinstance(detector, OnnxGridDetector):
        shown = letterbox(pixels, first_scale(max(pixels.shape[:2]), detector.tuning))
        Image.fromarray(shown).save(folder / "1-letterbox.png")
    _save_steps(pixels, detector, folder, "1")
    places = [(d.quad, d.score) for d in detector.detect(pixels)]
    outlined(Image.fromarray(pixels), places).save(folder / "2-detections.png")


def _save_steps(pixels: Pixels, part: object, folder: Path, prefix: str) -> None:
    if isinstance(part, Staged):
        for n, (name, picture) in enumerate(part.stages(pixels), 1):
            Image.fromarray(picture).save(folder / f"{prefix}-{n:02}-{name}.png")


def _caption(picture: Image.Image, text: str, x: int, y: int) -> None:
    at = (x * CELL + 6, y * CELL + 8)
    if text.isascii():
        ImageDraw.Draw(picture).text(at, text, PAPER, ImageFont.load_default(CAPTION))
    else:
        picture.paste(Image.fromarray(label(text, CAPTION)), at)


def _cell(picture: Image.Image, value: float, x: int, y: int) -> None:
    colour = tuple(round(cold + value * (hot - cold)) for cold, hot in zip(COLD, HOT, strict=True))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((x * CELL + 1, y * CELL + 1, (x + 1) * CELL - 2, (y + 1) * CELL - 2), fill=colour)
    if value >= SEEN:
        pen.text((x * CELL + 6, y * CELL + 12), f"{100 * value:.0f}", COLD if value > 0.5 else PAPER)
