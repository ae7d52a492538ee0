"""D2, D4, D6, D9, D11: what the disk is told, how many write at once, and migrations that are killed.

PLATEWISE_COMMITS, _BUSY, _MIGRATIONS, _ROWS, _WRITES and _CROSSINGS say how much, for a longer run.
"""

import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

import walls

pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")

from alembic import command
from lot_arrivals import START
from sqlalchemy import inspect, text
from store_samples import keep, new_frame, new_read

from platewise import gatehouse
from platewise.clock import ticks
from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.gatehouse import Arrival, Outcome
from platewise.register.values import Lot
from platewise.store.export import export
from platewise.store.opening import open_store
from platewise.store.parking import VisitQuery
from platewise.store.protocol import Store
from platewise.store.queries import ReadQuery
from platewise.store.records import NewFrame
from platewise.store.site import Camera, Gate, Lane
from platewise.store.sql.engine import connect, parse, transaction
from platewise.store.sql.migrate import config_for
from platewise.web.v1.events import Stream
from platewise.web.waiting import WaitingRoom

COMMITS = walls.size("COMMITS", 200, 500)
BUSY_S = walls.size("BUSY", 4, 60)
MIGRATIONS, ROWS = walls.size("MIGRATIONS", 6, 20), walls.size("ROWS", 5_000, 100_000)
WRITES = walls.size("WRITES", 1_500, 10_000)
CROSSINGS = walls.size("CROSSINGS", 60, 1_000)
HERE = Path(__file__).parent
EXPLAINED = {
    ("", "", 0),  # in, then out
    ("it has left already", "no entry fits", 0),  # the out was told first, of the same moment
    ("", "no entry fits", 1),  # out of nowhere, then in
}
"""Why of the in, why of the out, and how many are inside then."""
WRITES_SOME = """
import sys
from pathlib import Path
from store_samples import keep
from platewise.store.export import export
from platewise.store.opening import open_store
store = open_store(sys.argv[1], Path(sys.argv[2]))
for i in range(int(sys.argv[3])):
    with store.writing() as unit:
        keep(unit, f"AB{i}", i)
print("kept")
"""


def _environ() -> dict[str, str]:
    path = os.pathsep.join([str(HERE.parent / "contracts"), *filter(None, sys.path)])
    return {**os.environ, "PYTHONPATH": path}


@pytest.mark.wall("D2")
@pytest.mark.skipif(sys.platform != "linux", reason="traces system calls")
def test_each_commit_reaches_the_disk(tmp_path: Path, wall: walls.Wall) -> None:
    tracer = shutil.which("strace")
    if not tracer:
        pytest.skip("needs strace: apt install strace")
    url = f"sqlite:///{tmp_path}/platewise.db"
    open_store(url, tmp_path / "images").close()
    log = tmp_path / "calls"
    line = [
        tracer,
        "-f",
        "-y",
        "-e",
        "trace=fsync,fdatasync",
        "-o",
        str(log),
        sys.executable,
        "-c",
        WRITES_SOME,
    ]
    done = subprocess.run(
        [*line, url, str(tmp_path / "images"), str(COMMITS)], check=True, capture_output=True, env=_environ()
    )
    assert b"kept" in done.stdout
    syncs = len(re.findall(r"f(?:data)?sync\(\d+<[^>]*platewise\.db", log.read_text()))
    wall.measured(f"{COMMITS} commits: {syncs} syncs of the database")
    assert syncs >= COMMITS


