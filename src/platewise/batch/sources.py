"""Folders, globs, tar shards and Parquet lists -> the pictures of a run, one by one, each once.

Nothing is held but the folder at hand and, where two sources could name one picture, a digest of each name:
ten million pictures pass through in little memory.
"""

import glob
import hashlib
import os
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from platewise.batch.items import Item
from platewise.core.suffixes import FOREIGN, PICTURES
from platewise.errors import InputError

COLUMNS = ("path", "image")
"""The column of a Parquet list that names the pictures: the first of these that is there."""
_NEVER = 253_402_300_800
"""The end of the year 9999, in seconds since 1970: a tar that dates a picture later knows no date of it."""
_PACKED = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst")


def pictures(sources: Sequence[str]) -> Iterator[Item]:
    """Yield the pictures that the sources stand for; InputError where one stands for none."""
    seen: set[bytes] | None = set()
    if len(sources) == 1 and not _is_list(sources[0]):
        seen = None  # one folder, glob or tar names nothing twice
    for source in sources:
        found = False
        for item in _expand(source):
            found = True
            _require_text(item.name)
            if seen is not None:
                digest = hashlib.blake2b(f"{item.path}\0{item.offset}".encode(), digest_size=16).digest()
                if digest in seen:
                    continue
                seen.add(digest)
            yield item
        if not found:
            raise InputError(f"{source}: no picture there ({' '.join(sorted(PICTURES))})")


def _require_text(name: str) -> None:
    """Refuse a name that is no text: the plan of a run, tables and databases have no way to write it."""
    try:
        name.encode()
    except UnicodeEncodeError as error:
        shown = os.fsencode(name).decode("utf-8", "backslashreplace")
        raise InputError(f"{shown}: a picture's name must be UTF-8: rename it, as convmv does") from error


def _expand(source: str) -> Iterator[Item]:
    path = Path(source)
    if path.is_dir():
        yield from (_file(str(path / inside)) for inside in _walk(path, Path()))
    elif path.exists():
        yield from _inside(source)
    elif glob.has_magic(source):
        for match in sorted(glob.iglob(source, recursive=True)):
            if Path(match).is_file():
                yield from _inside(match)
    else:
        raise InputError(f"{source}: no such file or folder")


def _inside(source: str) -> Iterator[Item]:
    """Yield the pictures in a file: those of a tar or a list, else itself."""
    lower = source.lower()
    if lower.endswith(_PACKED):
        raise InputError(f"{source}: a packed tar can only be read from its start; unpack it to a plain .tar")
    if lower.endswith(".tar"):
        yield from _tar(source)
    elif _is_list(source):
        yield from _list(source)
    else:
        yield _file(source)


def _walk(root: Path, inside: Path) -> Iterator[Path]:
    """Yield the pictures below a folder in order; hidden ones are left out, links to folders not followed."""
    with os.scandir(root / inside) as entries:
        found = sorted((e for e in entries if not e.name.startswith(".")), key=lambda e: e.name)
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(root, inside / entry.name)
        elif Path(entry.name).suffix.lower() in PICTURES | FOREIGN:
            yield inside / entry.name


def _tar(source: str) -> Iterator[Item]:
    path = os.path.abspath(source)
    try:
        with tarfile.open(source, "r:") as tar:
            for member in tar:
                if member.isreg() and Path(member.name).suffix.lower() in PICTURES | FOREIGN:
                    name = f"{source}/{member.name}"
                    at = float(member.mtime) if 0 <= member.mtime < _NEVER else os.stat(path).st_mtime
                    yield Item(name, path, member.offset_data, member.size, at)
    except (tarfile.TarError, OSError) as error:
        raise InputError(f"{source}: no plain tar, or cut off: {error}") from error


def _is_list(source: str) -> bool:
    return source.lower().endswith(".parquet")


def _list(source: str) -> Iterator[Item]:
    """Yield the pictures of a Parquet list; names that are not absolute count from the list's folder."""
    try:
        with pq.ParquetFile(source) as file:
            column = next((name for name in COLUMNS if name in file.schema_arrow.names), None)
            if column is None:
                raise InputError(f"{source}: a list has a column {' or '.join(COLUMNS)}")
            for batch in file.iter_batches(columns=[column]):
                for name in batch.column(0).to_pylist():
                    if name:
                        yield _file(str(Path(source).parent / name))
    except (OSError, ValueError) as error:  # pyarrow's own errors are ValueErrors
        raise InputError(f"{source}: cannot be read as Parquet: {error}") from error


def _file(name: str) -> Item:
    return Item(name, os.path.realpath(name))
