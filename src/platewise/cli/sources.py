"""What the user names on the command line -> the pictures to read, in order, each once."""

import glob
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from platewise.core.suffixes import FOREIGN, PICTURES
from platewise.errors import InputError

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Item:
    """One picture to read: its name as the user would write it, and its place inside its source.

    ``problem`` is set where a source gives no picture: such an item only carries the sentence that says so.
    """

    name: str
    inside: Path
    problem: str | None = None

    @property
    def path(self) -> Path:
        """The file; meaningless for standard input."""
        return Path(self.name)


def find(sources: Sequence[str]) -> list[Item]:
    """Return the pictures that files, folders, globs and ``-`` stand for; InputError when there is none."""
    items: dict[str, Item] = {}
    for source in sources:
        for item in _expand(source):
            items.setdefault(item.name if item.name == STDIN else os.path.realpath(item.name), item)
    if not items:
        raise InputError("no picture is named")
    if all(item.problem for item in items.values()):
        raise InputError("; ".join(f"{item.name}: {item.problem}" for item in items.values()))
    return list(items.values())


def places(items: Iterable[Item]) -> Iterator[Path]:
    """Yield the place of each picture inside a folder of results, without ending, and never one place twice.

    It is the picture's place inside its source, numbered where an earlier one has it.
    """
    taken: set[Path] = set()
    numbers: Counter[Path] = Counter()
    for item in items:
        inside = item.inside
        place = wanted = inside.with_suffix("") if inside.name else inside
        while place in taken:
            numbers[wanted] += 1
            place = wanted.with_name(f"{wanted.name}-{numbers[wanted] + 1}")
        taken.add(place)
        yield place


def natural(text: str) -> list[tuple[int, int, str]]:
    """Return a sort key that puts ``car2`` before ``car10``."""
    parts = re.findall(r"\d+|\D+", text)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part.casefold()) for part in parts]


def _expand(source: str) -> list[Item]:
    path = Path(source)
    if source == STDIN:
        return [Item(STDIN, Path("stdin"))]
    if path.is_dir():
        return _folder(path) or [
            Item(source, path, f"no picture in this folder ({' '.join(sorted(PICTURES))})")
        ]
    if path.exists():
        return [Item(source, Path(path.name))]
    if glob.has_magic(source):
        return _glob(source) or [Item(source, path, "no file matches")]
    return [Item(source, path, "no such file or folder")]


def _folder(folder: Path) -> list[Item]:
    closed: list[OSError] = []
    found = (p.relative_to(folder) for p in _pictures(folder, closed))
    inside = sorted(found, key=lambda p: natural(str(p)))
    missed = (Item(e.filename, Path(e.filename), f"cannot be opened: {e.strerror}") for e in closed)
    return [*(Item(str(folder / p), p) for p in inside), *missed]


def _glob(pattern: str) -> list[Item]:
    files = [m for m in sorted(glob.glob(pattern, recursive=True), key=natural) if Path(m).is_file()]
    return [Item(m, Path(m).relative_to(_anchor(files))) for m in files]


def _anchor(files: Iterable[str]) -> Path:
    return Path(os.path.commonpath([Path(f).parent for f in files]))


def _pictures(folder: Path, closed: list[OSError]) -> Iterator[Path]:
    """Yield the pictures below a folder; hidden ones are left out, links to folders not followed.

    Folders that cannot be opened are told in ``closed``.
    """
    for parent, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = [f for f in folders if not f.startswith(".")]
        shown = (Path(parent, name) for name in names if not name.startswith("."))
        yield from (path for path in shown if path.suffix.lower() in PICTURES | FOREIGN)
