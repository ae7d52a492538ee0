"""What every Store forgets of car parks: what is too old, and one plate."""

import shutil
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from lot_samples import YARD, at, car, opened, park, shown
from store_samples import NOON, after, jpeg, keep, new_frame, new_read

from platewise.register.readings import Reading
from platewise.register.tariffs.payment import Paid
from platewise.register.values import Sighting
from platewise.store.opening import open_store
from platewise.store.parking import VisitQuery
from platewise.store.protocol import Store
from platewise.store.queries import Retention
from platewise.store.records import NewEvent
from platewise.store.site import Audit

DAY = timedelta(days=1)


def test_a_visit_is_as_old_as_its_end(store: Store) -> None:
    opened(
        store,
        car(0, "AB12CDE", "in"),
        car(1, "CD34EFG", "in"),
        car(2, "HJ56KLM", "in"),
        car(3, "HJ56KLM", "out"),
        car(4, "ZZ99ZZZ", "out"),
        car(9, "CD34EFG", "out"),
    )
    with store.writing() as unit:
        for key, visit in (("p0", "in@2"), ("p1", "in@1")):
            unit.lots.pay(Paid(key, visit, NOON, Decimal(1), "EUR"))
    removed = store.expire(Retention(reads_before=at(9)), at(9))
    assert removed.rows == {"visits": 2, "passings": 5}
    with store.reading() as unit:
        assert shown(unit.lots.visits(VisitQuery()).items) == [("CD34EFG", "left"), ("AB12CDE", "inside")]
        assert [unit.lots.payments(visit) != () for visit in ("in@2", "in@1")] == [False, True]
        assert [r.sighting.key for r in unit.lots.state("yard", NOON).recent] == ["out@9"]
    store.expire(Retention(reads_before=at(9) + 99 * DAY), at(9) + 99 * DAY)
    with store.reading() as unit:
        assert shown(unit.lots.visits(VisitQuery()).items) == [("AB12CDE", "inside")]


def test_a_visit_outlives_its_reads(store: Store) -> None:
    with store.writing() as unit:
        read = keep(unit, "AB12 CDE")
        unit.lots.put(YARD)
        park(unit, car(0, "AB12CDE", "in", read.id))
    store.expire(Retention(reads_before=after(1)), after(1))
    with store.reading() as unit:
        (record,) = unit.lots.visits(VisitQuery()).items
        assert (record.display, record.entry_crop) == ("AB12CDE", None)
        assert record.visit.entry == car(0, "AB12CDE", "in")  # but for the number of its read


def test_the_picture_of_a_visit_goes_before_it(store: Store) -> None:
    crop = store.images.save(jpeg(b"plate"), "plate")
    with store.writing() as unit:
        (read,) = unit.reads.save(new_frame(0), [new_read("AB12 CDE", crop=crop)])
        unit.lots.put(YARD)
        park(unit, car(0, "AB12CDE", "in", read.id))
        assert unit.lots.visits(VisitQuery()).items[0].entry_crop == crop.key
    store.expire(Retention(images_before=after(1)), after(1))
    with store.reading() as unit:
        assert unit.lots.visits(VisitQuery()).items[0].entry_crop is None


def _everything(store: Store) -> None:
    """Park AB12CDE thrice, once under a misread, and CD34EFG once; both pay."""
    with store.writing() as unit:
        misread = keep(unit, "AB12CDE")
        unit.lots.put(YARD)
        park(unit, car(0, "AB12CDE", "in"), car(1, "AB12CDE", "out"), car(2, "CD34EFG", "in"))
        park(unit, car(3, "A812CDE", "out", misread.id), car(4, "AB12CDE", "in"))
        for key, visit in (("p0", "in@0"), ("p1", "in@2"), ("ab-12 cde/1", "in@2"), ("p2", "in@4")):
            unit.lots.pay(Paid(key, visit, NOON, Decimal(1), "EUR"))
        unit.journal.append(Audit(NOON, "ann", "correct", "in@2", "CD34EFG is AB12CDE: seen"))
        unit.events.add(NewEvent("Entered", NOON, {"plate": "AB12CDE", "lot": "yard"}))


def test_what_car_parks_hold_on_a_plate(store: Store) -> None:
    _everything(store)
    held = store.about("ab12 cde")
    assert shown(held.visits) == [("AB12CDE", "left"), ("A812CDE", "unmatched"), ("AB12CDE", "inside")]
    assert [one.sighting.key for one in held.recent] == ["in@0", "out@1", "out@3", "in@4"]
    assert [paid.key for paid in held.payments] == ["ab-12 cde/1", "p0", "p2"]
    assert len(held.events) == 1
    other = store.about("CD34EFG")
    assert shown(other.visits) == [("CD34EFG", "inside")]
    assert [paid.key for paid in other.payments] == ["ab-12 cde/1", "p1"]


def test_an_erased_plate_leaves_a_place_taken(store: Store) -> None:
    _everything(store)
    removed = store.erase("AB12CDE", at(60))
    assert removed.complete
    assert removed.rows == {
        "reads": 1, "frames": 1, "visits": 3, "passings": 4, "payments": 3, "audit": 1, "events": 1,
    }  # fmt: skip
    held = store.about("AB12CDE")
    assert (held.visits, held.recent, held.payments, held.events, held.audit) == ((),) * 5
    with store.reading() as unit:
        assert shown(unit.lots.visits(VisitQuery()).items) == [("", "inside"), ("CD34EFG", "inside")]
        state = unit.lots.state("yard", at(60))
        assert state.occupied == 2
        blank = next(visit for visit in state.inside if not visit.plate)
        assert blank.entry == Sighting(blank.id, at(4), Reading(""))
        assert [paid.key for paid in unit.lots.payments("in@2")] == ["p1"]
    assert "AB12" not in repr(state)
    with store.writing() as unit:  # it leaves, and takes the place without a name along
        park(unit, car(70, "AB12CDE", "out"))
        assert unit.lots.state("yard", at(70)).occupied == 1


@pytest.mark.wall("D10")
def test_an_erased_plate_is_in_no_file(sqlite_template: Path, tmp_path: Path) -> None:
    file = tmp_path / "platewise.db"
    shutil.copy(sqlite_template, file)
    store = open_store(f"sqlite:///{file}", tmp_path / "images")
    _everything(store)
    assert store.erase("AB12CDE", at(60)).complete
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("platewise.db*"))
    assert b"CD34EFG" in kept
    assert b"AB12CDE" not in kept
    store.close()


def test_two_erased_vehicles_keep_two_places(store: Store) -> None:
    opened(store, car(0, "AB12CDE", "in"), car(1, "CD34EFG", "in"), car(2, "HJ56KLM", "in"))
    for plate in ("AB12CDE", "CD34EFG"):
        assert store.erase(plate, at(9)).rows["visits"] == 1
    with store.reading() as unit:
        state = unit.lots.state("yard", at(9))
        assert (state.occupied, len(state.visits)) == (3, 3)
