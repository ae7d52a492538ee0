"""D9: a backup that is made while the server writes is whole, and what is restored is the same."""

import hashlib
import io
import os
import sqlite3
import tarfile
import threading
from pathlib import Path
from typing import Any

import pytest

import walls

pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")

from serving_process import tried
from store_samples import after, jpeg, new_frame, new_read

from platewise.errors import Conflict, InputError, StoreError
from platewise.store import backup
from platewise.store.export import export
from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.store.queries import ReadQuery

pytestmark = pytest.mark.wall("D9")


def _keep(store: Store, number: int) -> None:
    image = store.images.save(jpeg(f"picture {number}".encode()), "frame")
    with store.writing() as unit:
        unit.reads.save(new_frame(number, image=image), [new_read(f"AB{number}")])


def _told(store: Store) -> str:
    """Return the sum of everything that is told of all reads, with their pictures."""
    seen = hashlib.sha256()
    for read in export(store, ReadQuery()):
        picture = store.images.load(read.frame.image or "")
        seen.update(f"{read.id} {read.display} {read.frame.captured_at} {read.confidence}".encode())
        seen.update(picture or b"gone")
    return seen.hexdigest()


def test_a_backup_beside_writers_is_restored_equal(
    database_url: str, tmp_path: Path, wall: walls.Wall, request: Any
) -> None:
    images, file = tmp_path / "images", tmp_path / "kept.tar"
    store, kept, over = open_store(database_url, images), list[int](), threading.Event()
    for number in range(40):
        _keep(store, number)
    writer = threading.Thread(target=_write, args=(store, kept, over))
    writer.start()
    while len(kept) < 5:
        over.wait(0.01)
    before = len(kept)
    made = backup.back_up(database_url, images, file)
    over.set()
    writer.join()
    assert file.stat().st_mode & 0o777 == 0o600
    assert backup.check(file) == made
    store.close()
    url = _elsewhere(database_url, tmp_path)
    assert backup.restore(file, url, tmp_path / "again" / "images") == made
    restored = open_store(url, tmp_path / "again" / "images")
    reads = list(export(restored, ReadQuery()))
    assert 40 + before <= len(reads) <= 40 + len(kept) + 1
    assert all(restored.images.load(read.frame.image or "") for read in reads)
    _same_again(restored, url, tmp_path)
    restored.close()
    wall.measured(
        f"backup beside a writer: {len(reads)} reads and {made.pictures} pictures restored, sums equal"
    )


def _write(store: Store, kept: list[int], over: threading.Event) -> None:
    while not over.wait(0.005):
        _keep(store, 1000 + len(kept))
        kept.append(len(kept))


def _elsewhere(url: str, folder: Path) -> str:
    """Return the address of a database that is not there, or empty."""
    if url.startswith("sqlite"):
        return f"sqlite:///{folder}/again/platewise.db"
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS again")
        connection.execute("CREATE DATABASE again")
    return url.replace("@/postgres?", "@/again?")


def _same_again(store: Store, url: str, folder: Path) -> None:
    """Back the quiet store up once more: what it tells is the same to the byte."""
    file, images = folder / "second.tar", folder / "again" / "images"
    backup.back_up(url, images, file)
    with pytest.raises(Conflict):
        backup.restore(file, url, images)
    if url.startswith("sqlite"):
        other = f"sqlite:///{folder}/third/platewise.db"
        backup.restore(file, other, folder / "third" / "images")
        third = open_store(other, folder / "third" / "images")
        assert _told(third) == _told(store)
        third.close()


@pytest.fixture
def made(sqlite_template: Path, tmp_path: Path) -> Path:
    store = open_store(f"sqlite:///{tmp_path}/platewise.db", tmp_path / "images")
    for number in range(3):
        _keep(store, number)
    store.close()
    backup.back_up(f"sqlite:///{tmp_path}/platewise.db", tmp_path / "images", tmp_path / "kept.tar")
    return tmp_path / "kept.tar"


def test_a_folder_that_is_not_there_is_told(made: Path, tmp_path: Path) -> None:
    place = tmp_path / "gone" / "kept.tar"
    with pytest.raises(InputError, match="gone: there is no such folder"):
        backup.back_up(f"sqlite:///{tmp_path}/platewise.db", tmp_path / "images", place)


