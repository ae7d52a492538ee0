"""``python -m benchmarks.partitions postgresql://...``: what monthly partitions of the reads would be worth.

An empty database is filled with two years of reads. Then a month is removed as retention does it, and as it
would be with partitions, by dropping one; and plates are searched in the table as it is, and in copies of it
in 6 to 48 partitions with the same indexes. JSON goes into benchmarks/results.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg
from benchmarks.latency.run import RESULTS, commit, machine
from benchmarks.store.__main__ import START, percentiles

from platewise import clock
from platewise.store.instants import from_micros
from platewise.store.opening import open_store
from platewise.store.queries import Retention

MONTHS, MONTH = 24, 30 * 24 * 3600 * 1_000_000
PARTS = (6, 12, MONTHS, 48)
TABLES = ("reads", *(f"parted_{count}" for count in PARTS))
PLATE = (
    "chr(65 + (n * 7919 % 26)::int) || chr(65 + (n * 104729 % 26)::int)"
    " || lpad((n * 31 % 10000)::text, 4, '0')"
)
FRAMES = "INSERT INTO frames SELECT n, {at}, {at}, 1280, 720, 'cam' || n % 16, NULL, NULL FROM {numbers} n"
READS = (
    "INSERT INTO reads SELECT n, n, {at}, 'cam' || n % 16, {plate}, {plate}, {plate}, {plate},"
    " 'gb', 0.9, 0.9, '[]', '[]', '[]', 'new', 'yolo-attention', 'recognizer', NULL,"
    " decode(repeat('00', 100), 'hex')"
    " FROM {numbers} n"
)
SIGHTINGS = (
    "INSERT INTO sightings SELECT n, 'k' || n, {at}, {plate}, {plate}, {plate}, 'gb', 0.9,"
    " 'cam' || n % 16, 'gate', NULL, 'in', n FROM {numbers} n"
)
SEARCH = "SELECT id FROM {table} WHERE normalised = %s ORDER BY captured_at DESC, id DESC LIMIT 51"
RECENT = "SELECT id FROM {table} WHERE captured_at > %s ORDER BY captured_at DESC, id DESC LIMIT 51"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--reads", type=int, default=480_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, psycopg.connect(options.url, autocommit=True) as database:
        store = open_store(options.url, Path(folder))
        fill(database, options.reads)
        found = {"search": searched(database), "newest of a day": newest(database)}
        dropped = timed(lambda: database.execute(f"DROP TABLE parted_{MONTHS}_0"))
        before = size(database)
        old = Retention(None, from_micros(START + MONTH))
        deleted = timed(lambda: store.expire(old, from_micros(START + MONTHS * MONTH)))
        after = size(database)
        store.close()
    result = {
        "benchmark": "partitions", "commit": commit(), "reads": options.reads, "months": MONTHS,
        "measured_at": clock.now().isoformat(timespec="seconds"), "machine": machine(),
        "month": {
            "rows": 3 * options.reads // MONTHS, "deleted_s": round(deleted, 2),
            "dropped_s": round(dropped, 3),
            "bytes_before": before, "bytes_after_deletion": after,
        },
        "ms": found,
    }  # fmt: skip
    (RESULTS / "partitions.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result["month"], indent=1))


def fill(database: "psycopg.Connection[tuple[object, ...]]", count: int) -> None:
    """Write the reads, and a copy of them in partitions."""
    at = f"{START} + (n - 1) * {MONTHS * MONTH // count}::bigint"
    numbers = f"generate_series(1, {count}::bigint)"
    for statement in (FRAMES, READS, SIGHTINGS):
        database.execute(statement.format(at=at, plate=PLATE, numbers=numbers))
    for count in PARTS:
        part(database, count)
    database.execute("VACUUM ANALYZE")


def part(database: "psycopg.Connection[tuple[object, ...]]", count: int) -> None:
    """Copy the reads into so many partitions of equal spans of time, with the indexes of the table."""
    table, span = f"parted_{count}", MONTHS * MONTH // count
    database.execute(f"CREATE TABLE {table} (LIKE reads INCLUDING DEFAULTS) PARTITION BY RANGE (captured_at)")
    for number in range(count):
        low = START + number * span
        database.execute(
            f"CREATE TABLE {table}_{number} PARTITION OF {table} FOR VALUES FROM ({low}) TO ({low + span})"
        )
    database.execute(f"INSERT INTO {table} SELECT * FROM reads")
    for columns in (
        "captured_at, id, normalised",
        "normalised, captured_at, id",
        "folded, captured_at, id",
        "camera, captured_at, id",
        "id, captured_at",
    ):
        database.execute(f"CREATE INDEX ON {table} ({columns})")


def searched(database: "psycopg.Connection[tuple[object, ...]]") -> dict[str, dict[str, float]]:
    """Return percentiles of the search for a plate, in the table and in partitions."""
    rng = random.Random(1)
    plates = [
        str(row[0]) for row in database.execute("SELECT normalised FROM reads WHERE id % 997 = 0").fetchall()
    ]
    return {
        table: percentiles(
            f"search in {table}",
            lambda table=table: database.execute(SEARCH.format(table=table), [rng.choice(plates)]).fetchall(),
        )
        for table in TABLES
    }


def newest(database: "psycopg.Connection[tuple[object, ...]]") -> dict[str, dict[str, float]]:
    """Return percentiles of the question for the newest reads of a day."""
    since = START + MONTHS * MONTH - int(timedelta(days=1).total_seconds() * 1e6)
    return {
        table: percentiles(
            f"newest in {table}",
            lambda table=table: database.execute(RECENT.format(table=table), [since]).fetchall(),
        )
        for table in TABLES
    }


def size(database: "psycopg.Connection[tuple[object, ...]]") -> int:
    """Return the bytes of frames, reads and sightings with their indexes."""
    tables = ("frames", "reads", "sightings")
    told = " + ".join(f"pg_total_relation_size('{table}')" for table in tables)
    row = database.execute(f"SELECT {told}").fetchone()
    assert row
    return int(str(row[0]))


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes."""
    began = clock.ticks()
    work()
    return clock.ticks() - began


if __name__ == "__main__":
    main()
