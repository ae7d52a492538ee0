"""D1: eight writers are killed in the middle of their work. What was acknowledged is there, whole."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import walls

pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")

from platewise import clock
from platewise.clock import ticks
from platewise.store.opening import open_store
from platewise.store.queries import Retention

pytestmark = pytest.mark.wall("D1")

ROUNDS = walls.size("KILLS", 100, 1_000)
WRITERS = 8
HERE = Path(__file__).parent


@contextmanager
def _writing(folder: Path) -> "Iterator[subprocess.Popen[str]]":
    """Run the process that forks writers."""
    path = os.pathsep.join([str(HERE.parent / "contracts"), *sys.path])
    line = [sys.executable, str(HERE / "store_writer.py"), _url(folder), str(folder / "images"), str(WRITERS)]
    with subprocess.Popen(
        line,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()
        assert process.wait() == 0


def _write_and_kill(process: "subprocess.Popen[str]", turn: int, lines: int) -> list[str]:
    """Let eight processes write until so many units are kept; kill them, and return what they said."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{turn}\n")
    process.stdin.flush()
    kept, group = list[str](), 0
    while len(kept) < lines or not group:
        said = process.stdout.readline().strip()
        if said.startswith("group"):
            group = int(said.split()[1])
        else:
            kept.append(said)
    os.killpg(group, signal.SIGKILL)
    while (said := process.stdout.readline()) != "over\n":
        assert said.endswith("\n")
        kept.append(said.strip())
    return kept


def _url(folder: Path) -> str:
    return f"sqlite:///{folder}/platewise.db"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path: Path, wall: walls.Wall) -> None:
    rng, kept = random.Random(1), []
    open_store(_url(tmp_path), tmp_path / "images").close()
    slowest = 0.0
    with _writing(tmp_path) as process:
        for turn in range(ROUNDS):
            kept += _write_and_kill(process, turn, rng.randint(1, 60))
            start = ticks()
            store = open_store(_url(tmp_path), tmp_path / "images")
            store.check()
            store.close()
            slowest = max(slowest, ticks() - start)
    with sqlite3.connect(tmp_path / "platewise.db") as connection:
        there = [row[0] for row in connection.execute("SELECT key FROM sightings")]
        assert set(kept) <= set(there)
        assert len(kept) >= ROUNDS
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        for table in ("frames", "reads", "events", "outbox"):  # no half of a unit
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (len(there),)
    connection.close()
    wall.measured(
        f"{ROUNDS} x {WRITERS} writers killed: {len(kept)} acknowledged, 0 lost, 0 halves, "
        f"healthy after {slowest:.1f} s at most",
        "" if slowest < 5 else "other work had this machine's cores",
    )


OTHER = """
import sys
from pathlib import Path
from platewise.store.opening import open_store

store = open_store(sys.argv[1], Path(sys.argv[2]) / "images")
with store.writing() as unit:
    unit.site.set({"told": sys.argv[3]})
store.close()
"""


def test_another_process_is_seen_after_something_was_forgotten(tmp_path: Path) -> None:
    """SQLite's locks are the process's: whoever closes the file loses them, and others delete its journal."""
    store = open_store(_url(tmp_path), tmp_path / "images")
    now = clock.now()
    for forget in (lambda: store.expire(Retention(), now), lambda: store.erase("AB12", now)):
        forget()
        word = forget.__qualname__ + str(id(forget))
        subprocess.run([sys.executable, "-c", OTHER, _url(tmp_path), str(tmp_path), word], check=True)
        with store.reading() as unit:
            assert unit.site.settings() == {"told": word}
    store.close()
