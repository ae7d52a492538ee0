"""One file that holds everything the server keeps: the database of one moment, and the evidence pictures.

A tar file: ``database``, ``images/ab/abcd....jpg``, and last ``manifest.json`` with the SHA-256 of each. It
can be made while the server works. The key of the sessions is not in it: who restores logs in anew.
"""

import hashlib
import io
import json
import os
import re
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from platewise import clock
from platewise.errors import InputError, MissingExtra, StoreError
from platewise.store.images import ImageFolder

DATABASE, MANIFEST, FORM = "database", "manifest.json", 1
_PICTURE = re.compile(r"images/([0-9a-f]{2})/(\1[0-9a-f]{62})\.jpg")
_PIECE = 2**20


@dataclass(frozen=True, slots=True)
class Backed:
    """What a backup holds."""

    pictures: int
    size: int
    made_at: str


def back_up(url: str, images: Path, out: Path) -> Backed:
    """Write a backup; it is there whole or not at all, and for its owner alone."""
    from platewise.store.sql.dumping import dump
    from platewise.store.sql.engine import parse

    if not out.parent.is_dir():
        raise InputError(f"{out.parent}: there is no such folder for the backup; make it first")
    sums, at = dict[str, str](), clock.now().isoformat()
    try:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
            dumped, part = Path(scratch) / DATABASE, Path(scratch) / "whole"
            dump(parse(_kept(url)), dumped)
            with _for_owner(part) as file:
                with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
                    _add(archive, DATABASE, dumped, sums)
                    for path in sorted(images.glob("*/*.jpg")):
                        _add(archive, f"images/{path.parent.name}/{path.name}", path, sums)
                    told = {"form": FORM, "made_at": at, "sha256": sums}
                    _add_text(archive, MANIFEST, json.dumps(told, indent=1))
                file.flush()
                os.fsync(file.fileno())
            part.rename(out)
    except OSError as error:
        raise StoreError(f"the backup {out} cannot be written: {error}") from error
    return Backed(len(sums) - 1, out.stat().st_size, at)


def check(source: Path) -> Backed:
    """Return what a backup holds, once every sum is right; InputError where it is damaged or none."""
    try:
        with tarfile.open(source, "r:") as archive:
            found = {member.name: _sum(_open(archive, member)) for member in _members(archive)}
            told = json.load(_open(archive, archive.getmember(MANIFEST)))
    except FileNotFoundError as error:
        raise InputError(f"there is no file {source}") from error
    except (OSError, tarfile.TarError, KeyError, ValueError, EOFError) as error:
        raise InputError(f"{source} is no backup, or a damaged one: {error}") from error
    if told.get("form") != FORM:
        raise InputError(f"{source} was made by another version of Platewise (form {told.get('form')})")
    wrong = sorted(name for name in {*found, *told["sha256"]} if found.get(name) != told["sha256"].get(name))
    if wrong or DATABASE not in found:
        raise InputError(f"{source} is damaged: {', '.join(wrong[:3]) or 'it has no database'}")
    return Backed(len(found) - 1, source.stat().st_size, str(told["made_at"]))


def restore(source: Path, url: str, images: Path) -> Backed:
    """Make database and pictures of a backup, after a check; Conflict where there is a database already."""
    from platewise.store.opening import open_store
    from platewise.store.sql.dumping import load
    from platewise.store.sql.engine import parse

    found, address = check(source), parse(_kept(url))
    folder = ImageFolder(images)
    with tempfile.TemporaryDirectory(dir=images) as scratch, tarfile.open(source, "r:") as archive:
        for member in _members(archive):
            if member.name == DATABASE:
                dumped = Path(scratch) / DATABASE
                _copy(_open(archive, member), dumped)
                load(address, dumped)
            elif named := _PICTURE.fullmatch(member.name):
                folder.put(named[2], _open(archive, member).read())
    open_store(url, images).close()  # brings the tables of an older version up to date
    return found


def _kept(url: str) -> str:
    if url == "memory:":
        raise InputError("what is kept in memory alone cannot be backed up")
    try:
        import sqlalchemy  # noqa: F401  # told here, once, what is missing
    except ModuleNotFoundError as error:
        raise MissingExtra("the database", "serve") from error
    return url


def _for_owner(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")


def _add(archive: tarfile.TarFile, name: str, path: Path, sums: dict[str, str]) -> None:
    """Put a file into the archive; one that has just been removed, as too old, is left out."""
    try:
        with path.open("rb") as file:
            sums[name] = _sum(file)
            file.seek(0)
            archive.addfile(_entry(name, os.fstat(file.fileno()).st_size), file)
    except FileNotFoundError:
        if name == DATABASE:
            raise


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    data = text.encode()
    archive.addfile(_entry(name, len(data)), io.BytesIO(data))


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, int(clock.now().timestamp())
    return entry


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield database and pictures; nothing else has a place here, and no name leads elsewhere."""
    for member in archive:
        known = member.name in (DATABASE, MANIFEST) or _PICTURE.fullmatch(member.name)
        if not member.isreg() or not known:
            raise InputError(f"{member.name!r} has no place in a backup")
        if member.name != MANIFEST:
            yield member


def _open(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(member)
    if file is None:
        raise InputError(f"{member.name!r} is no file")
    return file


def _sum(file: IO[bytes]) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _copy(source: IO[bytes], path: Path) -> None:
    with path.open("wb") as file:
        while piece := source.read(_PIECE):
            file.write(piece)
