"""Reads and sightings by month: on PostgreSQL in parts that go whole, everywhere with the same outcome."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from store_samples import jpeg, new_read, new_sighting, plate

pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")

from alembic import command
from sqlalchemy import text

from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.store.queries import ReadQuery, Retention, SightingQuery
from platewise.store.records import NewEvent, NewFrame, NewSighting, ReadRecord, Review
from platewise.store.sql import months
from platewise.store.sql.engine import connect, parse, transaction
from platewise.store.sql.migrate import config_for

MARCH, APRIL, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4, 5))
LATE = APRIL - timedelta(microseconds=1)
LONG_AGO = datetime(1999, 12, 31, 23, 0, tzinfo=UTC)


def keep(store: Store, words: str, at: datetime, image: bytes | None = None) -> ReadRecord:
    frame = store.images.save(jpeg(image), "frame") if image else None
    crop = store.images.save(jpeg(image + b"crop"), "plate") if image else None
    with store.writing() as unit:
        moment = NewFrame(at, at, 640, 480, "north", "frame-1", frame)
        (read,) = unit.reads.save(moment, [new_read(words, crop=crop)])
    return read


def sighted(key: str, at: datetime, read: int | None = None) -> NewSighting:
    return NewSighting(key, at, plate("AB1"), 0.9, "north", "gate", None, "in", read)


def found(store: Store, **query: Any) -> list[str]:
    with store.reading() as unit:
        return [read.display for read in unit.reads.find(ReadQuery(**query)).items]


@pytest.fixture
def postgres(postgres_url: str, tmp_path: Path) -> Iterator[str]:
    """Return the URL of a database of its own, without any table."""
    import psycopg

    name = "months"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield postgres_url.replace("/postgres?", f"/{name}?")
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def parts(url: str, table: str = "reads") -> list[str]:
    return rows(url, f"SELECT relid::text FROM pg_partition_tree('{table}') WHERE isleaf ORDER BY 1")


def rows(url: str, query: str) -> list[Any]:
    import psycopg

    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(query).fetchall()]


def test_a_whole_month_goes_with_all_that_hangs_on_it(store: Store) -> None:
    """Also what names its rows from another month; what is younger by a microsecond stays."""
    store.expire(Retention(), MARCH)
    old, young = keep(store, "AB1", LATE, b"old"), keep(store, "AB2", APRIL, b"young")
    keep(store, "AB3", MARCH, b"young")  # a picture that is shown again later stays
    keep(store, "AB4", LONG_AGO)
    with store.writing() as unit:
        for read in (old, young):
            unit.reads.review(Review(read.id, "accepted", "ann", APRIL))
        first, _ = unit.sightings.save(sighted("a", LATE, old.id))
        second, _ = unit.sightings.save(sighted("b", APRIL, old.id))
        for at, sighting in ((LATE, first), (APRIL, first), (APRIL, second)):
            unit.events.add(NewEvent("passed", at, {"plate": "x"}, sighting.id, ("mqtt",)))
    removed = store.expire(Retention(reads_before=APRIL), APRIL + timedelta(days=31))
    assert removed.rows == {"frames": 3, "sightings": 1, "events": 1}
    assert removed.images == 2
    assert found(store) == ["AB2"]
    with store.reading() as unit:
        assert [(s.key, s.read) for s in unit.sightings.find(SightingQuery()).items] == [("b", None)]
        assert unit.reads.reviews(old.id) == ()
        assert len(unit.reads.reviews(young.id)) == 1
        due = [d.event.sighting for d in unit.events.due(MAY)]
        assert due == [None, second.id]
    assert young.frame.image
    assert store.images.load(young.frame.image)


def test_pages_go_on_from_month_to_month(store: Store) -> None:
    store.expire(Retention(), MARCH)
    times = [LONG_AGO, MARCH, LATE, APRIL, MAY - timedelta(seconds=1), MAY]
    for i, at in enumerate(times):
        keep(store, f"AB{i}", at)
    pages, cursor = [], None
    while cursor or not pages:
        with store.reading() as unit:
            page = unit.reads.find(ReadQuery("AB", "prefix", limit=2, cursor=cursor))
        pages.append([read.display for read in page.items])
        cursor = page.next
    assert pages == [["AB5", "AB4"], ["AB3", "AB2"], ["AB1", "AB0"]]
    assert found(store, since=LATE, until=MAY) == ["AB4", "AB3", "AB2"]


def test_a_key_is_kept_once_whatever_the_month(store: Store) -> None:
    store.expire(Retention(), MARCH)
    with store.writing() as unit:
        first, new = unit.sightings.save(sighted("same", LATE))
        again, newer = unit.sightings.save(sighted("same", APRIL))
    assert (first, new, newer) == (again, True, False)


def test_the_number_tells_the_month_that_is_there(postgres: str, tmp_path: Path) -> None:
    store = open_store(postgres, tmp_path)
    store.expire(Retention(), MARCH)
    numbers = [keep(store, "AB1", at).id for at in (LATE, APRIL, MAY, LONG_AGO, MARCH)]
    assert [divmod(n, months.ROOM) for n in numbers] == [
        (2603, 1),
        (2604, 2),
        (0, 3),
        (0, 4),
        (2603, 5),
    ]
    assert {"reads_202603", "reads_202604", "reads_rest"} <= set(parts(postgres))
    uniques = (
        "SELECT indrelid::regclass::text FROM pg_index WHERE indisunique AND indnatts = 1 AND indkey[0] = 2"
    )
    assert set(parts(postgres, "sightings")) <= set(rows(postgres, uniques))
    store.close()


def test_a_month_goes_as_one_table(postgres: str, tmp_path: Path) -> None:
    store = open_store(postgres, tmp_path)
    store.expire(Retention(), MARCH)
    keep(store, "AB1", LATE)
    assert store.expire(Retention(reads_before=LATE), APRIL).rows == {}
    assert "reads_202603" in parts(postgres)
    assert store.expire(Retention(reads_before=APRIL), APRIL).rows == {"frames": 1}
    for table in months.TIMES:
        assert f"{table}_202603" not in parts(postgres, table)
        assert f"{table}_202605" in parts(postgres, table)  # the next month is made in time
    keep(store, "AB2", LATE)  # what comes late is kept all the same, and goes row by row
    assert found(store) == ["AB2"]
    assert store.expire(Retention(reads_before=APRIL), APRIL).rows == {"frames": 1}
    store.close()


def test_a_month_that_is_being_read_goes_row_by_row(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(months, "PATIENCE_S", 0.1)
    store = open_store(postgres, tmp_path)
    store.expire(Retention(), MARCH)
    keep(store, "AB1", LATE)
    with store.reading() as unit, caplog.at_level(logging.WARNING):
        assert unit.reads.find(ReadQuery()).items
        assert store.expire(Retention(reads_before=APRIL), APRIL).rows == {"frames": 1}
    assert "202603 is being read" in caplog.text
    assert "reads_202603" in parts(postgres)
    assert store.expire(Retention(reads_before=APRIL), APRIL).rows == {}
    assert "reads_202603" not in parts(postgres)
    store.close()


def test_a_span_of_time_looks_into_its_months_only(postgres: str, tmp_path: Path) -> None:
    store = open_store(postgres, tmp_path)
    store.expire(Retention(), MARCH)
    store.close()
    low, high = (int(at.timestamp() * 1e6) for at in (APRIL, MAY))
    plan = "\n".join(
        rows(postgres, f"EXPLAIN SELECT id FROM reads WHERE captured_at >= {low} AND captured_at < {high}")
    )
    assert "reads_202604" in plan
    assert "reads_202603" not in plan


def test_what_an_older_platewise_stored_stays_and_goes_on(postgres: str, tmp_path: Path) -> None:
    engine = connect(parse(postgres), writes=True)
    with transaction(engine) as connection:
        command.upgrade(config_for(connection), "0007")
        connection.execute(
            text("INSERT INTO frames (captured_at, received_at, width, height) VALUES (5, 5, 9, 9)")
        )
        quad = "[[0,0],[1,0],[1,1],[0,1]]"
        values = f"1, 5, 'AB1', 'AB1', 'AB1', 'AB1', 0.9, 0.9, '[]', '{quad}', '[]', 'new', 'p', 'm'"
        columns = (
            "frame_id, captured_at, raw, display, normalised, folded, confidence, detection_confidence,"
            " characters, quad, explain, state, pipeline, model"
        )
        connection.execute(text(f"INSERT INTO reads ({columns}) VALUES ({values})"))
        connection.execute(
            text(
                "INSERT INTO sightings (key, seen_at, display, normalised, folded, confidence, read_id)"
                " VALUES ('a', 5, 'AB1', 'AB1', 'AB1', 0.9, 1)"
            )
        )
        keys = "SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) FROM pg_constraint"
        whole = text(f"{keys} WHERE contype = 'f' AND conparentid = 0 ORDER BY 1")
        before = connection.execute(whole).scalars().all()
    store = open_store(postgres, tmp_path)
    with transaction(engine) as connection:
        assert connection.execute(whole).scalars().all() == before
    engine.dispose()
    with store.reading() as unit:
        (read,) = unit.reads.find(ReadQuery("AB1")).items
        (sighting,) = unit.sightings.find(SightingQuery()).items
    assert (read.id, sighting.id, sighting.read) == (1, 1, 1)
    assert keep(store, "AB2", LONG_AGO).id == 2
    with store.writing() as unit:
        assert not unit.sightings.save(new_sighting("a", "AB1"))[1]
    assert store.expire(Retention(reads_before=LONG_AGO), APRIL).rows == {"frames": 1, "sightings": 1}
    assert found(store) == ["AB2"]
    store.close()
