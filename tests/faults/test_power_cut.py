"""D2: the power is cut: what was not synced is lost, wholly or in part. What was acknowledged is there.

The system calls of a writer are traced with their bytes; then the disk is made again as it was at many
moments: with all that was synced until then, and of the rest nothing, or some of the writes in pieces.
"""

import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import walls

pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")

from platewise.store.opening import open_store

COMMITS, CUTS = 150, walls.size("POWER_CUTS", 50, 1_000)
SECTOR = 512
HERE = Path(__file__).parent
WRITER = """
import os, sys
from pathlib import Path
from store_samples import NOON, keep, new_sighting
from platewise.store.opening import open_store
from platewise.store.records import NewEvent
store = open_store(sys.argv[1], Path(sys.argv[2]))
for i in range(int(sys.argv[3])):
    with store.writing() as unit:
        read = keep(unit, f"AB{i}", i)
        sighting, _ = unit.sightings.save(new_sighting(f"key-{i}", f"AB{i}", i, read.id))
        unit.events.add(NewEvent("passed", NOON, {"filling": "x" * 20_000}, sighting.id, ("mqtt",)))
    os.write(1, f"key-{i}\\n".encode())
"""
CALL = re.compile(r'^(\w+)\((\d+)<([^>]*)>(?:, (?:"([^"]*)", \d+(?:, (\d+))?|(\d+)))?\) += (\d+)')


class Call(NamedTuple):
    """What the writer asked of the kernel."""

    name: str
    file: str
    data: bytes
    offset: int


@pytest.mark.wall("D2")
@pytest.mark.skipif(sys.platform != "linux", reason="traces system calls")
def test_a_power_cut_loses_nothing_that_was_acknowledged(tmp_path: Path, wall: walls.Wall) -> None:
    calls, before = _traced(tmp_path)
    rng, checkpoints = random.Random(1), sum(one.name == "pwrite64" and one.file == "db" for one in calls)
    assert checkpoints > 0, "the journal was never copied into the database"
    lost = [0, 0]
    for number, moment in enumerate(sorted(rng.randrange(1, len(calls) + 1) for _ in range(CUTS))):
        disk, said, dropped = _disk(calls[:moment], before, rng if number % 2 else None)
        _check(tmp_path / "again", disk, said)
        lost[number % 2] += dropped
    assert min(lost) > 0, "nothing was ever unsynced: the test tests nothing"
    wall.measured(
        f"power cut at {CUTS} moments of {COMMITS} commits, {sum(lost)} unsynced writes dropped or torn: "
        "0 acknowledged lost, 0 halves, integrity ok"
    )


def _traced(folder: Path) -> tuple[list[Call], dict[str, bytes]]:
    """Return what a writer asked of the kernel, and what was in its files before."""
    tracer = shutil.which("strace")
    if not tracer:
        pytest.skip("needs strace: apt install strace")
    url = f"sqlite:///{folder}/platewise.db"
    open_store(url, folder / "images").close()
    before = {"db": (folder / "platewise.db").read_bytes()}
    traced = "trace=pwrite64,write,fsync,fdatasync,ftruncate"
    log, path = folder / "calls", os.pathsep.join([str(HERE.parent / "contracts"), *filter(None, sys.path)])
    line = [tracer, "-y", "-xx", "-s", str(2**20), "-e", traced, "-e", "signal=none", "-o", str(log)]
    line += [sys.executable, "-c", WRITER, url, str(folder / "images"), str(COMMITS)]
    subprocess.run(line, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": path})
    return list(_calls(log)), before


def _calls(log: Path) -> Iterator[Call]:
    """Yield those that count: of the database, its journal, and standard output."""
    for line in log.read_text().splitlines():
        if not (found := CALL.match(line)):
            continue
        name, number, path, data, offset, length, done = found.groups()
        kind = next((k for k in ("db-wal", "db") if _plain(path).endswith(f"platewise.{k}")), "")
        kind = kind or "out" * (number == "1")
        if kind:
            content = bytes.fromhex((data or "").replace("\\x", ""))
            if data:
                content = content[: int(done)]
            yield Call(name, kind, content, int(offset or length or 0))


def _plain(path: str) -> str:
    return bytes.fromhex(path.replace("\\x", "")).decode() if path.startswith("\\x") else path


def _disk(
    calls: list[Call], before: dict[str, bytes], rng: random.Random | None
) -> tuple[dict[str, bytearray], set[str], int]:
    """Return what is on the disk after a cut, what was acknowledged until then, and how much was dropped."""
    disk = defaultdict(bytearray, {name: bytearray(data) for name, data in before.items()})
    waiting, said = defaultdict[str, list[Call]](list), set[str]()
    for call in calls:
        if call.file == "out":
            said.update(call.data.decode().split())
        elif call.name in ("fsync", "fdatasync"):
            for one in waiting.pop(call.file, []):
                _apply(disk[call.file], one)
        else:
            waiting[call.file].append(call)
    left = [one for many in waiting.values() for one in many]
    for one in left if rng else ():
        _tear(disk[one.file], one, rng)
    return disk, said, len(left)


def _apply(content: bytearray, call: Call) -> None:
    if call.name == "ftruncate":
        del content[call.offset :]
    end = call.offset + len(call.data)
    content.extend(bytes(max(0, end - len(content))))
    content[call.offset : end] = call.data


def _tear(content: bytearray, call: Call, rng: random.Random | None) -> None:
    """Let some sectors of a write reach the disk."""
    assert rng
    for start in range(0, len(call.data), SECTOR):
        if rng.random() < 0.5:
            _apply(content, call._replace(data=call.data[start : start + SECTOR], offset=call.offset + start))


def _check(folder: Path, disk: dict[str, bytearray], said: set[str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in disk.items():
        (folder / f"platewise.{name}").write_bytes(content)
    with sqlite3.connect(folder / "platewise.db") as connection:
        there = {row[0] for row in connection.execute("SELECT key FROM sightings")}
        assert said <= there
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for table in ("frames", "reads", "events", "outbox"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (len(there),)
    connection.close()