@pytest.mark.wall("D4")
def test_many_write_and_read_at_once(tmp_path: Path, wall: walls.Wall) -> None:
    """Eight threads of a server write while eight look."""
    url = f"sqlite:///{tmp_path}/platewise.db"
    store = open_store(url, tmp_path / "images")
    begun = _traced(store)
    calm = max(_time_of_writing(store, i) for i in range(20))
    until, times, read = ticks() + BUSY_S, list[float](), list[int]()

    def write(number: int) -> None:
        for i in range(10**6):
            if ticks() > until:
                return
            start = ticks()
            with store.writing() as unit:
                keep(unit, f"W{number}X{i}", i)
            times.append(ticks() - start)
            time.sleep(0.02)

    def look(number: int) -> None:
        while ticks() < until:
            with store.reading() as unit:
                read.append(len(unit.reads.find(ReadQuery(limit=20)).items))
            time.sleep(0.02)

    with ThreadPoolExecutor(16) as pool:
        done = [pool.submit(write, n) for n in range(8)] + [pool.submit(look, n) for n in range(8)]
        for one in done:
            one.result()  # "database is locked" would come out here
    p99 = sorted(times)[int(len(times) * 0.99)]
    wall.measured(
        f"{len(times)} writes beside {len(read)} reads: 0 locked, p99 {p99 * 1e3:.0f} ms "
        f"(one alone {calm * 1e3:.0f} ms)",
        "" if p99 < 0.1 else "16 threads of one Python process; the test fails beyond 8 turns",
    )
    assert set(begun) == {"BEGIN IMMEDIATE"}
    assert len(begun) >= len(times)
    assert len(times) > 8
    assert p99 < 5  # nobody starves; how long exactly is the table's to tell
    store.close()


def _time_of_writing(store: Store, number: int) -> float:
    start = ticks()
    with store.writing() as unit:
        keep(unit, f"C{number}", number)
    return ticks() - start


def _traced(store: Store) -> list[str]:
    """Note how each transaction of the writers begins."""
    begun: list[str] = []
    lent = store._writers.raw_connection()  # type: ignore[attr-defined]
    lent.driver_connection.set_trace_callback(lambda said: begun.append(said) if "BEGIN" in said else None)
    lent.close()
    return begun


@pytest.mark.wall("D6")
def test_in_at_one_gate_while_out_at_another(database_url: str, tmp_path: Path, wall: walls.Wall) -> None:
    """Whatever comes first, the history is one that could have happened one after the other."""
    stores = [open_store(database_url, tmp_path / "images") for _ in range(2)]
    with stores[0].writing() as unit:
        unit.lots.put(Lot("yard", 10))
        for way in ("in", "out"):
            unit.site.put(Gate(way, direction=way, lot="yard"))
            unit.site.put(Lane(way, way))
            unit.site.put(Camera(way, lane=way))
    barrier, seen = threading.Barrier(2), Counter[tuple[str, str, int]]()

    def arrive(which: int, turn: int) -> Outcome:
        at = START + timedelta(hours=turn)
        way, shown = ("in", "out")[which], Plate(f"AB{turn:04}")
        frame = NewFrame(at, at, 100, 60, way)
        arrival = Arrival(f"{way}/{turn}", frame, (Read(shown, 0.9, quad_of((1, 1, 60, 20))),), "tiny", "v1")
        barrier.wait()
        with stores[which].writing() as unit:
            (outcome,) = gatehouse.admit(unit, arrival).outcomes
        return outcome

    with ThreadPoolExecutor(2) as pool:
        for turn in range(CROSSINGS):
            came, went = pool.map(arrive, range(2), [turn] * 2)
            assert (came.kind, went.kind) == ("Entered", "Left")
            with stores[0].reading() as unit:
                here = unit.lots.visits(VisitQuery("yard", ("inside",), limit=50)).items
                mine = [one for one in here if one.visit.plate == f"AB{turn:04}"]
                assert len(mine) <= 1
                seen[came.reason, went.reason, len(mine)] += 1
                assert unit.lots.state("yard", START + timedelta(hours=turn)).occupied == len(here)
            with stores[0].writing() as unit:  # the next one finds an empty yard
                for one in here:
                    gatehouse.admit(unit, _leaving(one.visit.plate, turn))
    assert set(seen) <= EXPLAINED
    wall.measured(
        f"{CROSSINGS} x in at A while out at B: {seen.total()} explained by an order, 1 open stay at most"
    )
    for store in stores:
        store.close()


def _leaving(shown: str, turn: int) -> Arrival:
    at = START + timedelta(hours=turn, minutes=30)
    read = Read(Plate(shown), 0.9, quad_of((1, 1, 60, 20)))
    return Arrival(f"leaves/{shown}/{turn}", NewFrame(at, at, 100, 60, "out"), (read,), "tiny", "v1")


