"""A run of ``platewise batch`` that is killed again and again: no picture is lost, none comes twice."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import tiny

pytest.importorskip("pyarrow", reason="needs the [batch] extra")
from many import shard

PICTURES, CHUNK = 300, 6
KILLS = int(os.environ.get("PLATEWISE_KILLS", "3"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tiny models and a tar of pictures."""
    place = tmp_path_factory.mktemp("batch")
    (place / "models").mkdir()
    tiny.write(place / "models")
    shard(place / "a.tar", PICTURES)
    return place


def start(place: Path, *options: str, chunk: int = CHUNK) -> subprocess.Popen[str]:
    program = "from platewise.cli.main import main; main()"
    line = [
        sys.executable,
        "-c",
        program,
        "batch",
        "a.tar",
        "--workers",
        "2",
        "--chunk",
        str(chunk),
        *options,
    ]
    environment = {**os.environ, "PLATEWISE_MODELS": str(place / "models")}
    return subprocess.Popen(line, cwd=place, env=environment, stderr=subprocess.PIPE, text=True)


def children(parent: int) -> list[int]:
    """Return the processes below a process."""
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    mine = [int(child) for task in tasks for child in task.read_text().split()]
    return mine + [below for child in mine for below in children(child)]


def finished(run: subprocess.Popen[str]) -> str:
    """Wait for a run to end well and return what it told."""
    try:
        told = run.communicate(timeout=120)[1]
    finally:
        run.kill()
    assert run.returncode == 0, told
    return told


def pool(run: subprocess.Popen[str]) -> list[int]:
    """Return the workers of a run."""
    return [pid for pid in children(run.pid) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def busy(pid: int) -> float:
    """Return the seconds of CPU that a process has had."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def writes(pid: int) -> bool:
    """Tell whether a process waits for room in a pipe that it writes to."""
    return "pipe_write" in Path(f"/proc/{pid}/wchan").read_text()


def kill_after(run: subprocess.Popen[str], folder: Path, more: int) -> list[int]:
    """Kill a run without warning once so many parts have come; return the workers that it left."""
    before = len(list(folder.glob("part-*")))
    while run.poll() is None and len(list(folder.glob("part-*"))) < before + more:
        time.sleep(0.005)
    left = children(run.pid) if run.poll() is None else []
    run.kill()
    run.communicate()
    return left


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_killed_runs_end_with_every_picture_once(place: Path) -> None:
    rng, folder, kills = random.Random(1), place / "files", 0
    while (run := start(place, "--out", "files", "--format", "jsonl")) and kills < KILLS:
        left = kill_after(run, folder, rng.randint(1, 12))
        kills += 1
        until = time.monotonic() + 10
        while any(Path(f"/proc/{pid}").exists() for pid in left) and time.monotonic() < until:
            time.sleep(0.05)
        assert not [pid for pid in left if Path(f"/proc/{pid}").exists()], "workers outlived their parent"
    told = finished(run)
    assert "were done before" in told
    records = [
        json.loads(line) for path in folder.glob("part-*.jsonl") for line in path.read_text().splitlines()
    ]
    assert Counter(record["image"] for record in records) == Counter(
        f"a.tar/{number:06}.jpg" for number in range(PICTURES)
    )
    for record in records:
        assert len(record["reads"]) == int(record["image"][6:12]) % 3
    assert not list(folder.glob("*.draft"))
    assert not list(folder.glob("_handed-*"))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_worker_that_is_killed_costs_nothing(place: Path) -> None:
    run, folder = start(place, "--out", "worker", "--format", "jsonl"), place / "worker"
    while not list(folder.glob("part-*.jsonl")):
        assert run.poll() is None
        time.sleep(0.01)
    os.kill(pool(run)[0], signal.SIGKILL)
    finished(run)
    lines = [line for path in folder.glob("part-*.jsonl") for line in path.read_text().splitlines()]
    assert len(lines) == len({json.loads(line)["image"] for line in lines}) == PICTURES


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_worker_that_is_killed_while_it_hands_over_costs_nothing(place: Path) -> None:
    shard(place / "b.tar", 4 * PICTURES)
    run = start(place, "b.tar", "--out", "handing", "--format", "jsonl", chunk=5 * PICTURES // 2)
    while len(workers := pool(run)) < 2 or min(map(busy, workers)) < 0.5:
        assert run.poll() is None
        time.sleep(0.01)
    run.send_signal(signal.SIGSTOP)  # nobody takes what they hand over: more than a pipe holds
    while (before := list(map(busy, workers))) and (time.sleep(1.0) or list(map(busy, workers)) != before):
        pass
    os.kill(max(workers, key=writes), signal.SIGKILL)
    run.send_signal(signal.SIGCONT)
    finished(run)
    lines = [
        line for part in (place / "handing").glob("part-*.jsonl") for line in part.read_text().splitlines()
    ]
    assert len(lines) == len({json.loads(line)["image"] for line in lines}) == 5 * PICTURES
    assert not list((place / "handing").glob("_handed-*"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_runs_leave_every_picture_in_the_database_once(place: Path) -> None:
    pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")
    rng = random.Random(2)
    options = ("--out", "base", "--format", "database", "--data", "data")
    for _ in range(KILLS):
        run = start(place, *options)
        while run.poll() is None and not _rows(place):
            time.sleep(0.01)
        time.sleep(rng.random())
        run.kill()
        run.communicate()
    run = start(place, *options)
    finished(run)
    assert _rows(place) == PICTURES
    with sqlite3.connect(place / "data" / "platewise.sqlite3") as file:
        assert file.execute("SELECT count(DISTINCT name) FROM frames").fetchone() == (PICTURES,)
        assert file.execute("SELECT count(*) FROM sightings").fetchone() == (PICTURES,)
    file.close()


def _rows(place: Path) -> int:
    file = place / "data" / "platewise.sqlite3"
    if not file.exists():
        return 0
    connection = sqlite3.connect(file)
    try:
        return int(connection.execute("SELECT count(*) FROM frames").fetchone()[0])
    except sqlite3.OperationalError:  # its tables are not made yet
        return 0
    finally:
        connection.close()