@pytest.mark.parametrize(
    "damage", ["cut", "a bit", "no manifest", "an extra file", "a link", "a way out", "text"]
)
def test_what_is_damaged_or_means_harm_is_refused(made: Path, tmp_path: Path, damage: str) -> None:
    bad = tmp_path / "bad.tar"
    data = bytearray(made.read_bytes())
    if damage == "cut":
        bad.write_bytes(data[: len(data) // 2])
    elif damage == "a bit":
        data[len(data) // 3] ^= 1
        bad.write_bytes(data)
    elif damage == "text":
        bad.write_bytes(b"Dear reader" * 100)
    else:
        _copy_with(made, bad, damage)
    with pytest.raises(InputError):
        backup.restore(bad, f"sqlite:///{tmp_path}/new/platewise.db", tmp_path / "new" / "images")
    assert not (tmp_path / "new" / "platewise.db").exists()
    assert not (tmp_path / "owned").exists()


def _copy_with(source: Path, target: Path, damage: str) -> None:
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for member in old:
            if damage != "no manifest" or member.name != backup.MANIFEST:
                new.addfile(member, old.extractfile(member))
        if damage == "no manifest":
            return
        name = {"an extra file": "notes.txt", "a link": "images/ab/link.jpg", "a way out": "../owned"}[damage]
        extra = tarfile.TarInfo(name)
        if damage == "a link":
            extra.type, extra.linkname = tarfile.SYMTYPE, "/etc/passwd"
        extra.size = 0 if damage == "a link" else 4
        new.addfile(extra, io.BytesIO(b"evil"))


def test_two_backups_at_once_are_both_whole(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A timer began the second one while the first was still at the pictures."""
    url, images, file = f"sqlite:///{tmp_path}/platewise.db", tmp_path / "images", tmp_path / "nightly.tar"
    seconds = iter([lambda: backup.back_up(url, images, file)])
    add = backup._add

    def meanwhile(*given: Any) -> None:
        add(*given)
        for second in seconds:
            assert second().pictures == 3

    monkeypatch.setattr(backup, "_add", meanwhile)
    assert backup.back_up(url, images, file).pictures == 3
    assert backup.check(file).pictures == 3
    assert {path.name for path in tmp_path.iterdir() if "nightly" in path.name} == {"nightly.tar"}


def test_what_a_killed_backup_left_behind_stops_no_other(made: Path, tmp_path: Path) -> None:
    (tmp_path / ".kept.tar.part").write_bytes(b"half a backup")
    url = f"sqlite:///{tmp_path}/platewise.db"
    assert backup.back_up(url, tmp_path / "images", tmp_path / "kept.tar").pictures == 3


def test_at_the_command_line(tmp_path: Path) -> None:
    here = {"PLATEWISE_DATA": str(tmp_path / "data")}
    store = open_store(f"sqlite:///{tmp_path}/data/platewise.sqlite3", tmp_path / "data" / "images")
    _keep(store, 1)
    store.close()
    kept = str(tmp_path / "kept.tar")
    for line, code, told in (
        (["backup", kept], 0, "1 pictures and the database"),
        (["backup", kept, "--check"], 0, "1 pictures and the database"),
        (["restore", kept], 3, "there is a database already"),
    ):
        done = tried(line, **here)
        assert (done.returncode, told in done.stdout + done.stderr) == (code, True), done
    there = {"PLATEWISE_DATA": str(tmp_path / "there")}
    assert tried(["restore", kept], **there).returncode == 0
    with sqlite3.connect(tmp_path / "there" / "platewise.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM reads").fetchone() == (1,)
    connection.close()
    assert os.stat(tmp_path / "there" / "platewise.sqlite3").st_mode & 0o077 == 0
    assert after(0)


@pytest.mark.parametrize("left", ["-wal", "-journal"])
def test_nothing_is_restored_beside_what_a_dead_server_wrote_last(
    made: Path, tmp_path: Path, left: str
) -> None:
    """SQLite would write that into the restored database."""
    (tmp_path / f"new.db{left}").write_bytes(b"x")
    with pytest.raises(Conflict, match=f"new.db{left}; move it away first"):
        backup.restore(made, f"sqlite:///{tmp_path}/new.db", tmp_path / "images")
    assert not (tmp_path / "new.db").exists()


def test_all_that_an_address_says_holds_for_a_backup_too(postgres_url: str, tmp_path: Path) -> None:
    """Where a server is, and how its word is to be checked, may stand in the address's query."""
    url = f"{postgres_url}&sslmode=verify-full&sslrootcert={tmp_path}/none.pem&port=1"
    with pytest.raises(StoreError, match=r"\.s\.PGSQL\.1"):
        backup.back_up(url, tmp_path / "images", tmp_path / "kept.tar")
