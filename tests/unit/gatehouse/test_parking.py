"""The gatehouse before a car park: what a picture, a verdict and a person do to visits and events."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from platewise import gatehouse
from platewise.core.geometry import quad_of
from platewise.core.lattice import Lattice
from platewise.core.plate import SIGNS, Plate, normalise
from platewise.core.read import Read
from platewise.errors import Conflict
from platewise.gatehouse import Admitted, Arrival, Outcome
from platewise.gatehouse.listing import listed
from platewise.register import desk
from platewise.register.desk import By
from platewise.register.readings import Reading
from platewise.register.values import Lot, Policy, Sighting
from platewise.store.outputs import OutputRecord
from platewise.store.parking import VisitQuery
from platewise.store.protocol import Store
from platewise.store.queries import AuditQuery, SightingQuery
from platewise.store.records import NewFrame, Review
from platewise.store.site import Camera, Entry, Gate, Lane, PlateList

START = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
BY = By("ann", START + timedelta(hours=9), "seen from the window")
QUAD = quad_of((10, 10, 60, 20))


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def picture(
    minutes: float, *plates: str, camera: str = "telegram", key: str = "", late: float = 0
) -> Arrival:
    reads = tuple(
        Read(Plate(normalise(text), None, text), 0.9, QUAD, lattice=Lattice.of(normalise(text), 10, 0.99))
        if text
        else Read(None, 0.0, QUAD)
        for text in plates
    )
    frame = NewFrame(at(minutes), at(minutes + late), 100, 60, camera)
    return Arrival(key or f"{camera}@{minutes}", frame, reads, "tiny", "v1")


def admit(store: Store, *arrivals: Arrival) -> Admitted:
    """Admit pictures, each in a unit of its own; return what became of the last one."""
    for arrival in arrivals:
        with store.writing() as unit:
            admitted = gatehouse.admit(unit, arrival)
    return admitted


def kinds(store: Store, *arrivals: Arrival) -> list[str]:
    return [admit(store, arrival).outcomes[0].kind for arrival in arrivals]


def entry_and_exit(store: Store, **options: Any) -> None:
    """Lead two gates into a lot of two places."""
    with store.writing() as unit:
        unit.lots.put(Lot("yard", 2))
        for way in ("in", "out"):
            unit.site.put(Gate(way, "", way, options, "yard"))  # type: ignore[arg-type]
            unit.site.put(Lane(way, way))
            unit.site.put(Camera(way, lane=way))


def states(store: Store) -> list[tuple[str, str]]:
    with store.reading() as unit:
        found = unit.lots.visits(VisitQuery()).items
        return [(record.display, record.visit.state) for record in reversed(found)]


def test_first_sight_is_in_and_the_next_is_out(store: Store) -> None:
    came = admit(store, picture(0, "AB12 CDE"))
    assert came.outcomes == (
        Outcome(came.reads[0].id, "Entered", "AB12CDE", "AB12 CDE", "main", 1, "", 99, "main"),
    )
    went = admit(store, picture(60, "AB12 CDE"))
    assert went.outcomes[0][1:] == ("Left", "AB12CDE", "AB12 CDE", "main", 1, "", 100, "main")
    assert states(store) == [("AB12 CDE", "left")]
    with store.reading() as unit:
        event = unit.events.after(0)[0]
        (sighting,) = unit.sightings.find(SightingQuery(until=at(1))).items
    told = [event.payload[name] for name in ("lot", "visit", "direction", "free", "capacity", "read")]
    assert told == ["main", 1, "both", 99, 100, came.reads[0].id]
    assert (event.sighting, sighting.gate, sighting.lane, sighting.direction) == (
        sighting.id, "main", "main", "both",
    )  # fmt: skip


@pytest.mark.wall("D6")
def test_the_same_arrival_again_tells_the_same(store: Store) -> None:
    first = admit(store, picture(0, "AB12 CDE", "", "HJ56 KLM"))
    admit(store, picture(5, "AB12 CDE"))
    again = admit(store, picture(0, "AB12 CDE", "", "HJ56 KLM"))
    assert (first.new, again.new) == (True, False)
    assert again.outcomes == first.outcomes
    assert [outcome.kind for outcome in again.outcomes] == ["Entered", "Unread", "Entered"]
    assert [outcome.free for outcome in again.outcomes] == [99, 99, 98]
    assert states(store) == [("AB12 CDE", "left"), ("HJ56 KLM", "inside")]


def misread(text: str, place: int, sign: str, sure: float) -> Read:
    """Return a read of a plate with one sign wrong, of which the lattice is only so sure."""
    wrong = text[:place] + sign + text[place + 1 :]
    chances = Lattice.of(wrong, 10, 0.99).probabilities.copy()
    chances[place] = 0
    chances[place, 1 + SIGNS.index(sign)], chances[place, 1 + SIGNS.index(text[place])] = sure, 1 - sure
    return Read(Plate(wrong), 0.6, QUAD, lattice=Lattice(chances))


@pytest.mark.parametrize(
    ("place", "sign", "sure", "kind"), [(1, "8", 0.6, "Entered"), (5, "X", 0.999, "Refused")]
)
def test_a_misread_allowed_plate_may_enter_where_the_odds_say_so(
    store: Store, place: int, sign: str, sure: float, kind: str
) -> None:
    entry_and_exit(store, driver="simulated")
    with store.writing() as unit:
        unit.lots.put(Lot("yard", 2, Policy(allowed_only=True)))
        unit.lists.put(PlateList("staff", "allowed"))
        unit.lists.add("staff", [Entry("AB12 CDE"), Entry("HJ56 KLM"), Entry("ZZ99 ZZZ", valid_until=at(-1))])
    frame = NewFrame(at(0), at(0), 100, 60, "in")
    read = misread("AB12CDE", place, sign, sure)
    (outcome,) = admit(store, Arrival("k", frame, (read,), "tiny", "v1")).outcomes
    assert outcome.kind == kind
    with store.reading() as unit:
        (event,) = unit.events.after(0)
    assert event.payload["known_as"] == ("AB12CDE" if kind == "Entered" else None)
    stranger = Arrival(
        "s", NewFrame(at(9), at(9), 100, 60, "in"), (misread("QX71WPT", 0, "O", 0.6),), "tiny", "v1"
    )
    assert admit(store, stranger).outcomes[0].kind == "Refused"
    expired = picture(20, "ZZ99 ZZZ", camera="in")
    assert admit(store, expired).outcomes[0].kind == "Refused"


def test_outputs_are_told_the_events_that_they_want(store: Store) -> None:
    with store.writing() as unit:
        unit.outputs.put(OutputRecord("all", "webhook", {"url": "https://example.com"}))
        unit.outputs.put(OutputRecord("leaving", "webhook", {"url": "https://example.com"}, ("Left",)))
    admit(store, picture(0, "AB12 CDE"), picture(60, "AB12 CDE"), picture(70, "AB12 CDE", camera="street"))
    with store.reading() as unit:
        due = [(one.output, one.event.kind) for one in unit.events.due(at(99))]
    assert due == [("all", "Entered"), ("all", "Left"), ("leaving", "Left"), ("all", "Passed")]


def test_each_plate_of_a_picture_after_the_other(store: Store) -> None:
    with store.writing() as unit:
        unit.lots.put(Lot("main", 1))
    admitted = admit(store, picture(0, "AB12 CDE", "HJ56 KLM"))
    assert [(o.kind, o.reason, o.visit, o.free) for o in admitted.outcomes] == [
        ("Entered", "", 1, 0), ("Refused", "full", None, 0),
    ]  # fmt: skip


def test_gates_with_a_direction(store: Store) -> None:
    entry_and_exit(store)
    assert kinds(
        store,
        picture(0, "AB12 CDE", camera="in"),
        picture(0.2, "AB12 CDE", camera="in"),  # stands there still
        picture(9, "AB12 CDE", camera="out"),
        picture(20, "ZZ99 ZZZ", camera="out"),
        picture(30, "", camera="out"),
        picture(31, "", camera="in"),
    ) == ["Entered", "Repeated", "Left", "Left", "Unread", "Unread"]
    assert states(store) == [("AB12 CDE", "left"), ("ZZ99 ZZZ", "unmatched"), ("", "unmatched")]


def test_where_no_car_park_is_a_plate_passes(store: Store) -> None:
    with store.writing() as unit:
        unit.site.put(Gate("road"))
        unit.site.put(Lane("road", "road"))
        unit.site.put(Camera("road", lane="road"))
        unit.site.put(Camera("loose"))
    for camera in ("road", "loose", "unknown"):
        for _ in range(2):
            (outcome,) = admit(store, picture(0, "AB12 CDE", camera=camera)).outcomes
            assert outcome[1:] == ("Passed", "AB12CDE", "AB12 CDE", None, None, "", None, None)
    with store.reading() as unit:
        gates = [sighting.gate for sighting in unit.sightings.find(SightingQuery()).items]
        assert gates == [None, None, "road"]
        assert "lot" not in unit.events.after(0)[0].payload
    assert states(store) == []


def test_lists_decide(store: Store) -> None:
    with store.writing() as unit:
        unit.lists.put(PlateList("banned", "denied"))
        unit.lists.add("banned", [Entry("AB12CDE", valid_until=at(60))])
    (refused,) = admit(store, picture(0, "AB12 CDE")).outcomes
    assert (refused.kind, refused.reason, refused.visit) == ("Refused", "denied", None)
    (later,) = admit(store, picture(61, "AB12 CDE")).outcomes
    assert later.kind == "Entered"


def test_a_misread_that_looks_alike_is_the_same_car(store: Store) -> None:
    admitted = admit(store, picture(0, "AB12 CDO"), picture(60, "AB12 CD0"))
    assert admitted.outcomes[0].kind == "Left"
    assert states(store) == [("AB12 CDO", "left")]


def test_what_opens_a_gate_tells_its_driver(store: Store) -> None:
    entry_and_exit(store, driver="simulated")
    with store.writing() as unit:
        unit.lots.put(Lot("yard", 1))
        unit.site.put(Gate("out", "", "out", {"driver": "mqtt", "on": ["Refused"]}, "yard"))
    admit(store, picture(0, "AB12 CDE", camera="in"), picture(1, "HJ56 KLM", camera="in"))
    admit(store, picture(0, "AB12 CDE", camera="in"), picture(2, "AB12 CDE", camera="out"))
    with store.reading() as unit:
        told = [(d.output, d.event.kind, d.event.payload["plate"]) for d in unit.events.due(at(9))]
    assert told == [("gate:in", "Entered", "AB12CDE")]


def test_a_passing_that_is_told_late_opens_nothing(store: Store) -> None:
    with store.writing() as unit:
        unit.site.put(Gate("main", options={"driver": "simulated"}, lot="main"))
    (outcome,) = admit(store, picture(60, "AB12 CDE"), picture(0, "AB12 CDE", late=61)).outcomes
    assert (outcome.kind, outcome.reason) == ("Left", "it has left already")
    with store.reading() as unit:
        assert [delivery.event.at for delivery in unit.events.due(at(99))] == [at(60)]


@pytest.mark.parametrize("by", ["a review", "a split"])
def test_a_stay_whose_entry_was_told_late_keeps_it(store: Store, by: str) -> None:
    early = admit(store, picture(60, "AB12 CDE"), picture(0, "AB12 CDE", late=61)).reads[0].id
    with store.writing() as unit:
        if by == "a review":
            gatehouse.review(unit, Review(early, "corrected", "ann", at(70), "", Plate("XY98ZWV")))
        else:
            (one,) = unit.lots.visits(VisitQuery()).items
            gatehouse.change(unit, "main", desk.split(unit.lots.state("main", at(70)), one.visit.id, BY))
    with store.reading() as unit:
        stay, gone = sorted(unit.lots.visits(VisitQuery()).items, key=lambda one: one.number)
    assert (stay.visit.state, stay.visit.entered) == ("inside", at(0))
    assert (gone.visit.state, gone.visit.left, gone.visit.plate) == ("unmatched", at(60), "AB12CDE")


@pytest.mark.parametrize("days", [-99, 2, 99])
def test_a_clock_that_is_wrong_loads_no_more_than_a_week(store: Store, days: int) -> None:
    """The second picture is the same passing where its time is near enough to be remembered."""
    far = days * 24 * 60.0
    first, second = (picture(m - far, "AB12 CDE", key=str(m), late=far) for m in (0, 0.1))
    told = kinds(store, picture(0, "HJ56 KLM"), first, second)
    assert told == ["Entered", "Entered", "Repeated" if days < 7 else "Left"]


def _review(store: Store, read: int, plate: str | None) -> None:
    right = Plate(normalise(plate), None, plate) if plate else None
    with store.writing() as unit:
        verdict = "corrected" if right else "accepted"
        record = gatehouse.review(unit, Review(read, verdict, "ann", at(99), "", right))  # type: ignore[arg-type]
        assert record.state == verdict


def test_a_corrected_read_takes_its_visit_along(store: Store) -> None:
    entry_and_exit(store)
    came = admit(store, picture(0, "AB12 CDE", camera="in"))
    admit(store, picture(5, "ZZ99 ZZZ", camera="out"))
    assert [state for _, state in states(store)] == ["inside", "unmatched"]
    _review(store, came.reads[0].id, "ZZ99 ZZZ")
    assert states(store) == [("ZZ99 ZZZ", "left")]
    with store.reading() as unit:
        assert [line.action for line in unit.journal.find(AuditQuery()).items] == ["correct"]


def test_a_corrected_exit_finds_its_own_entry(store: Store) -> None:
    entry_and_exit(store)
    admit(store, picture(0, "AB12 CDE", camera="in"), picture(1, "HJ56 KLM", camera="in"))
    went = admit(store, picture(5, "AB12 CDE", camera="out"))
    _review(store, went.reads[0].id, "HJ56 KLM")
    assert states(store) == [("AB12 CDE", "inside"), ("HJ56 KLM", "left")]


def test_other_verdicts_leave_the_visit(store: Store) -> None:
    (read,) = admit(store, picture(0, "AB12 CDE")).reads
    _review(store, read.id, None)
    (passed,) = admit(store, picture(1, "AB12 CDE", camera="road")).reads
    _review(store, passed.id, "HJ56 KLM")
    assert states(store) == [("AB12 CDE", "inside")]


def test_a_correction_to_a_plate_that_is_inside_is_refused_whole(store: Store) -> None:
    admit(store, picture(0, "AB12 CDE"))
    (read,) = admit(store, picture(1, "HJ56 KLM")).reads
    with pytest.raises(Conflict, match="inside already"):
        _review(store, read.id, "AB12 CDE")
    with store.reading() as unit:
        kept = unit.reads.get(read.id)
        assert kept
        assert kept.state == "new"


def test_an_old_visit_follows_too(store: Store) -> None:
    (read,) = admit(store, picture(-99 * 24 * 60, "AB12 CDE"), picture(-98 * 24 * 60, "AB12 CDE")).reads
    _review(store, read.id, "AB12 CDF")
    assert states(store) == [("AB12 CDF", "left")]


def test_what_a_person_does_is_told(store: Store) -> None:
    with store.writing() as unit:
        state = unit.lots.state("main", START)
        seen = Sighting("hand", at(0), Reading.of("AB12CDE"))
        opened = gatehouse.change(unit, "main", desk.open_visit(state, seen, BY))
        assert opened == Outcome(None, "Entered", "AB12CDE", "AB12CDE", "main", 1, BY.reason, 99, None)
        state = unit.lots.state("main", START)
        assert gatehouse.change(unit, "main", desk.correct(state, "hand", "HJ56KLM", BY)) is None
        event, changed = unit.events.after(0)
        assert (event.payload["user"], event.payload["visit"], event.at) == ("ann", 1, at(0))
        assert (changed.kind, changed.payload["user"], changed.payload["free"]) == ("Changed", "ann", 99)
        assert [line.action for line in unit.journal.find(AuditQuery()).items] == ["correct", "open"]
    assert states(store) == [("HJ56KLM", "inside")]


def test_what_stays_too_long_is_given_up(store: Store) -> None:
    admit(store, picture(0, "AB12 CDE"), picture(24 * 60, "HJ56 KLM"))
    for ended in (1, 0):
        with store.writing() as unit:
            assert gatehouse.tend(unit, at(73 * 60)) == ended
    assert states(store) == [("AB12 CDE", "lost"), ("HJ56 KLM", "inside")]


class TestAStayThatIsGivenUp:
    """What listens knows who is inside, and must hear that a vehicle no longer counts as being there."""

    @pytest.fixture(autouse=True)
    def resident(self, store: Store) -> None:
        with store.writing() as unit:
            unit.lists.put(PlateList("residents", "known"))
            unit.lists.add("residents", [Entry("AB12CDE")])
            unit.outputs.put(OutputRecord("ha", "mqtt", {}))

    def lost(self, store: Store) -> list[tuple[Any, ...]]:
        with store.reading() as unit:
            told = [one for one in unit.events.after(0) if one.kind == "Lost"]
        names = ("plate", "vehicle", "lists", "lot", "visit", "free", "reason", "user")
        return [tuple(one.payload[name] for name in names) for one in told]

    def test_after_three_days(self, store: Store) -> None:
        admit(store, picture(0, "AB12 CDE"), picture(24 * 60, "HJ56 KLM"))
        for _ in range(2):
            with store.writing() as unit:
                gatehouse.tend(unit, at(73 * 60))
        told = ("AB12CDE", "AB12CDE", ["residents"], "main", 1, 99, "exit not seen", None)
        assert self.lost(store) == [told]
        with store.reading() as unit:
            assert "Lost" in [one.event.kind for one in unit.events.due(at(99 * 60))]

    def test_by_a_count(self, store: Store) -> None:
        admit(store, picture(0, "AB12 CDE"))
        with store.writing() as unit:
            gatehouse.change(unit, "main", desk.reconcile(unit.lots.state("main", BY.at), 0, BY))
        told = ("AB12CDE", "AB12CDE", ["residents"], "main", 1, 100, "exit not seen", "ann")
        assert self.lost(store) == [told]

    def test_its_plate_may_be_inside_elsewhere(self, store: Store) -> None:
        entry_and_exit(store)
        admit(store, picture(0, "AB12 CDE"), picture(60, "AB12 CDE", camera="in"))
        with store.writing() as unit:
            gatehouse.tend(unit, at(72 * 60 + 30))
        assert [one[:2] for one in self.lost(store)] == [("AB12CDE", None)]


class TestWhatShowsWhoIsInside:
    """An output that shows who is inside follows what people change, and hears of nothing else of that."""

    @pytest.fixture(autouse=True)
    def resident(self, store: Store) -> None:
        with store.writing() as unit:
            unit.lists.put(PlateList("residents", "known"))
            unit.lists.add("residents", [Entry("AB12CDE"), Entry("HJ56KLM")])
            unit.outputs.put(OutputRecord("ha", "mqtt", {}))
            unit.outputs.put(OutputRecord("alerts", "mqtt", {}, ("Alert",)))
            unit.outputs.put(OutputRecord("till", "webhook", {}))

    def told(self, store: Store, kind: str = "Changed") -> list[tuple[Any, ...]]:
        """Return of the last event of that kind which vehicles it moved."""
        with store.reading() as unit:
            last = [one for one in unit.events.after(0) if one.kind == kind][-1]
        return [(one["vehicle"], one["inside"]) for one in last.payload.get("vehicles", ())]

    def receivers(self, store: Store, kind: str) -> set[str]:
        with store.reading() as unit:
            return {one.output for one in unit.events.due(at(99 * 60)) if one.event.kind == kind}

    def test_a_visit_is_corrected(self, store: Store) -> None:
        admit(store, picture(0, "AB12 CDE"))
        with store.writing() as unit:
            state, (visit,) = unit.lots.state("main", BY.at), unit.lots.visits(VisitQuery()).items
            lists = listed(unit, "HJ56KLM", at(0))
            right = desk.correct(state, visit.visit.id, "HJ56KLM", BY, lists)
            gatehouse.change(unit, "main", right)
        assert self.told(store) == [("HJ56KLM", True), ("AB12CDE", False)]
        assert self.receivers(store, "Changed") == {"ha"}
        assert self.receivers(store, "Entered") == {"ha", "till"}

    def test_a_read_is_corrected(self, store: Store) -> None:
        (read,) = admit(store, picture(0, "AB12 CDF")).reads
        _review(store, read.id, "AB12 CDE")
        assert self.told(store) == [("AB12CDE", True)]

    def test_two_visits_are_one_and_two_again(self, store: Store) -> None:
        admit(store, picture(0, "AB12 CDE"), picture(1, "XY98 ZZZ"))
        with store.writing() as unit:
            state = unit.lots.state("main", BY.at)
            one, other = sorted(state.visits, key=lambda name: state.visits[name].plate)
            gatehouse.change(unit, "main", desk.merge(state, other, one, BY))
        assert self.told(store) == []  # the whole stay is that of the resident, which came first
        with store.writing() as unit:
            state = unit.lots.state("main", BY.at)
            seen = Sighting("out", BY.at, Reading.of("AB12CDE"))
            gatehouse.change(unit, "main", desk.close_visit(state, one, seen, BY))
        assert self.told(store, "Left") == []
        with store.writing() as unit:
            state = unit.lots.state("main", BY.at, [one])
            gatehouse.change(unit, "main", desk.split(state, one, BY))
        assert self.told(store) == [("AB12CDE", True)]

    def test_a_plate_that_is_inside_elsewhere_stays_inside(self, store: Store) -> None:
        with store.writing() as unit:
            unit.lots.put(Lot("yard"))
            lists = listed(unit, "AB12CDE", at(0))
            seen = Sighting("hand", at(0), Reading.of("AB12CDE"), lists=lists)
            gatehouse.change(unit, "yard", desk.open_visit(unit.lots.state("yard", at(0)), seen, BY))
        admit(store, picture(1, "AB12 CDE"))
        with store.writing() as unit:
            state = unit.lots.state("yard", BY.at)
            gatehouse.change(unit, "yard", desk.correct(state, "hand", "QQ11QQQ", BY))
        assert self.told(store) == []
        with store.reading() as unit:
            inside = unit.lots.visits(VisitQuery(states=("inside",))).items
        assert {one.lot: one.visit.plate for one in inside} == {"yard": "QQ11QQQ", "main": "AB12CDE"}


def test_what_is_unread_beside_a_plate_leaves_nothing(store: Store) -> None:
    """A car that waits behind, or no plate at all: it would end a nameless stay, or be an exit alone."""
    entry_and_exit(store)
    admit(store, picture(0, "AB12 CDE", camera="in"))
    with store.writing() as unit:
        state = unit.lots.state("yard", BY.at)
        gatehouse.change(unit, "yard", desk.reconcile(state, 2, replace(BY, at=at(1))))
    left = admit(store, picture(5, "AB12 CDE", "", camera="out"))
    assert [(one.kind, one.lot, one.free) for one in left.outcomes] == [
        ("Left", "yard", 1),
        ("Unread", "yard", 1),
    ]
    assert states(store) == [("AB12 CDE", "left"), ("", "inside")]
    alone = admit(store, picture(9, "", camera="out"))
    assert alone.outcomes[0].kind == "Unread"
    assert states(store) == [("AB12 CDE", "left"), ("", "left")]


def test_a_count_that_was_too_low_is_put_right(store: Store) -> None:
    admit(store, picture(0, "AB12 CDE"), picture(1, "CD34 EFG"))
    for minute, counted in ((540, 0), (541, 2)):
        by = By("ann", at(minute), "walked round")
        with store.writing() as unit:
            gatehouse.change(unit, "main", desk.reconcile(unit.lots.state("main", by.at), counted, by))
    with store.reading() as unit:
        found = unit.lots.visits(VisitQuery(states=("inside",))).items
    assert {one.display for one in found} == {"AB12 CDE", "CD34 EFG"}
