"""Any history of a car park, kept in a store and in plain dicts: both always say the same.

The dicts are the register's own values, one after the other; the store decides from what it loads again.
"""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import walls
from platewise import gatehouse
from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.errors import Conflict, InputError
from platewise.gatehouse import Arrival, Outcome
from platewise.register import desk, lots
from platewise.register.desk import By
from platewise.register.readings import Reading
from platewise.register.review import give_up
from platewise.register.values import Decision, Direction, Lot, LotState, Sighting
from platewise.store.memory import MemoryStore
from platewise.store.opening import open_store
from platewise.store.parking import VisitQuery, with_confusions
from platewise.store.protocol import Store
from platewise.store.records import NewFrame
from platewise.store.site import Camera, Gate, Lane

pytestmark = pytest.mark.wall("D8")

HISTORIES = walls.size("HISTORIES", 200, 5_000)
"""In memory; a tenth of them in SQLite."""
START = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
QUAD = quad_of((10, 10, 60, 20))
PLATES = ("AAA111", "BBB222", "CCC333", "CCC838", "DDD00Q", "DDD0O0", "")
WAYS: tuple[Direction, ...] = ("in", "out", "both")
plates, ways = st.sampled_from(PLATES), st.sampled_from(WAYS)
hours = st.sampled_from((0.001, 0.1, 2.0, 30.0))
chance = st.integers(0, 99)
Decide = Callable[[LotState, By], Decision]


