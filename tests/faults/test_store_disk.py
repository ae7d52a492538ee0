"""D2, D3, D10, D11: commits reach the disk, a full disk does no harm, what is erased is gone."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")

from store_samples import NOON, after, fill, jpeg, keep, new_frame, new_read, new_sighting

from platewise import clock
from platewise.core.plate import normalise
from platewise.errors import StoreBusy, StoreFull
from platewise.store.export import export
from platewise.store.images import ImageFolder
from platewise.store.opening import open_store
from platewise.store.queries import ReadQuery, Retention
from platewise.store.records import NewEvent
from platewise.store.site import Answer, Audit, Entry, PlateList
from platewise.store.sql import engine
from platewise.store.sql.store import SqlStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_store(f"sqlite:///{tmp_path}/data/platewise.db", tmp_path / "data" / "images")
    assert isinstance(opened, SqlStore)
    yield opened
    opened.close()


def _pragma(store: SqlStore, line: str) -> object:
    """Ask the connection of the writers."""
    lent = store._writers.raw_connection()
    try:
        return lent.driver_connection.execute(f"PRAGMA {line}").fetchone()[0]  # type: ignore[union-attr]
    finally:
        lent.close()


@pytest.mark.wall("D2")
def test_every_connection_is_safe(store: SqlStore) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 10_000,
    }
    assert {name: _pragma(store, name) for name in wanted} == wanted
    with store.reading() as unit:
        found = unit.reads._connection.exec_driver_sql("PRAGMA query_only").scalar_one()
    assert found == 1


@pytest.mark.wall("D3")
def test_a_full_disk_loses_nothing_and_heals(store: SqlStore) -> None:
    fill(store, "AB0")
    pages = _pragma(store, "page_count")
    assert isinstance(pages, int)
    _pragma(store, f"max_page_count={pages + 10}")
    acknowledged = 1
    with pytest.raises(StoreFull):  # noqa: PT012 - which of the units fails is not known
        for i in range(10_000):
            with store.writing() as unit:
                keep(unit, f"AB{i}", i + 1)
            acknowledged += 1
    assert acknowledged > 1
    assert len(list(export(store, ReadQuery()))) == acknowledged
    assert _pragma(store, "integrity_check") == "ok"
    _pragma(store, "max_page_count=1000000")
    fill(store, "AB1")
    assert len(list(export(store, ReadQuery()))) == acknowledged + 1


@pytest.mark.wall("D3")
def test_a_full_disk_takes_old_pictures_before_any_record(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (store.images.save(jpeg(name), "frame") for name in (b"old", b"new"))
    with store.writing() as unit:
        for i, image in enumerate((old, new)):
            unit.reads.save(new_frame(i, image=image), [new_read("AB1")])
    put, calls = ImageFolder.put, []

    def full_at_first(self: ImageFolder, key: str, content: bytes) -> None:
        calls.append(key)
        if len(calls) == 1:
            raise StoreFull("no space")
        put(self, key, content)

    monkeypatch.setattr(ImageFolder, "put", full_at_first)
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(hours=1))
    third = store.images.save(jpeg(b"third"), "frame")
    assert store.images.load(third.key)
    assert store.images.load(old.key) is None
    with store.reading() as unit:
        assert [read.frame.image for read in unit.reads.find(ReadQuery()).items] == [None, None]


@pytest.mark.wall("D3")
def test_the_quota_takes_the_oldest_pictures(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/platewise.db", tmp_path / "images", quota=10_000)
    images = [store.images.save(jpeg(bytes([i]) * 900), "frame") for i in range(20)]
    with store.writing() as unit:
        for i, image in enumerate(images):
            unit.reads.save(new_frame(i, image=image), [])
    assert store.images.trim(datetime.now(UTC)) == 0  # just saved: a record may be about to name them
    assert store.images.trim(datetime.now(UTC) + timedelta(hours=1)) == 11
    assert [bool(store.images.load(image.key)) for image in images] == [False] * 11 + [True] * 9
    assert store.images.trim(datetime.now(UTC) + timedelta(hours=1)) == 0
    store.close()


def test_pictures_that_no_record_names_are_swept(store: SqlStore) -> None:
    lost, kept = (store.images.save(jpeg(name), "frame") for name in (b"lost", b"kept"))
    with store.writing() as unit:
        unit.reads.save(new_frame(image=kept), [])
    assert store.expire(Retention(), datetime.now(UTC) + timedelta(hours=1)).images == 1
    assert (store.images.load(lost.key), bool(store.images.load(kept.key))) == (None, True)


def _traces(folder: Path, word: str) -> list[str]:
    """Return the files that hold a word in their bytes or in their name."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if word.encode() in path.read_bytes() or word in path.name]


