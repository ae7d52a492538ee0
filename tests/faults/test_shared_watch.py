"""Workers that share cameras: one is killed, one is stopped for a while; every camera has one watcher."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import tiny

pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")
from fake_cameras import FakeCamera

from platewise.ingest.shares import CAMERA
from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.store.site import Camera

CAMERAS = 4
TAKEN_OVER = 15.0
"""Seconds within which a dead worker's cameras are watched again."""
Start = Callable[[], subprocess.Popen[bytes]]


class Counting(FakeCamera):
    """Knows how many watch it at present."""

    watchers = 0
    lock = threading.Lock()

    def _answer(self, connection: socket.socket, fault: str | None) -> None:
        with self.lock:
            self.watchers += 1
        try:
            super()._answer(connection, fault)
        finally:
            with self.lock:
                self.watchers -= 1


@pytest.fixture
def store(postgres_url: str, tmp_path: Path) -> Iterator[Store]:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS shared WITH (FORCE)")
        connection.execute("CREATE DATABASE shared")
    opened = open_store(postgres_url.replace("@/postgres?", "@/shared?"), tmp_path / "data" / "images")
    yield opened
    opened.close()


@pytest.fixture
def cameras(store: Store) -> Iterator[list[Counting]]:
    with ExitStack() as stack:
        made = [Counting(fps=5) for _ in range(CAMERAS)]
        for camera in made:
            stack.callback(camera.close)
        with store.writing() as unit:
            for number, camera in enumerate(made):
                unit.site.put(Camera(f"c{number}", source=camera.url))
        yield made


@pytest.fixture
def start(store: Store, postgres_url: str, tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a worker."""
    (tmp_path / "models").mkdir()
    environment = {
        **os.environ,
        "PLATEWISE_MODELS": str(tiny.write(tmp_path / "models")),
        "PLATEWISE_DATABASE": postgres_url.replace("@/postgres?", "@/shared?"),
        "PLATEWISE_DATA": str(tmp_path / "data"),
    }
    program = "from platewise.cli.main import main; main()"
    running: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        line = [sys.executable, "-c", program, "watch-shared", "--format", "jsonl"]
        running.append(subprocess.Popen(line, env=environment, stderr=subprocess.DEVNULL))
        return running[-1]

    yield begin
    for one in running:
        one.send_signal(signal.SIGCONT)
        one.kill()
        one.wait()


def holders(store: Store) -> dict[str, str]:
    """Return who holds each camera now, by the clock of the database."""
    with store.reading() as unit:
        now = unit.leases.now()
        return {
            lease.name.removeprefix(CAMERA): lease.holder
            for lease in unit.leases.leases()
            if lease.name.startswith(CAMERA) and lease.until > now and lease.holder
        }


def until(done: Callable[[], bool], seconds: float) -> float:
    """Wait until something is so; return the seconds that it took."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < seconds, "it has not become so in time"
        time.sleep(0.05)
    return time.monotonic() - began


def watched_once(cameras: list[Counting]) -> bool:
    return [camera.watchers for camera in cameras] == [1] * CAMERAS


def shared_fairly(store: Store) -> bool:
    found = list(holders(store).values())
    return sorted(found.count(holder) for holder in set(found)) == [2, 2]


def test_a_killed_worker_is_replaced_and_a_stopped_one_gives_way(
    store: Store, cameras: list[Counting], start: Start
) -> None:
    first = start()
    until(lambda: watched_once(cameras), 60)
    assert len(set(holders(store).values())) == 1
    second = start()
    until(lambda: shared_fairly(store) and watched_once(cameras), 60)

    first.kill()
    first.wait()
    took = until(lambda: len(set(holders(store).values())) == 1 and watched_once(cameras), 60)
    assert took < TAKEN_OVER

    third = start()
    until(lambda: shared_fairly(store) and watched_once(cameras), 60)
    before = holders(store)
    second.send_signal(signal.SIGSTOP)  # as a machine that is cut off: its leases end, it does not know
    until(lambda: len(set(holders(store).values())) == 1 and len(holders(store)) == CAMERAS, TAKEN_OVER + 5)
    survivor = set(holders(store).values())
    second.send_signal(signal.SIGCONT)
    until(lambda: shared_fairly(store) and watched_once(cameras), 60)
    assert survivor < set(before.values())

    for worker in (second, third):
        worker.send_signal(signal.SIGTERM)
    until(lambda: holders(store) == {}, 20)  # long before the leases would end by themselves
    until(lambda: not any(camera.watchers for camera in cameras), 20)
    assert [worker.wait(20) for worker in (second, third)] == [130, 130]


def test_what_was_seen_under_a_lost_lease_is_not_kept(store: Store, tmp_path: Path) -> None:
    from datetime import UTC, datetime, timedelta

    import numpy as np

    from platewise.core.frame import Frame
    from platewise.core.geometry import quad_of
    from platewise.core.plate import Plate
    from platewise.core.read import Read
    from platewise.core.sighting import Sighting
    from platewise.ingest.keeping import Keeper
    from platewise.store.queries import SightingQuery

    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    frame = Frame(np.zeros((60, 80, 3), np.uint8), "c0", at, "1")
    read = Read(Plate("AB12CDE", "gb", "AB12 CDE"), 0.9, quad_of((10, 10, 40, 12)))
    sighting = Sighting("k", read, frame, at, at, 3, "still")

    class Tiny:
        name = "tiny"

    keeper = Keeper(store, Tiny())  # type: ignore[arg-type]
    with store.writing() as unit:
        lease = unit.leases.claim("camera/c0", "a", at, at + timedelta(seconds=10))
        other = unit.leases.claim("camera/c0", "b", at + timedelta(seconds=10), at + timedelta(seconds=20))
    assert lease
    assert other
    assert keeper.keep_under(lease, sighting) is None
    with store.reading() as unit:
        assert unit.sightings.find(SightingQuery()).items == ()
    assert keeper.keep_under(other, sighting) is not None
    with store.reading() as unit:
        assert len(unit.sightings.find(SightingQuery()).items) == 1
