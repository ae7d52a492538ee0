"""A calibration at work: probabilities, what is done with a read, what a person is shown first."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from platewise import gatehouse
from platewise.core.geometry import quad_of
from platewise.core.plate import Plate, normalise
from platewise.core.read import Read
from platewise.gatehouse import Arrival
from platewise.gatehouse.checking import check, shares
from platewise.gatehouse.reviewed import reviewed
from platewise.gatehouse.reviewing import doubtful
from platewise.gatehouse.trusting import rules, set_errors
from platewise.register.decision import Calibration, CameraRule, Curve, Promise, parse, to_toml
from platewise.store.protocol import Store
from platewise.store.queries import ReadQuery, SightingQuery
from platewise.store.records import NewFrame, ReadRecord, Review
from platewise.store.site import Entry, PlateList

AT = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
QUAD = quad_of((10, 10, 60, 20))
See = Callable[..., ReadRecord]


def promise(error: float, auto: float | None, taken: int) -> Promise:
    return Promise(error=error, confidence=0.95, auto=auto, reads=1000, taken=taken, wrong=0)


LEARNED = Calibration(
    curve=Curve(shift=-1.0),
    promise=promise(0.005, 0.95, 800),
    ladder=(promise(0.001, None, 0), promise(0.02, 0.8, 900), promise(0.05, 0.6, 950)),
    reject=0.1,
    audit=0.5,
    cameras={"north": CameraRule(curve=Curve(shift=1.0))},
)


@pytest.fixture
def see(store: Store) -> See:
    """Return what lets a vehicle pass."""
    numbers = iter(range(1000))

    def see(text: str, confidence: float, camera: str = "south", seconds: float | None = None) -> ReadRecord:
        number, key = next(numbers), normalise(text)
        at = AT + timedelta(seconds=100 * number if seconds is None else seconds)
        read = Read(Plate(key, "gb", text) if key else None, confidence, QUAD)
        with store.writing() as unit:
            arrival = Arrival(str(number), NewFrame(at, at, 9, 9, camera), (read,), "tiny", "v1")
            (record,) = gatehouse.admit(unit, arrival).reads
        return record

    return see


def apply(store: Store, calibration: Calibration = LEARNED) -> None:
    with store.writing() as unit:
        unit.calibrations.apply(to_toml(calibration), "ann", AT)


def judge(store: Store, read: ReadRecord, verdict: str, text: str = "") -> None:
    plate = Plate(normalise(text), None, text) if text else None
    with store.writing() as unit:
        gatehouse.review(unit, Review(read.id, verdict, "ann", AT, plate=plate))  # type: ignore[arg-type]


def test_a_calibration_is_written_and_read_with_its_ladders() -> None:
    own = CameraRule(curve=Curve(), promise=promise(0.005, 0.9, 1), ladder=(promise(0.01, None, 0),))
    learned = LEARNED.model_copy(update={"cameras": {'a"b': own, **LEARNED.cameras}})
    assert parse(to_toml(learned)) == learned


def test_a_curve_is_undone_by_its_inverse() -> None:
    rng = random.Random(1)
    for _ in range(100):
        curve = Curve(temperature=rng.uniform(0.3, 3), shift=rng.uniform(-3, 3))
        confidence = rng.uniform(0.001, 0.999)
        assert curve.inverse(curve(confidence)) == pytest.approx(confidence, rel=1e-6)


@pytest.mark.parametrize(
    ("error", "auto"), [(None, 0.95), (0.005, 0.95), (0.01, 0.95), (0.02, 0.8), (0.5, 0.6), (0.001, None)]
)
def test_the_promise_that_takes_most_and_errs_no_more(error: float | None, auto: float | None) -> None:
    assert LEARNED.promised("anywhere", error).auto == auto


def test_a_sighting_tells_the_calibrated_probability_and_the_action(store: Store, see: See) -> None:
    see("AB1", 0.9)
    apply(store)
    see("AB2", 0.9)
    see("AB3", 0.9, "north")
    see("", 0.0)
    with store.reading() as unit:
        sightings = unit.sightings.find(SightingQuery()).items[::-1]
        events = unit.events.after(0)
        stated = [read.confidence for read in unit.reads.find(ReadQuery()).items[::-1]]
    assert stated == [0.9, 0.9, 0.9, 0.0]  # what the networks said stays as it was
    expected = [0.9, LEARNED.probability(0.9, "south"), LEARNED.probability(0.9, "north"), 0.0]
    assert [one.confidence for one in sightings] == pytest.approx(expected)
    assert [one.payload["action"] for one in events] == [None, "review", "auto", "reject"]
    assert events[2].payload["confidence"] == round(expected[2], 4)


def test_taken_back_everything_is_as_before(store: Store, see: See) -> None:
    apply(store)
    with store.writing() as unit:
        unit.calibrations.withdraw(AT)
    see("AB1", 0.9)
    with store.reading() as unit:
        assert unit.sightings.find(SightingQuery()).items[0].confidence == 0.9
        assert rules(unit).calibration is None


def test_each_camera_may_be_given_its_error(store: Store) -> None:
    apply(store)
    with store.writing() as unit:
        set_errors(unit, {"": 0.02, "north": 0.001})
        set_errors(unit, {"south": 0.05})
        held = rules(unit)
        assert [held.error(name) for name in ("north", "south", "west", None)] == [0.001, 0.05, 0.02, 0.02]
        assert held.trust(0.99, "north").action == "review"
        assert held.trust(0.92, "west").action == "auto"
        set_errors(unit, {"": None, "north": None, "south": None})
        assert rules(unit).error("north") is None
        assert unit.site.settings() == {}


def test_what_is_most_at_stake_comes_first(store: Store, see: See) -> None:
    with store.writing() as unit:
        unit.lists.put(PlateList("stolen", "watched"))
        unit.lists.add("stolen", [Entry("CD2")])
    nothing = see("", 0.0)
    passed, entered, accused = see("AB1", 0.5), see("EF3", 0.8, "telegram"), see("CD2", 0.85)
    see("XY9", 0.95)
    with store.reading() as unit:
        found = doubtful(unit, 0.9)
    assert [(one.read.id, one.cost) for one in found] == [
        (accused.id, 20.0), (entered.id, 3.0), (passed.id, 1.0), (nothing.id, 1.0),
    ]  # fmt: skip


def test_with_a_calibration_it_says_what_is_doubtful(store: Store, see: See) -> None:
    apply(store)
    unsure, hopeless = see("AB1", 0.9), see("AB2", 0.1)
    taken = [see(f"CD{number}", 0.99) for number in range(30)]
    see("", 0.0)
    with store.reading() as unit:
        found = doubtful(unit, 0.9)
        counts = shares(unit)
    samples = {one.read.id for one in found if one.sample}
    assert [one.read.id for one in found if not one.sample] == [unsure.id]
    assert samples == {read.id for read in taken if LEARNED.audited(str(read.id))}
    assert 5 < len(samples) < 25
    assert hopeless.id not in {one.read.id for one in found}
    assert counts == {"south": {"auto": 30, "review": 1, "reject": 2}}


def test_what_was_read_at_first_stays_known(store: Store, see: See) -> None:
    reads = [see(text, 0.9) for text in ("AB1", "AB2", "AB3", "AB4", "")]
    judge(store, reads[0], "accepted")
    judge(store, reads[1], "corrected", "XY 2")
    judge(store, reads[2], "rejected")
    judge(store, reads[3], "corrected", "XY4")
    judge(store, reads[3], "corrected", "AB 4")
    judge(store, reads[4], "corrected", "XY5")
    found = {one.record.id: one for one in reviewed(store, ReadQuery())}
    assert [(found[r.id].read, found[r.id].right, found[r.id].was_right) for r in reads] == [
        ("AB1", "AB1", True), ("AB2", "XY2", False), ("AB3", "", False), ("AB4", "AB4", True),
        ("", "XY5", False),
    ]  # fmt: skip


def test_samples_check_whether_the_word_is_kept(store: Store, see: See) -> None:
    apply(store)
    taken = [see(f"CD{number}", 0.99) for number in range(30)]
    doubtful_ = see("AB1", 0.9)
    for read in (*taken, doubtful_):
        judge(store, read, "accepted")
    samples = [read for read in taken if LEARNED.audited(str(read.id))]
    judge(store, samples[0], "corrected", "XY1")
    with store.reading() as unit:
        held = unit.calibrations.current()
    assert held
    assert check(store, held) == (len(samples), 1)
