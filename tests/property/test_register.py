"""Any history of a car park, held against a naive one in dicts.

Plates differ in every sign, so that the naive model may compare texts; what misreads do is told by the unit
tests and by ``benchmarks/parking``.
"""

from dataclasses import dataclass
from datetime import timedelta

from cars import ADA, at, car, lot
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from platewise.errors import Conflict
from platewise.register import desk, review
from platewise.register.lots import admit
from platewise.register.values import Decision, LotState, Sighting

PLATES = ("AAAA111", "BBBB222", "CCCC333", "DDDD444", "EEEE555", "FFFF666")
LONG = timedelta(days=999)
plates, minutes = st.sampled_from(PLATES), st.integers(0, 50)


@dataclass
class Row:
    """A stay of the naive model."""

    plate: str
    entered: float | None = None
    left: float | None = None
    lost: float | None = None
    reviewed: bool = False


class Naive:
    """The same rules for readings without fault, the slow and obvious way."""

    def __init__(self, capacity: int) -> None:
        self.capacity, self.rows = capacity, dict[str, Row]()

    @property
    def inside(self) -> dict[str, str]:
        return {
            r.plate: n for n, r in self.rows.items() if r.entered is not None and r.left is r.lost is None
        }

    def enter(self, name: str, plate: str, minute: float) -> str:
        twin, before = self.inside.get(plate), {n: Row(**vars(r)) for n, r in self.rows.items()}
        self.rows[name] = Row(plate, minute)
        if twin:
            early, late = sorted((name, twin), key=lambda n: self.rows[n].entered or 0)
            self.rows[early].lost = self.rows[late].entered
        self.pair_lone(name)
        if len(self.inside) > self.capacity:
            self.rows = before
            return "Refused"
        return "Entered"

    def leave(self, name: str, plate: str, minute: float) -> None:
        fits = [n for n, r in self.rows.items() if r.plate == plate and self.may_end(n, minute)]
        if fits:
            self.rows[max(fits, key=lambda n: self.rows[n].entered or 0)].left = minute
        else:
            self.rows[name] = Row(plate, left=minute)

    def may_end(self, name: str, minute: float) -> bool:
        row = self.rows[name]
        if row.entered is None or row.left is not None or row.entered > minute:
            return False
        if row.lost is None or minute <= row.lost:
            return True
        return not any(
            r.plate == row.plate and r.entered is not None and r.entered >= row.lost
            for r in self.rows.values()
        )

    def pair_lone(self, name: str) -> None:
        """Let a new entry find the first exit after it that was told before."""
        lone = {n: r for n, r in self.rows.items() if r.entered is None and not r.reviewed}
        fits = [
            n for n, r in lone.items() if r.plate == self.rows[name].plate and self.may_end(name, r.left or 0)
        ]
        if fits:
            first = min(fits, key=lambda n: lone[n].left or 0)
            self.rows[name].left = self.rows.pop(first).left


