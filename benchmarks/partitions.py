"""``python -m benchmarks.partitions postgresql://...``: what it brings, and costs, that reads lie in months.

The same reads are spread over so many months in databases of their own, beside the named one: in one table,
as before version 0008 of the tables and as reads of no month still are, and in months. Plates are searched,
pictures are written, and the oldest month goes by retention. JSON goes into benchmarks/results.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from benchmarks.latency.run import RESULTS, commit, machine
from benchmarks.store.__main__ import percentiles
from sqlalchemy import make_url

from platewise import clock
from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.store.instants import to_micros
from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.store.queries import ReadQuery, Retention
from platewise.store.records import NewFrame, NewRead
from platewise.store.sql.months import after, begin_of, first

FIRST = 202401
SPREADS = (1, 6, 12, 24, 48)
REMOVED = 12
"""The spread of which a month is removed both ways."""
PLATE = (
    "chr(65 + (n * 7919 % 26)::int) || chr(65 + (n * 104729 % 26)::int)"
    " || lpad((n * 31 % 10000)::text, 4, '0')"
)
FRAMES = "INSERT INTO frames SELECT {id}, {at}, {at}, 1280, 720, 'cam' || n % 16, NULL, NULL FROM {numbers} n"
READS = (
    "INSERT INTO reads SELECT {id}, {id}, {at}, 'cam' || n % 16, {plate}, {plate}, {plate}, {plate},"
    " 'gb', 0.9, 0.9, '[]', '[[0,0],[1,0],[1,1],[0,1]]', '[]', 'new', 'yolo-attention', 'recognizer', NULL,"
    " decode(repeat('00', 100), 'hex')"
    " FROM {numbers} n"
)
SIGHTINGS = (
    "INSERT INTO sightings SELECT {id}, 'k' || n, {at}, {plate}, {plate}, {plate}, 'gb', 0.9,"
    " 'cam' || n % 16, 'gate', NULL, 'in', {id} FROM {numbers} n"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--reads", type=int, default=480_000)
    options = parser.parse_args()
    told = {
        f"{spread} months, {'one table' if whole else 'in months'}": measured(options, spread, whole)
        for spread in SPREADS
        for whole in (True, False)
    }
    result = {
        "benchmark": "partitions", "commit": commit(), "reads": options.reads,
        "measured_at": clock.now().isoformat(timespec="seconds"), "machine": machine(), "told": told,
    }  # fmt: skip
    (RESULTS / "partitions.json").write_text(json.dumps(result, indent=1) + "\n")


def measured(options: argparse.Namespace, spread: int, whole: bool) -> dict[str, Any]:
    """Return the figures of one database."""
    months = [FIRST]
    while len(months) < spread:
        months.append(after(months[-1]))
    with database(options.url) as url, tempfile.TemporaryDirectory() as folder:
        store = open_store(url, Path(folder))
        with psycopg.connect(url, autocommit=True) as connection:
            fill(store, connection, months, options.reads, whole)
            told: dict[str, Any] = questions(store, connection, begin_of(after(months[-1])))
            if spread == REMOVED:
                told["month gone"] = removed(store, connection, begin_of(after(FIRST)))
        store.close()
    return told


@contextmanager
def database(url: str) -> Iterator[str]:
    """Lend an empty database of the same server."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE partitions_benchmark")
        try:
            yield make_url(url).set(database="partitions_benchmark").render_as_string(hide_password=False)
        finally:
            connection.execute("DROP DATABASE partitions_benchmark WITH (FORCE)")


def fill(store: Store, connection: Any, months: list[int], count: int, whole: bool) -> None:
    """Write as many reads into each month, with frames and sightings."""
    each = count // len(months)
    for i, month in enumerate(months):
        begin = begin_of(month)
        low, span = to_micros(begin), to_micros(begin_of(after(month))) - to_micros(begin)
        if not whole:
            store.expire(Retention(), begin)
        words = {
            "id": "n" if whole else f"{first(month)} + n",
            "at": f"{low} + (n - {i * each + 1}) * {span}::bigint / {each}",
            "plate": PLATE,
            "numbers": f"generate_series({i * each + 1}, {(i + 1) * each}::bigint)",
        }
        for statement in (FRAMES, READS, SIGHTINGS):
            connection.execute(statement.format(**words))
    for table in ("frames", "reads", "sightings"):
        connection.execute(f"SELECT setval('{table}_id_seq', {count})")
    connection.execute("VACUUM ANALYZE")


def questions(store: Store, connection: Any, end: datetime) -> dict[str, Any]:
    """Return percentiles of searching and writing."""
    rng = random.Random(1)
    rows = connection.execute("SELECT normalised FROM reads WHERE id % 997 = 0 ORDER BY id").fetchall()
    plates = [row[0] for row in rows]

    def ask(query: ReadQuery) -> None:
        with store.reading() as unit:
            unit.reads.find(query)

    def write() -> None:
        at = end - timedelta(seconds=rng.random() * 3600)
        read = Read(Plate("AB1", "gb", "AB1"), 0.9, quad_of((10, 20, 30, 8)))
        with store.writing() as unit:
            unit.reads.save(
                NewFrame(at, at, 1280, 720, "north"), [NewRead(read, "yolo-attention", "recognizer")]
            )

    return {
        "plate": percentiles("plate", lambda: ask(ReadQuery(rng.choice(plates)))),
        "prefix of 4": percentiles("prefix", lambda: ask(ReadQuery(rng.choice(plates)[:4], "prefix"))),
        "newest": percentiles("newest", lambda: ask(ReadQuery())),
        "newest of a day": percentiles("day", lambda: ask(ReadQuery(since=end - timedelta(days=1)))),
        "write": percentiles("write", write),
    }


def removed(store: Store, connection: Any, before: datetime) -> dict[str, Any]:
    """Return what it takes to remove the oldest month."""
    began, size = clock.ticks(), _size(connection)
    rows = store.expire(Retention(None, before), before).rows
    return {
        "seconds": round(clock.ticks() - began, 3),
        "rows": dict(rows),
        "bytes_before": size,
        "bytes_after": _size(connection),
    }


def _size(connection: Any) -> int:
    query = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r'"
    return int(connection.execute(query).fetchone()[0])


if __name__ == "__main__":
    main()