def _live(store: SqlStore, rng: random.Random, wanted: str) -> None:
    """Fill every table, over and over, so that rows move between pages."""
    with store.writing() as unit:
        unit.lists.put(PlateList("staff", "allowed"))
    for turn in range(12):
        with store.writing() as unit:
            for i in range(60):
                text = wanted if i % 20 == 7 else f"{rng.choice('ABCDEFGH')}{rng.randrange(10**6):06}"
                read = keep(unit, text, rng.random() * 10**6)
                sighting, _ = unit.sightings.save(new_sighting(f"{turn}-{i}", text, i, read.id))
                payload = {"plate": normalise(text), "filling": "x" * rng.randrange(400)}
                unit.events.add(NewEvent("passed", NOON, payload, sighting.id, ("mqtt",)))
                unit.journal.append(Audit(NOON, "ann", "look", text, f"plate {text} was seen"))
                body = f'{{"plate":"{text}"}}'.encode()
                unit.journal.remember(f"{turn}-{i}", "d", Answer(200, "application/json", body), NOON)
                unit.lists.add("staff", [Entry(text, note=f"{text} again")])
        with store.writing() as unit:
            unit.lists.discard("staff", [f"A{rng.randrange(10**6):06}" for _ in range(50)])


@pytest.mark.parametrize("shown", ["ZQ77 XYZ", "京Z77777"])
@pytest.mark.wall("D10")
def test_an_erased_plate_leaves_no_byte(store: SqlStore, tmp_path: Path, shown: str) -> None:
    _live(store, random.Random(1), shown)  # leaves a copy in a gap of the file
    assert _traces(tmp_path / "data", normalise(shown))
    assert store.erase(shown, NOON).complete
    assert _traces(tmp_path / "data", normalise(shown)) == []
    assert _traces(tmp_path / "data", shown) == []
    assert _pragma(store, "integrity_check") == "ok"
    assert len(list(export(store, ReadQuery()))) == 12 * 57


@pytest.mark.wall("D10")
def test_a_retention_run_leaves_no_byte(store: SqlStore, tmp_path: Path) -> None:
    rng = random.Random(1)
    with store.writing() as unit:
        for i in range(600):
            keep(unit, f"{rng.choice('ABCDEFGH')}{rng.randrange(10**6):06}" if i % 50 else "ZQ77XYZ", i)
        keep(unit, "AB1", 3600)
    assert store.expire(Retention(reads_before=after(3000)), after(10**5)).complete
    assert _traces(tmp_path / "data", "ZQ77XYZ") == []
    assert [read.display for read in export(store, ReadQuery())] == ["AB1"]


def test_a_reader_in_the_way_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "PATIENCE_S", 0.2)
    store = open_store(f"sqlite:///{tmp_path}/platewise.db", tmp_path / "images")
    fill(store, "AB1", "AB2")
    with store.reading() as unit:
        unit.reads.get(1)
        assert not store.erase("AB1", NOON).complete
    assert store.erase("AB1", NOON).complete
    store.close()


@pytest.mark.wall("D4")
def test_a_writer_that_waits_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "PATIENCE_S", 0.2)
    stores = [open_store(f"sqlite:///{tmp_path}/platewise.db", tmp_path / "images") for _ in range(2)]
    with stores[0].writing():
        for store in stores:  # the same process, and as good as another one
            with pytest.raises(StoreBusy):
                store.check()
    for store in stores:
        store.check()
        store.close()


@pytest.mark.wall("D11")
def test_a_slow_export_holds_no_journal_open(store: SqlStore, tmp_path: Path) -> None:
    with store.writing() as unit:
        unit.reads.save(new_frame(), [new_read(f"A{i}") for i in range(600)])
    slow = export(store, ReadQuery())
    next(slow)
    for i in range(300):
        with store.writing() as unit:
            keep(unit, f"B{i}", i, camera="c" * 20_000)
    journal = tmp_path / "data" / "platewise.db-wal"
    assert journal.stat().st_size < 8 * 2**20
    assert sum(1 for _ in slow) == 599


def test_files_are_for_their_owner_only(store: SqlStore, tmp_path: Path) -> None:
    fill(store, "AB1")
    store.images.save(jpeg(b"1"), "frame")
    modes = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "data").rglob("*")}
    assert set(modes.values()) == {0}, modes