@pytest.mark.wall("D9")
def test_migrations_that_are_killed_lose_no_row(tmp_path: Path, wall: walls.Wall) -> None:
    rng, old = random.Random(1), tmp_path / "old.db"
    _first_release(old)
    wanted, killed = _rows(old), 0
    time_of = _time_of_migrating(shutil.copy(old, tmp_path / "timed.db"), tmp_path)
    for turn in range(MIGRATIONS):
        file = tmp_path / f"{turn}.db"
        shutil.copy(old, file)
        with _migrating(file, tmp_path) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(rng.uniform(0, 1.1 * time_of))
            process.send_signal(signal.SIGKILL)
            killed += "ended" not in process.stdout.read()
        open_store(f"sqlite:///{file}", tmp_path / "images").close()
        assert _rows(file) == wanted
        with sqlite3.connect(file) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.close()
        file.unlink()
    wall.measured(
        f"{killed} of {MIGRATIONS} migrations of {ROWS} reads killed mid-way: 0 rows lost, all resume"
    )
    assert killed > 0


def _first_release(file: Path) -> None:
    """Make a database as the first version did, full of reads."""
    engine = connect(parse(f"sqlite:///{file}"), writes=True)
    with transaction(engine) as connection:
        command.upgrade(config_for(connection), "0001")
    with transaction(engine) as connection:
        columns = inspect(connection).get_columns("frames")
        needed = {c["name"]: 640 for c in columns if not c["nullable"] and c["name"] != "id"}
        names, marks = ", ".join(needed), ", ".join(f":{name}" for name in needed)
        line = text(f"INSERT INTO frames ({names}) VALUES ({marks})")
        connection.execute(line, [{**needed, "captured_at": i} for i in range(ROWS)])
    engine.dispose()


def _rows(file: Path) -> tuple[int, int]:
    with sqlite3.connect(file) as connection:
        found = connection.execute("SELECT count(*), sum(captured_at * 31 + width) FROM frames").fetchone()
    connection.close()
    return int(found[0]), int(found[1])


def _migrating(file: Path, folder: Path) -> "subprocess.Popen[str]":
    line = [sys.executable, str(HERE / "migrating.py"), f"sqlite:///{file}", str(folder / "images")]
    return subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=_environ())


def _time_of_migrating(file: Path, folder: Path) -> float:
    with _migrating(file, folder) as process:
        assert process.stdout
        process.stdout.readline()
        start = ticks()
        assert "ended" in process.stdout.read()
    return ticks() - start


@pytest.mark.wall("D11")
def test_no_reader_lets_the_journal_grow(tmp_path: Path, wall: walls.Wall) -> None:
    """The readers of long breath are exports and streams: neither holds one moment for longer than a page."""
    store = open_store(f"sqlite:///{tmp_path}/platewise.db", tmp_path / "images")
    journal, largest = tmp_path / "platewise.db-wal", 0
    with store.writing() as unit:
        unit.reads.save(new_frame(), [new_read(f"A{i}") for i in range(600)])
    slow, stream = export(store, ReadQuery()), Stream(store, WaitingRoom(1), 0, lambda: True)
    told = iter(stream)
    next(slow), next(told)
    for i in range(WRITES):
        with store.writing() as unit:
            keep(unit, f"B{i}", i)
        largest = max(largest, journal.stat().st_size)
    assert sum(1 for _ in slow) == 599
    stream.close()
    with store.writing() as unit:  # the next commit copies what none reads any more
        keep(unit, "LAST", 0)
    connection = sqlite3.connect(tmp_path / "platewise.db")
    busy, logged, copied = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    connection.close()
    assert (busy, copied) == (0, logged)
    store.close()
    wall.measured(
        f"{WRITES} writes beside a slow export and a live stream: journal {largest / 2**20:.1f} MiB at most, "
        f"all {logged} pages copied after the next write"
    )
    assert largest <= 64 * 2**20
