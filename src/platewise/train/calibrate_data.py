"""Reviewed reads to calibrate on: what was read at first, beside what a person found right.

A line of an ``index.jsonl`` that tells ``confidence`` and ``read`` (and ``camera``) is taken at its word; the
pictures of all other lines are read again, crops without the detector, as the export of corrections holds.
"""

import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from platewise.core.plate import normalise
from platewise.errors import InputError
from platewise.train.calibrate import Judged
from platewise.train.evaluate import Eyes, evaluate
from platewise.train.index import Labelled, read_index, read_lines

INDEX = "index.jsonl"
MOST_BYTES = 4 * 2**30


def indexes(place: Path, scratch: Path) -> list[Path]:
    """Return the index files of a place: a file, its folder, a folder of such folders, or a ZIP file of one.

    A ZIP file is unpacked into a fresh folder below ``scratch``.
    """
    if place.is_file() and zipfile.is_zipfile(place):
        place = _unpacked(place, scratch / place.stem)
    if place.is_dir():
        own = place / INDEX
        found = [own] if own.exists() else sorted(place.glob(f"*/{INDEX}"))
    else:
        found = [place]
    if not found or not all(path.exists() for path in found):
        raise InputError(f"{place}: there is no {INDEX}")
    return found


def told(index: Path) -> list[Judged]:
    """Return the reads whose confidence an index file tells."""
    return [_judged(line, index.parent.name) for _, line in read_lines(index) if "confidence" in line]


def untold(index: Path) -> list[Labelled]:
    """Return the pictures of an index file whose confidence nobody told, so that they must be read again."""
    silent = {line["image"] for _, line in read_lines(index) if "image" in line and "confidence" not in line}
    pictures = read_index(index) if silent else []
    return [one for one in pictures if one.image.relative_to(index.parent).as_posix() in silent]


def read_again(labels: Iterable[Labelled], eyes: Eyes) -> Iterator[list[Judged]]:
    """Read pictures again and yield the reads of each; the camera is the name of their folder.

    A plate whose text nobody is sure of says nothing. A text in a picture without any plate is wrong.
    """
    for seen in evaluate(labels, eyes):
        label = seen.label
        group = label.group or label.image.name
        found = [Judged(label.source, p.confidence, p.exact, group) for p in seen.pairs if p.truth]
        false = [read for read in seen.surplus if read.plate and not label.plates]
        yield found + [Judged(label.source, read.confidence, False, group) for read in false]


def _judged(line: Mapping[str, Any], folder: str) -> Judged:
    read = normalise(line.get("read") or "")
    truth = {normalise(plate.get("text") or "") for plate in line.get("plates", ())}
    confidence = float(line["confidence"]) if read else 0.0
    if not 0 <= confidence <= 1:
        raise InputError(f"{folder}/{INDEX}: a confidence of {confidence} is none")
    group = str(line.get("group") or line.get("image") or line)
    return Judged(line.get("camera") or folder, confidence, bool(read) and read in truth, group)


def _unpacked(archive: Path, folder: Path) -> Path:
    """Unpack the plain files of a ZIP file; ``InputError`` where names lead elsewhere or it is too much."""
    folder.mkdir(parents=True)
    try:
        with zipfile.ZipFile(archive) as packed:
            if sum(info.file_size for info in packed.infolist()) > MOST_BYTES:
                raise InputError(f"{archive}: more than {MOST_BYTES >> 30} GiB unpacked")
            for info in packed.infolist():
                name = PurePosixPath(info.filename)
                if len(name.parts) != 1 or name.name in ("", "..") or info.is_dir():
                    raise InputError(f"{archive}: {info.filename!r} is no plain file name")
                with packed.open(info) as source, (folder / name.name).open("wb") as target:
                    shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(f"{archive}: {error}") from error
    return folder
