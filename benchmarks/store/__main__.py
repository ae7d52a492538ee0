"""``python -m benchmarks.store``: how fast the store answers with millions of reads in SQLite.

The database is filled past the store, table by table and without indexes: ten million transactions would
take hours. Its schema, its indexes and all questions are the store's own. JSON goes into benchmarks/results.
"""

import argparse
import json
import random
import sqlite3
import string
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
from benchmarks.latency.run import RESULTS, commit, machine

from platewise import clock
from platewise.core.lattice import Lattice
from platewise.core.plate import fold
from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.store.queries import ReadQuery

CAMERAS, EVERY = 16, 3_000_000
"""Cameras, and microseconds from one read to the next."""
START = 1_700_000_000_000_000
CHUNK = 100_000
CHARACTERS = json.dumps([[sign, 0.98] for sign in "AB12CDE"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reads", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, help="keep the database here, and use it if it is there")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        database = folder / "reads.db"
        if not database.exists():
            fill(database, options.reads, random.Random(options.seed))
        store = open_store(f"sqlite:///{database}", folder / "images")
        rows = measure(store, database, random.Random(options.seed + 1))
        store.close()
    result = {
        "benchmark": "store", "commit": commit(), "seed": options.seed, "reads": options.reads,
        "measured_at": clock.now().isoformat(timespec="seconds"), "machine": machine(), "ms": rows,
    }  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "store.json").write_text(json.dumps(result, indent=1) + "\n")


def fill(database: Path, count: int, rng: random.Random) -> None:
    """Write so many frames, reads and sightings; a few plates come often, most rarely."""
    database.parent.mkdir(parents=True, exist_ok=True)
    open_store(f"sqlite:///{database}", database.parent / "images").close()
    lattice = Lattice.of("AB12CDE", 10, 0.95).pack()
    plates = [plate(rng) for _ in range(count // 5)]
    with sqlite3.connect(database, isolation_level=None) as file:
        file.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-400000")
        indexes = file.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            " AND tbl_name IN ('reads', 'frames', 'sightings')"
        ).fetchall()
        for name, _ in indexes:
            file.execute(f"DROP INDEX {name}")
        for first in range(0, count, CHUNK):
            numbers = range(first + 1, min(count, first + CHUNK) + 1)
            seen = [(i, plates[int(len(plates) * rng.random() ** 2)]) for i in numbers]
            insert(file, seen, lattice, rng)
        for _, sql in indexes:
            file.execute(sql)
        file.execute("PRAGMA journal_mode=WAL")


def insert(file: sqlite3.Connection, seen: list[tuple[int, str]], lattice: bytes, rng: random.Random) -> None:
    file.execute("BEGIN")
    moments = [(i, START + i * EVERY, f"cam{i % CAMERAS}", text) for i, text in seen]
    file.executemany(
        "INSERT INTO frames VALUES (?, ?, ?, 1280, 720, ?, NULL, NULL)",
        ((i, at, at + 1, camera) for i, at, camera, _ in moments),
    )
    file.executemany(
        "INSERT INTO reads VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'gb', ?, 0.9, ?,"
        " '[[1,2],[3,4],[5,6],[7,8]]', '[]', 'new', 'yolo-attention', 'recognizer', NULL, ?)",
        (
            (i, i, at, camera, *forms(text), rng.random(), CHARACTERS, lattice)
            for i, at, camera, text in moments
        ),
    )
    file.executemany(
        "INSERT INTO sightings VALUES (?, ?, ?, ?, ?, ?, 'gb', 0.9, ?, 'gate', NULL, 'in', ?)",
        ((i, f"k{i}", at, *forms(text)[1:], camera, i) for i, at, camera, text in moments),
    )
    file.execute("COMMIT")


def forms(text: str) -> tuple[str, str, str, str]:
    """Return the text raw, displayed, normalised, folded."""
    return text, f"{text[:4]} {text[4:]}", text, fold(text)


def plate(rng: random.Random) -> str:
    letters = rng.choices(string.ascii_uppercase, k=5)
    return f"{letters[0]}{letters[1]}{rng.randrange(100):02}{''.join(letters[2:])}"


def measure(store: Store, database: Path, rng: random.Random) -> dict[str, dict[str, float]]:
    """Return p50, p95 and p99 of each question, in milliseconds."""
    with sqlite3.connect(database) as file:
        last = file.execute("SELECT max(id) FROM reads").fetchone()[0]
        numbers = [rng.randrange(1, last + 1) for _ in range(500)]
        ask = "SELECT normalised FROM reads WHERE id = ?"
        known = [file.execute(ask, (number,)).fetchone()[0] for number in numbers]
    with store.reading() as unit:
        newest = unit.reads.find(ReadQuery(limit=1)).items[0].frame.captured_at
    span = timedelta(microseconds=EVERY * last)

    def latest(count: int) -> None:
        with store.reading() as unit:
            unit.sightings.latest(rng.sample(known, count), newest - span * rng.random())

    def find(query: ReadQuery) -> None:
        with store.reading() as unit:
            unit.reads.find(query)

    questions: dict[str, Callable[[], None]] = {
        "check-license-plate, 1": lambda: latest(1),
        "check-license-plate, 20": lambda: latest(20),
        "check-license-plate, 200": lambda: latest(200),
        "exact": lambda: find(ReadQuery(text=rng.choice(known))),
        "prefix of 4": lambda: find(ReadQuery(text=rng.choice(known)[:4], match="prefix")),
        "prefix of 2": lambda: find(ReadQuery(text=rng.choice(known)[:2], match="prefix")),
        "prefix of 1": lambda: find(ReadQuery(text=rng.choice(known)[:1], match="prefix")),
        "wildcard AB?2*": lambda: find(ReadQuery(text=_gap(rng.choice(known)), match="wildcard")),
        "wildcard *XYZ": lambda: find(ReadQuery(text="*" + rng.choice(known)[-3:], match="wildcard")),
        "misread": lambda: find(ReadQuery(text=rng.choice(known), match="misread")),
        "newest": lambda: find(ReadQuery()),
    }
    return {name: percentiles(name, question) for name, question in questions.items()}


def _gap(text: str) -> str:
    return f"{text[:2]}?{text[3]}*"


def percentiles(name: str, question: Callable[[], None], times: int = 1000) -> dict[str, float]:
    """Return percentiles of the wall time, and of the CPU time: others on the machine do not count in it."""
    taken, used = [], []
    for _ in range(times):
        began, spent = clock.ticks(), clock.cpu_seconds()
        question()
        taken.append(1000 * (clock.ticks() - began))
        used.append(1000 * (clock.cpu_seconds() - spent))
    told = {f"p{p}": round(float(np.percentile(taken, p)), 2) for p in (50, 95, 99)}
    told |= {f"cpu_p{p}": round(float(np.percentile(used, p)), 3) for p in (50, 99)}
    print(f"{name:26}", *(f"{key} {value:8.2f} ms" for key, value in told.items()), flush=True)
    return told


if __name__ == "__main__":
    main()
