"""Folders of labelled pictures: ``index.jsonl``, one picture a line, as values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from platewise.core.plate import MAX_SIGNS, SIGNS, normalise
from platewise.errors import InputError

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPlate:
    """A plate in a picture: ``box`` (x, y, w, h) px, ``quad`` (4, 2) float32 px, ``text`` normalised.

    None stands for what nobody wrote down, or could not read.
    """

    box: Box | None
    quad: npt.NDArray[np.float32] | None
    text: str | None

    @property
    def readable(self) -> bool:
        """Whether the text is known, and made of signs that the recogniser has."""
        return self.text is not None and 0 < len(self.text) <= MAX_SIGNS and set(self.text) <= set(SIGNS)


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """A picture with its plates. ``size`` is (width, height) px; pictures of one ``group`` show one scene."""

    image: Path
    region: str
    kind: Literal["scene", "crop"]
    size: tuple[int, int]
    plates: tuple[LabelledPlate, ...]
    group: str | None
    source: str


def read_index(place: Path) -> list[Labelled]:
    """Return the labelled pictures of a folder or of its index file; lines about videos are left out."""
    folder, path = (place, place / "index.jsonl") if place.is_dir() else (place.parent, place)
    found = []
    for number, line in read_lines(path):
        try:
            found += [_labelled(line, folder)] if "image" in line else []
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"{path}, line {number}: {type(error).__name__}: {error}") from error
    return found


def read_lines(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Return the objects of a file of JSON lines, each with its number from 1; InputError names the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no index of labelled pictures: it is not a text") from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    return [(number, _object(path, number, line)) for number, line in enumerate(lines, 1) if line.strip()]


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError as error:
        raise InputError(f"{path}, line {number}: {error}") from error
    if not isinstance(told, dict):
        raise InputError(f"{path}, line {number}: an object of JSON is expected, such as {{...}}")
    return told


def read_tree(folder: Path) -> list[Labelled]:
    """Return the labelled pictures of every folder in a folder, in the order of their names."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder of labelled pictures")
    return [item for index in sorted(folder.glob("*/index.jsonl")) for item in read_index(index.parent)]


def _labelled(line: Mapping[str, Any], folder: Path) -> Labelled:
    width, height = line["size"]
    group = line.get("group")
    return Labelled(
        image=folder / line["image"],
        region=line["region"],
        kind=line["kind"],
        size=(int(width), int(height)),
        plates=tuple(_plate(plate) for plate in line["plates"]),
        group=group.removesuffix(".jpg") if group else None,
        source=folder.name,
    )


def _plate(plate: Mapping[str, Any]) -> LabelledPlate:
    box, corners, text = plate.get("box"), plate.get("corners"), plate.get("text")
    unsure = plate.get("illegible") or plate.get("ambiguous")
    return LabelledPlate(
        box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])) if box else None,
        quad=np.array(corners, np.float32).reshape(4, 2) if corners else None,
        text=normalise(text) if text and not unsure else None,
    )
