"""Searches by how a text begins or ends: their pages in every Store, their indexes in every database."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_samples import after, fill, new_frame

from platewise.core.geometry import quad_of
from platewise.core.plate import Plate, normalise
from platewise.core.read import Read
from platewise.store.export import export
from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.store.queries import ReadQuery
from platewise.store.records import NewRead

TEXTS = [
    "",
    "A",
    "ÖA",
    *(a + b + c for a in ("A", "AB", "京𠮷") for b in ("", "1", "1A", "B1%") for c in ("京", "1𠮷A")),
]
READS = [(normalise(text), "north" if i % 3 else "south") for i, text in enumerate(3 * TEXTS)]
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def wildcards(draw: st.DrawFn) -> str:
    """Draw a wildcard that mostly some text fits: with a star at the beginning, amid, at the end, at both."""
    text = normalise(draw(st.sampled_from(TEXTS[1:])))
    start, stop = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    parts = (
        ("*", text[start:]),
        (text[:start], "*", text[stop:]),
        (text[:stop], "*"),
        ("*", text[start:stop], "*"),
    )
    drawn = "".join(draw(st.sampled_from(parts)))
    place = draw(st.integers(0, 2 * len(drawn)))
    return drawn[:place] + "?" + drawn[place + 1 :] if place < len(drawn) else drawn


@pytest.fixture
def full(store: Store) -> Store:
    """Return a store that holds every read, one a second but for pairs of the same moment."""
    with store.writing() as unit:
        for i, (text, camera) in enumerate(READS):
            read = Read(Plate(text, "gb", text) if text else None, 0.9, quad_of((10, 20, 30, 8)))
            unit.reads.save(new_frame(i // 2, camera), [NewRead(read, "yolo-attention", "recognizer 1")])
    return store


@pytest.fixture(params=[0, 2_000])
def common(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every beginning be common, or none."""
    pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")
    from platewise.store.sql import search

    monkeypatch.setattr(search, "COMMON", request.param)


@pytest.mark.usefixtures("common")
@quick
@given(pattern=wildcards(), limit=st.integers(1, 9), camera=st.sampled_from((None, "south")))
def test_pages_of_any_wildcard(full: Store, pattern: str, limit: int, camera: str | None) -> None:
    """Page for page the same as a plain filter, whatever index serves."""
    shape = re.compile("".join({"?": ".", "*": ".*"}.get(sign, sign) for sign in pattern))
    query = ReadQuery(pattern, "wildcard", since=after(3), camera=camera, limit=limit)
    found = [(read.normalised, read.frame.camera) for read in export(full, query)]
    assert found == [
        (text, place)
        for text, place in reversed(READS[6:])
        if text and shape.fullmatch(text) and camera in (None, place)
    ]


@pytest.mark.usefixtures("common")
@quick
@given(head=st.sampled_from(TEXTS[1:]), length=st.integers(1, 4), limit=st.integers(1, 9))
def test_pages_of_any_prefix(full: Store, head: str, length: int, limit: int) -> None:
    key = normalise(head)[:length]
    found = [read.normalised for read in export(full, ReadQuery(key, "prefix", limit=limit))]
    assert found == [text for text, _ in reversed(READS) if text.startswith(key)]


ORDERED = [
    (ReadQuery(), "ix_reads_captured_at_id_normalised"),
    (ReadQuery("AB12 CDE"), "ix_reads_normalised_captured_at_id"),
    (ReadQuery("AB", "prefix"), "ix_reads_head"),
    (ReadQuery("AB12", "prefix"), "ix_reads_head"),
    (ReadQuery("AB?2*", "wildcard"), "ix_reads_head"),
    (ReadQuery("AB*E", "wildcard"), "ix_reads_head"),
    (ReadQuery("*CDE", "wildcard"), "ix_reads_tail"),
    (ReadQuery("?B*2CDE", "wildcard"), "ix_reads_tail"),
    (ReadQuery("AB*CDE", "wildcard"), "ix_reads_tail"),
    (ReadQuery("A", "prefix"), "ix_reads_captured_at_id_normalised"),
    (ReadQuery("*E", "wildcard"), "ix_reads_captured_at_id_normalised"),
]
"""Searches of what is common, and the index that yields their answers newest first."""


@pytest.mark.parametrize(("query", "index"), ORDERED, ids=lambda value: getattr(value, "text", value) or "")
@pytest.mark.parametrize("cursor", [None, "1700000000000000.7"])
def test_a_page_of_what_is_common_is_found_in_order(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    query: ReadQuery,
    index: str,
    cursor: str | None,
) -> None:
    """No answer is sorted, and the index holds all that is asked: a page costs a page."""
    from platewise.store.sql import search

    monkeypatch.setattr(search, "COMMON", 0)
    plan = _plan(database_url, tmp_path, ReadQuery(query.text, query.match, cursor=cursor))
    assert index in plan
    assert not re.search(r"\bsort  |temp b-tree", plan, re.I), plan
    assert re.search("covering index|index only scan", plan, re.I), plan


INDEXES = """
    SELECT inhrelid::regclass::text, inhparent::regclass::text FROM pg_inherits
    JOIN pg_class ON pg_class.oid = inhrelid WHERE relkind = 'i'
"""
"""The indexes of the months by those of the whole table."""
RARE = [
    (ReadQuery("AB12", "prefix"), "ix_reads_normalised_captured_at_id"),
    (ReadQuery("AB1*CDE", "wildcard"), "ix_reads_normalised_captured_at_id"),
    (ReadQuery("AB12CDE", "misread"), "ix_reads_folded_captured_at_id"),
]


@pytest.mark.parametrize(("query", "index"), RARE, ids=lambda value: getattr(value, "text", value) or "")
def test_what_is_rare_is_found_by_its_text(
    database_url: str, tmp_path: Path, query: ReadQuery, index: str
) -> None:
    plan = _plan(database_url, tmp_path, query)
    assert index in plan
    assert "scan reads" not in plan.lower()


def _plan(url: str, folder: Path, query: ReadQuery) -> str:
    """Return how the database finds the numbers of a page."""
    store = open_store(url, folder / "images")
    if url.startswith("postgresql"):
        _forget(url)
    fill(store, "AB12 CDE")
    with _statements() as seen, store.reading() as unit:
        unit.reads.find(query)
    store.close()
    (asked,) = [(sql, values) for sql, values in seen if "ORDER BY" in sql]
    return _explained(url, *asked)


def _forget(url: str) -> None:
    """Delete what autovacuum has learnt from the reads of other tests: it outlives them, and sways plans."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "WITH parts AS (SELECT relid FROM pg_partition_tree('reads')) DELETE FROM pg_statistic"
            " WHERE starelid IN (SELECT relid FROM parts UNION"
            " SELECT indexrelid FROM pg_index WHERE indrelid IN (SELECT relid FROM parts))"
        )


@contextmanager
def _statements() -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements that are executed meanwhile."""
    from sqlalchemy import Engine, event

    seen: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        seen.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _explained(url: str, statement: str, values: Any) -> str:
    """Return the plan of a statement, as of a table too large to be read whole."""
    from platewise.store.sql.engine import connect, parse, transaction

    engine = connect(parse(url), writes=False)
    large = ("seqscan", "bitmapscan", "sort")
    try:
        with transaction(engine) as connection:
            if engine.dialect.name == "sqlite":
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
                return "\n".join(row[3] for row in rows)
            for way in large:
                connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
            plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values))
            for part, whole in connection.exec_driver_sql(INDEXES):
                plan = re.sub(rf"\b{part}\b", whole, plan)
            return plan
    finally:
        engine.dispose()
