"""Drawn plates as files: PNG pictures and an ``index.jsonl``, like the folders of labelled real ones."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from platewise.errors import InputError
from platewise.synth.canvas import Pixels
from platewise.synth.plates import DrawnPlate


def write_plates(folder: Path, plates: Iterable[DrawnPlate]) -> int:
    """Write each plate as ``<number>_<text>.png``, its truth into ``index.jsonl``; return how many."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with (folder / "index.jsonl").open("w", encoding="utf-8") as index:
        for count, plate in enumerate(plates, 1):
            name = f"{count - 1:08d}_{plate.text}.png"
            write_png(folder / name, plate.pixels)
            index.write(json.dumps(label(name, plate), ensure_ascii=False) + "\n")
    return count


def label(image: str, plate: DrawnPlate) -> dict[str, Any]:
    """Return the plate's line of the index: its box, true corners and text."""
    height, width = plate.pixels.shape[:2]
    (x0, y0), (x1, y1) = plate.quad.min(axis=0), plate.quad.max(axis=0)
    box = [round(float(v), 2) for v in (x0, y0, x1 - x0, y1 - y0)]
    corners = [[round(float(x), 2), round(float(y), 2)] for x, y in plate.quad]
    return {
        "image": image,
        "region": plate.region,
        "kind": "scene",
        "size": [width, height],
        "plates": [{"box": box, "corners": corners, "text": plate.text}],
        "series": plate.series,
    }


def write_png(path: Path, pixels: Pixels) -> None:
    """Write ``pixels (H, W, 3) uint8 RGB`` as PNG."""
    path.write_bytes(cv2.imencode(".png", pixels[:, :, ::-1])[1].tobytes())


def pictures(folder: Path) -> Iterator[Pixels]:
    """Yield every picture under a folder, ``(H, W, 3) uint8 RGB``, in the order of their names."""
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if not paths:
        raise InputError(f"{folder}: no pictures")
    for path in paths:
        decoded = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        if decoded is None:
            raise InputError(f"{path}: not a picture")
        yield np.asarray(decoded, np.uint8)[:, :, ::-1]
