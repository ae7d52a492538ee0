"""The gatehouse: an arrival is admitted whole, once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from platewise import gatehouse
from platewise.core.frame import Frame
from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.gatehouse import Arrival
from platewise.store.protocol import Store
from platewise.store.queries import ReadQuery, SightingQuery
from platewise.store.records import NewFrame, NewSighting

AT = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
QUAD = quad_of((10, 10, 60, 20))
READS = (Read(Plate("AB12", "gb", "AB 12"), 0.9, QUAD), Read(None, 0.0, QUAD))


def _arrival(store: Store, key: str = "one") -> Arrival:
    pixels = np.zeros((60, 100, 3), np.uint8)
    image, crops = gatehouse.evidence(store.images, Frame(pixels), READS)
    return Arrival(key, NewFrame(AT, AT, 100, 60, "north", None, image), READS, "tiny", "v1", crops)


def test_a_read_plate_has_passed_and_another_is_unread(store: Store) -> None:
    arrival = _arrival(store)
    with store.writing() as unit:
        admitted = gatehouse.admit(unit, arrival)
    with store.reading() as unit:
        events, sightings = unit.events.after(0), unit.sightings.find(SightingQuery()).items
    assert admitted.new
    assert [record.normalised for record in admitted.reads] == ["AB12", ""]
    assert [event.kind for event in events] == ["Passed", "Unread"]
    assert [event.payload["plate"] for event in events] == ["AB12", None]
    assert {s.read for s in sightings} == {record.id for record in admitted.reads}
    assert store.images.load(events[0].payload["crop"]) is not None


def test_the_same_key_again_returns_what_was_kept(store: Store) -> None:
    arrival = _arrival(store)
    for _ in range(2):
        with store.writing() as unit:
            admitted = gatehouse.admit(unit, arrival)
    assert not admitted.new
    with store.reading() as unit:
        assert unit.reads.find(ReadQuery()).items[::-1] == tuple(sorted(admitted.reads, key=lambda r: r.id))
        assert len(unit.events.after(0)) == 2


def test_an_arrival_is_known_again_among_many_of_its_moment(store: Store) -> None:
    """A tar of pictures may date them all alike."""
    arrival = _arrival(store)
    with store.writing() as unit:
        gatehouse.admit(unit, arrival)
        for number in range(501):
            shown = Plate(f"ZZ{number}")
            unit.sightings.save(
                NewSighting(str(number), arrival.frame.captured_at, shown, 0.9, arrival.frame.camera)
            )
        assert not gatehouse.admit(unit, arrival).new


@pytest.mark.parametrize(("ahead", "kept"), [(23, 23), (25, 0)])
def test_a_time_far_ahead_is_none(
    store: Store, caplog: pytest.LogCaptureFixture, ahead: int, kept: int
) -> None:
    """A file may be dated 2099: that would outlive every retention, and open a stay that nothing can end."""
    arrival = _arrival(store)
    frame = replace(arrival.frame, captured_at=AT + timedelta(hours=ahead), name="car.jpg")
    for new in (True, False):
        with store.writing() as unit:
            admitted = gatehouse.admit(unit, replace(arrival, frame=frame))
        assert admitted.new is new
        assert {read.frame.captured_at for read in admitted.reads} == {AT + timedelta(hours=kept)}
    with store.reading() as unit:
        assert {event.at for event in unit.events.after(0)} == {AT + timedelta(hours=kept)}
    assert ("car.jpg" in caplog.text) is (kept == 0)


def test_another_key_is_another_arrival(store: Store) -> None:
    for key in ("one", "two", "on"):
        arrival = _arrival(store, key)
        with store.writing() as unit:
            assert gatehouse.admit(unit, arrival).new


def test_nothing_is_kept_of_an_arrival_that_fails(store: Store) -> None:
    one = _arrival(store)
    broken = replace(one, crops=one.crops[:1])
    with store.writing() as unit:
        gatehouse.admit(unit, one)
    with pytest.raises(ValueError, match="shorter"), store.writing() as unit:
        gatehouse.admit(unit, replace(broken, key="two"))
    with store.reading() as unit:
        assert len(unit.reads.find(ReadQuery()).items) == 2
        assert len(unit.events.after(0)) == 2


def test_a_key_depends_on_bytes_camera_and_time() -> None:
    keys = {
        gatehouse.key_of(data, camera, at)
        for data in (b"a", b"b")
        for camera in (None, "north")
        for at in (AT, AT.replace(microsecond=1))
    }
    assert len(keys) == 8