class CarPark(RuleBasedStateMachine):
    """Entries, exits, duplicates, late news, work by hand, changes of capacity."""

    def __init__(self) -> None:
        super().__init__()
        self.start = self.state = lot(3, debounce=timedelta(0), memory=LONG, lost_after=LONG)
        self.naive = Naive(3)
        self.told: list[Sighting] = []
        self.decisions: list[Decision] = []

    def _moment(self, minute: int) -> float:
        """Return a time that no other sighting has."""
        return minute + len(self.told) / 1000

    def _keep(self, decision: Decision) -> None:
        self.state = self.state.after(decision)
        self.decisions.append(decision)

    def _tell(self, sighting: Sighting) -> str:
        decision = admit(sighting, self.state)
        self._keep(decision)
        self.told.append(sighting)
        assert decision.event
        return decision.event.kind

    @rule(plate=plates, minute=minutes)
    def enter(self, plate: str, minute: int) -> None:
        sighting = car(self._moment(minute), plate, "in")
        assert self._tell(sighting) == self.naive.enter(sighting.key, plate, self._moment_of(sighting))

    @rule(plate=plates, minute=minutes)
    def leave(self, plate: str, minute: int) -> None:
        sighting = car(self._moment(minute), plate, "out")
        assert self._tell(sighting) == "Left"
        self.naive.leave(sighting.key, plate, self._moment_of(sighting))

    @rule(pick=st.randoms(use_true_random=False))
    def duplicate(self, pick: "object") -> None:
        if self.told:
            assert self._tell(pick.choice(self.told)) == "Repeated"  # type: ignore[attr-defined]

    @rule(plate=plates, minute=minutes)
    def open_by_hand(self, plate: str, minute: int) -> None:
        sighting = car(self._moment(minute), plate, "in")
        try:
            self._keep(desk.open_visit(self.state, sighting, ADA))
        except Conflict:
            assert plate in self.naive.inside or len(self.naive.inside) == self.naive.capacity
        else:
            self.told.append(sighting)
            was_inside = plate in self.naive.inside
            self.naive.rows[sighting.key] = Row(plate, self._moment_of(sighting))
            self.naive.pair_lone(sighting.key)
            assert not was_inside or self.naive.rows[sighting.key].left is not None

    @rule(plate=plates)
    def close_by_hand(self, plate: str) -> None:
        if name := self.naive.inside.get(plate):
            sighting = car(self._moment(51), plate, "out")
            self.told.append(sighting)
            self._keep(desk.close_visit(self.state, name, sighting, ADA))
            self.naive.rows[name].left = self._moment_of(sighting)

    @rule(plate=plates)
    def split_by_hand(self, plate: str) -> None:
        gone = [
            v for v in self.state.visits.values() if v.plate == plate and v.state == "left" and not v.lost_at
        ]
        if not gone:
            return
        visit = gone[0]
        assert visit.exit
        try:
            self._keep(desk.split(self.state, visit.id, ADA))
        except Conflict:
            assert plate in self.naive.inside or len(self.naive.inside) == self.naive.capacity
        else:
            row = self.naive.rows[visit.id]
            self.naive.rows[visit.exit.key] = Row(plate, left=row.left, reviewed=True)
            row.left = None
            self.naive.pair_lone(visit.id)

    @rule(capacity=st.integers(0, 5))
    def resize(self, capacity: int) -> None:
        try:
            self._keep(desk.resize(self.state, capacity, ADA))
        except Conflict:
            assert capacity < len(self.naive.inside)
        else:
            self.naive.capacity = capacity

    @rule(fewer=st.integers(0, 2))
    def count(self, fewer: int) -> None:
        counted = max(len(self.naive.inside) - fewer, 0)
        lost = sorted(self.naive.inside.values(), key=lambda n: self.naive.rows[n].entered or 0)
        self._keep(desk.reconcile(self.state, counted, ADA))
        for name in lost[: len(lost) - counted]:
            self.naive.rows[name].lost = (ADA.at - at(0)).total_seconds() / 60

    @staticmethod
    def _moment_of(sighting: Sighting) -> float:
        return (sighting.seen_at - at(0)).total_seconds() / 60

    @invariant()
    def the_same_cars_are_inside(self) -> None:
        assert {v.plate: v.id for v in self.state.inside} == self.naive.inside

    @invariant()
    def occupancy_is_open_visits_within_capacity(self) -> None:
        assert self.state.occupied == len(self.naive.inside)
        assert 0 <= self.state.occupied <= self.state.lot.capacity == self.naive.capacity

    @invariant()
    def nobody_leaves_before_entering(self) -> None:
        assert all(v.left >= v.entered for v in self.state.visits.values() if v.left and v.entered)

    @invariant()
    def every_exit_is_there_once(self) -> None:
        exits = [v.exit.key for v in self.state.visits.values() if v.exit]
        assert len(exits) == len(set(exits))

    @invariant()
    def what_is_wrong_is_in_the_review(self) -> None:
        cases = {case.visit.id for case in review.cases(self.state, at(60))}
        wrong = [v for v in self.state.visits.values() if v.state in ("unmatched", "lost") and not v.reviewed]
        assert {v.id for v in wrong} <= cases

    def teardown(self) -> None:
        """Replay what was decided from the beginning."""
        state: LotState = self.start
        for decision in self.decisions:
            state = state.after(decision)
        assert state == self.state


TestCarPark = CarPark.TestCase
TestCarPark.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
