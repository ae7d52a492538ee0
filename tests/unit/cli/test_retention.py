"""``platewise retention`` and the thread of the server that does the same."""

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from platewise import clock
from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.errors import StoreError
from platewise.gatehouse.rounds import Job, expire, go, heartbeat, keep_doing, tidy
from platewise.register import lots
from platewise.register.readings import Reading
from platewise.register.values import Policy, Sighting
from platewise.settings import Settings
from platewise.store.memory import MemoryStore
from platewise.store.opening import open_store
from platewise.store.outputs import HEARTBEAT, OutputRecord
from platewise.store.protocol import Store
from platewise.store.queries import AuditQuery, ReadQuery
from platewise.store.records import NewFrame, NewRead
from platewise.store.site import Audit
from platewise.vision.encode import jpeg


def _fill(store: Store) -> None:
    """Keep one read of each of these ages, in days."""
    for days in (0, 10, 100):
        image = store.images.save(jpeg(np.full((8, 8, 3), days, np.uint8)), "frame")
        at = clock.now() - timedelta(days=days)
        with store.writing() as unit:
            read = Read(Plate(f"AB{days}"), 0.9, quad_of((0, 0, 9, 9)))
            unit.reads.save(NewFrame(at, at, 9, 9, image=image), [NewRead(read, "tiny", "")])


def _left(store: Store) -> list[tuple[str, bool]]:
    with store.reading() as unit:
        items = unit.reads.find(ReadQuery()).items
    return [(item.normalised, item.frame.image is not None) for item in items]


def _inside(store: Store) -> int:
    with store.reading() as unit:
        return unit.lots.state("main", clock.now()).occupied


def test_pictures_go_before_their_reads() -> None:
    store = MemoryStore()
    _fill(store)
    removed = expire(store, Settings(keep_images=5, keep_reads=50))
    assert removed.images == 2
    assert _left(store) == [("AB0", True), ("AB10", False)]


def test_0_keeps_for_ever() -> None:
    store = MemoryStore()
    _fill(store)
    expire(store, Settings(keep_images=0, keep_reads=0))
    assert len(_left(store)) == 3


def test_the_owner_s_choice_goes_before_the_settings() -> None:
    store = MemoryStore()
    _fill(store)
    with store.writing() as unit:
        unit.site.set({"keep_reads": "5"})
    expire(store, Settings(keep_images=0, keep_reads=0))
    assert _left(store) == [("AB0", True)]


@pytest.mark.parametrize(("kept", "chosen", "left"), [(50, None, 2), (0, None, 3), (0, "5", 1), (5, "0", 3)])
def test_the_audit_log_goes_by_its_own_term(kept: int, chosen: str | None, left: int) -> None:
    store = MemoryStore()
    with store.writing() as unit:
        unit.site.set({"keep_audit": chosen})
        for days in (0, 10, 100):
            unit.journal.append(Audit(clock.now() - timedelta(days=days), "ann", "reads.find_reads"))
    expire(store, Settings(keep_reads=1, keep_audit=kept))
    with store.reading() as unit:
        assert len(unit.journal.find(AuditQuery()).items) == left


def test_whole_months_go_when_all_of_them_may(monkeypatch: pytest.MonkeyPatch) -> None:
    left = []
    for now in (
        datetime(2026, 4, 11, tzinfo=UTC),
        datetime(2026, 5, 10, tzinfo=UTC),
        datetime(2026, 5, 11, tzinfo=UTC),
    ):
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        store = MemoryStore()
        for at in (datetime(2026, 3, 31, 23, 59, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)):
            with store.writing() as unit:
                read = Read(Plate(f"AB{at.month}"), 0.9, quad_of((0, 0, 9, 9)))
                unit.reads.save(NewFrame(at, at, 9, 9), [NewRead(read, "tiny", "")])
        expire(store, Settings(keep_reads=10, whole_months="on"))
        left.append([plate for plate, _ in _left(store)])
    assert left == [["AB4"], ["AB4"], []]


def test_the_file_is_written_anew_a_day_after_something_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copying a large file each hour would hold up the writers; what remains in gaps must go all the same."""
    pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")
    from platewise.store.sql import scrub

    store, written = open_store(f"sqlite:///{tmp_path}/platewise.db", tmp_path / "images"), []
    rewrite = scrub.rewrite
    monkeypatch.setattr(scrub, "rewrite", lambda engine: (written.append(True), rewrite(engine)))
    _fill(store)
    kept, began = Settings(keep_images=0, keep_reads=50), clock.now()
    for hours, times in ((0, 0), (1, 0), (25, 1), (26, 1), (60, 1)):
        monkeypatch.setattr(clock, "now", lambda hours=hours: began + timedelta(hours=hours))
        tidy(store, kept)
        assert len(written) == times, hours
    assert _left(store) == [("AB0", True), ("AB10", True)]
    store.close()


def test_the_thread_begins_at_once_and_stops() -> None:
    store = MemoryStore()
    _fill(store)
    stop = keep_doing(store, Settings(keep_images=5, keep_reads=5))
    end = clock.ticks() + 5
    while len(_left(store)) > 1 and clock.ticks() < end:
        time.sleep(0.01)
    stop.set()
    assert _left(store) == [("AB0", True)]


def test_the_thread_gives_up_stays_that_never_end() -> None:
    store = MemoryStore()
    came = clock.now() - Policy().lost_after - timedelta(seconds=1)
    with store.writing() as unit:
        decision = lots.admit(
            Sighting("1", came, Reading.of("AB1"), direction="in"), unit.lots.state("main", came)
        )
        unit.lots.apply("main", decision)
    stop = keep_doing(store, Settings())
    end = clock.ticks() + 5
    while _inside(store) and clock.ticks() < end:
        time.sleep(0.01)
    stop.set()
    assert not _inside(store)


def test_jobs_go_on_when_one_fails() -> None:
    done: list[str] = []
    stop = threading.Event()

    def fail() -> None:
        done.append("fails")
        raise [StoreError("no"), ValueError("a defect")][len(done) % 2]

    def work() -> None:
        done.append("works")
        if done.count("works") == 3:
            stop.set()

    go(
        (Job("bad", 0.001, fail), Job("good", 0.01, work), Job("rare", 3600, lambda: done.append("rare"))),
        stop,
    )
    assert done.count("fails") > 2
    assert done.count("rare") == 1


def test_a_heartbeat_comes_to_those_who_ask_every_five_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    store, now = MemoryStore(), [clock.now()]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    assert not heartbeat(store)
    with store.writing() as unit:
        unit.outputs.put(OutputRecord("hook", "simulated", events=(HEARTBEAT,)))
        unit.outputs.put(OutputRecord("all", "simulated"))
    beats = []
    for _ in range(6):
        beats.append(heartbeat(store))
        now[0] += timedelta(minutes=2)
    assert beats == [True, False, False, True, False, False]
    with store.reading() as unit:
        assert [one.output for one in unit.events.due(now[0])] == ["hook", "hook"]


def test_the_verb(platewise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("PLATEWISE_DATA", str(tmp_path / "data"))
    store = open_store(Settings(data=tmp_path / "data").database_url, tmp_path / "data" / "images")
    _fill(store)
    store.close()
    result = platewise("retention")
    assert (result.exit_code, result.stdout.split()[:2]) == (0, ["removed", "1"]), result.output
    assert "gave up 0 stays" in result.stdout
