"""Plates of the labelled pictures are personal data: none of them stands in a file of this repository."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from platewise.core.plate import normalise
from platewise.train.index import read_tree

ROOT = Path(__file__).resolve().parent.parent
WRITTEN = {".md", ".py", ".toml", ".txt", ".html", ".js", ".yaml", ".sh"}
WORD = re.compile(r"[^\W_]+")
SPREAD = 4
"""A plate is written in this many words at most."""


def plates_in(line: str, known: set[str]) -> Iterator[str]:
    """Yield the known texts in a line, each written as up to four neighbouring words, as ``AB-12 CDE``."""
    words = WORD.findall(line)
    for first in range(len(words)):
        for last in range(first + 1, min(first + SPREAD, len(words)) + 1):
            text = "".join(words[first:last])
            if text.upper() == text and text in known:
                yield text


def real_plates(data: Path) -> set[str]:
    """Return the true texts of all labelled pictures that cannot well be met by chance."""
    pictures = [picture for part in ("train", "validation") for picture in read_tree(data / part)]
    texts = {normalise(plate.text) for picture in pictures for plate in picture.plates if plate.text}
    return {text for text in texts if len(text) > 5 and not text.isdecimal() and not text.isalpha()}


def test_a_plate_is_found_however_it_is_written() -> None:
    for line in ("the car AB12CDE.", "shows AB-12 CDE", "`ab`, (AB 12·CDE)"):
        assert list(plates_in(line, {"AB12CDE"})) == ["AB12CDE"]


@pytest.mark.data
def test_no_labelled_plate_stands_in_the_repository(shared_data: Path) -> None:
    known = real_plates(shared_data)
    assert len(known) > 5000
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = [
        f"{name}:{number}"
        for name in filter(None, listed.stdout.split("\0"))
        if Path(name).suffix in WRITTEN and (ROOT / name).is_file()
        for number, line in enumerate((ROOT / name).read_text("utf-8").splitlines(), 1)
        for _ in plates_in(line, known)
    ]
    assert not found
