"""What was seen is kept, though the database cannot do its work for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from platewise import clock
from platewise.core.frame import Frame
from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.core.sighting import Sighting
from platewise.errors import StoreBusy, StoreError, StoreFull
from platewise.ingest import keeping
from platewise.ingest.keeping import Keeper
from platewise.store.memory import MemoryStore
from platewise.store.memory.store import MemoryUnit
from platewise.store.opening import open_store
from platewise.store.queries import SightingQuery

AT = datetime(2025, 11, 20, 12, tzinfo=UTC)
FRAME = Frame(np.zeros((60, 80, 3), np.uint8), "north", AT, "1")
READ = Read(Plate("AB12CDE", "gb", "AB12 CDE"), 0.9, quad_of((10, 10, 40, 12)))
SEEN = Sighting("k", READ, FRAME, AT, AT, 3, "still")


class Tiny:
    name = "tiny"


class Troubled(MemoryStore):
    """Refuses to write as often as it has errors."""

    def __init__(self, *errors: StoreError) -> None:
        super().__init__()
        self.errors = list(errors)

    @contextmanager
    def writing(self) -> Iterator[MemoryUnit]:
        if self.errors:
            raise self.errors.pop(0)
        with super().writing() as unit:
            yield unit


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "FIRST", 0.01)
    monkeypatch.setattr(keeping, "WAKE", 0.01)


def test_a_busy_or_full_database_loses_no_vehicle() -> None:
    store = Troubled(StoreBusy("busy"), StoreFull("full"), StoreError("away"))
    admitted = Keeper(store, Tiny()).keep(SEEN)  # type: ignore[arg-type]
    assert admitted.new
    with store.reading() as unit:
        assert [one.key for one in unit.sightings.find(SightingQuery()).items] == ["k/0"]


def test_a_folder_of_pictures_that_is_away_for_a_while_loses_no_vehicle(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/platewise.db", tmp_path / "share")
    (tmp_path / "share").rename(tmp_path / "away")
    moments = iter([lambda: None] * 3 + [lambda: (tmp_path / "away").rename(tmp_path / "share")])

    def stopped() -> bool:
        next(moments, lambda: None)()
        return False

    admitted = Keeper(store, Tiny(), stopped).keep(SEEN)  # type: ignore[arg-type]
    assert store.images.load(admitted.reads[0].crop or "")
    store.close()


def test_a_shared_camera_s_vehicle_is_kept_too() -> None:
    store = Troubled()
    with store.writing() as unit:
        lease = unit.leases.claim("camera/north", "a", AT, AT)
    assert lease
    store.errors.append(StoreBusy("busy"))
    assert Keeper(store, Tiny()).keep_under(lease, SEEN) is not None  # type: ignore[arg-type]


def test_who_was_stopped_does_not_try_for_ever() -> None:
    tries = iter([False, False, True, True, True])
    store = Troubled(*[StoreError("away")] * 9)
    with pytest.raises(StoreError, match="away"):
        Keeper(store, Tiny(), lambda: next(tries, True)).keep(SEEN)  # type: ignore[arg-type]
    assert len(store.errors) >= 6


def test_what_a_clock_far_ahead_saw_is_kept_under_the_present_time() -> None:
    store, ahead = MemoryStore(), datetime(2999, 1, 1, tzinfo=UTC)
    admitted = Keeper(store, Tiny()).keep(replace(SEEN, frame=replace(FRAME, captured_at=ahead)))  # type: ignore[arg-type]
    assert admitted.reads[0].frame.captured_at <= clock.now()