class Machine(RuleBasedStateMachine):
    """A car park of three gates. ``model`` holds its whole history."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store, self.now, self.turn = store, START, 0
        self.told: list[tuple[Arrival, Outcome]] = []

    @initialize(capacity=st.integers(1, 4), double=st.sampled_from(("mend", "refuse")))
    def build(self, capacity: int, double: str) -> None:
        lot = with_confusions(Lot("yard", capacity))
        lot = replace(lot, policy=replace(lot.policy, double_entry=double))  # type: ignore[arg-type]
        self.model = LotState(lot)
        with self.store.writing() as unit:
            unit.lots.put(lot)
            for way in WAYS:
                unit.site.put(Gate(way, direction=way, lot="yard"))
                unit.site.put(Lane(way, way))
                unit.site.put(Camera(way, lane=way))

    def teardown(self) -> None:
        self.store.close()

    @rule(way=ways, text=plates, wait=hours, late=st.booleans(), sure=st.sampled_from((0.6, 0.9)))
    def pass_a_gate(self, way: Direction, text: str, wait: float, late: bool, sure: float) -> None:
        self.now += timedelta(hours=wait)
        seen_at = self.now - timedelta(hours=1) * late
        self.turn += 1
        read = Read(Plate(text) if text else None, sure, QUAD)
        arrival = Arrival(f"k{self.turn}", NewFrame(seen_at, self.now, 9, 9, way), (read,), "tiny", "v1")
        (outcome,) = self._admit(arrival)
        key = f"{arrival.key}/0"
        seen = Sighting(key, seen_at, Reading.of(text), way, way, sure, read=outcome.read)
        decision = lots.admit(seen, self.model.remembered(seen_at))
        self.model = self.model.after(decision)
        assert decision.event
        assert (outcome.kind, outcome.reason) == (decision.event.kind, decision.event.reason)
        assert outcome.free == self.model.free
        self.told.append((arrival, outcome))

    @precondition(lambda self: self.told)
    @rule(which=chance)
    def tell_it_again(self, which: int) -> None:
        arrival, outcome = self.told[which % len(self.told)]
        assert self._admit(arrival) == (outcome,)

    @rule(text=plates, which=chance)
    def open_and_close(self, text: str, which: int) -> None:
        self.turn += 1
        hand = Sighting(f"hand{self.turn}", self.now, Reading.of(text))
        self._by_hand(lambda state, by: desk.open_visit(state, hand, by))
        key = self._visit(which)
        bye = replace(hand, key=f"bye{self.turn}")
        self._by_hand(lambda state, by: desk.close_visit(state, key, bye, by), key)

    @precondition(lambda self: self.model.visits)
    @rule(one=chance, other=chance, text=plates)
    def repair(self, one: int, other: int, text: str) -> None:
        first, second = self._visit(one), self._visit(other)
        works: tuple[Decide, ...] = (
            lambda state, by: desk.correct(state, first, text, by),
            lambda state, by: desk.merge(state, first, second, by),
            lambda state, by: desk.split(state, first, by),
            lambda state, by: desk.accept(state, first, by),
        )
        self._by_hand(works[(one + other) % len(works)], first, second)

    @rule(capacity=st.integers(0, 5))
    def resize(self, capacity: int) -> None:
        self._by_hand(lambda state, by: desk.resize(state, capacity, by))

    @rule(counted=st.integers(0, 4))
    def count(self, counted: int) -> None:
        self.now += timedelta(seconds=1)
        self._by_hand(lambda state, by: desk.reconcile(state, counted, by))

    @rule()
    def give_up(self) -> None:
        with self.store.writing() as unit:
            ended = gatehouse.tend(unit, self.now)
        decision = give_up(self.model.remembered(self.now), self.now)
        assert ended == len(decision.changes)
        self.model = self.model.after(decision)

    @invariant()
    def the_store_says_the_same(self) -> None:
        if not self.turn and not hasattr(self, "model"):
            return
        with self.store.reading() as unit:
            kept = [r.visit for r in unit.lots.visits(VisitQuery("yard", limit=500)).items]
            here = unit.lots.visits(VisitQuery("yard", ("inside",))).items
            state = unit.lots.state("yard", self.now)
            points = unit.lots.occupancy("yard", START - timedelta(days=9), self.now + timedelta(days=9))
        assert {visit.id: visit for visit in kept} == dict(self.model.visits)
        assert state.lot == self.model.lot
        assert state.occupied == len(here) == self.model.occupied == points[-1].inside
        assert 0 <= state.occupied <= state.lot.capacity
        assert all(point.inside >= 0 for point in points)

    def _admit(self, arrival: Arrival) -> tuple[Outcome, ...]:
        with self.store.writing() as unit:
            return gatehouse.admit(unit, arrival).outcomes

    def _visit(self, which: int) -> str:
        names = sorted(self.model.visits)
        return names[which % len(names)] if names else "nobody"

    def _by_hand(self, decide: Decide, *names: str) -> None:
        """Do the same to the store and to the dicts; both refuse it, or neither."""
        by = By("ann", self.now, "seen from the window")
        near = self.model.remembered(self.now)
        wanted = {name: self.model.visits[name] for name in names if name in self.model.visits}
        try:
            decision = decide(replace(near, visits={**near.visits, **wanted}), by)
        except (Conflict, InputError) as refusal:
            with pytest.raises(type(refusal)), self.store.writing() as unit:
                decide(unit.lots.state("yard", self.now, names), by)
            return
        with self.store.writing() as unit:
            kept = decide(unit.lots.state("yard", self.now, names), by)
            gatehouse.change(unit, "yard", kept)
        assert (kept.event, kept.lot, kept.audit) == (decision.event, decision.lot, decision.audit)
        self.model = self.model.after(decision)


class InMemory(Machine):
    def __init__(self) -> None:
        super().__init__(MemoryStore())


class InSqlite(Machine):
    def __init__(self) -> None:
        pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(_template(), self.folder / "platewise.db")
        super().__init__(open_store(f"sqlite:///{self.folder}/platewise.db", self.folder))

    def teardown(self) -> None:
        super().teardown()
        shutil.rmtree(self.folder)


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp())
    open_store(f"sqlite:///{folder}/platewise.db", folder).close()
    return folder / "platewise.db"


TestInMemory = InMemory.TestCase
TestInMemory.settings = settings(
    max_examples=HISTORIES, stateful_step_count=50, deadline=None, derandomize=not walls.LONG, database=None
)
TestInSqlite = InSqlite.TestCase
TestInSqlite.settings = settings(TestInMemory.settings, max_examples=HISTORIES // 10)
