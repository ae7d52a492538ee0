"""What every Store does with car parks, their visits and payments."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from lot_samples import BY, YARD, at, car, decide, opened, park, shown
from store_samples import NOON, keep

from platewise.errors import Conflict, InputError
from platewise.register import desk
from platewise.register.review import cases
from platewise.register.tariffs.payment import Paid
from platewise.register.values import Lot, Policy
from platewise.store.parking import Count, VisitQuery
from platewise.store.protocol import Store
from platewise.store.queries import AuditQuery
from platewise.store.site import Camera, Gate, Lane


def test_a_fresh_store_has_a_car_park_for_a_telephone(store: Store) -> None:
    with store.reading() as unit:
        assert [(lot.name, lot.capacity) for lot in unit.lots.lots()] == [("main", 100)]
        assert unit.site.gates() == (Gate("main", lot="main"),)
        assert unit.site.lanes() == (Lane("main", "main"),)
        assert unit.site.cameras() == (Camera("telegram", lane="main"),)
        assert unit.lots.state("main", NOON).free == 100


def test_a_lot_comes_back_as_it_was_put(store: Store) -> None:
    rules = Policy(timedelta(seconds=1.5), "refuse", True, memory=timedelta(days=2), sure=4.5)
    with store.writing() as unit:
        unit.lots.put(YARD)
        unit.lots.put(replace(YARD, policy=replace(rules, misreads=YARD.policy.misreads), capacity=7))
        lot = unit.lots.lot("yard")
        assert lot
        assert (lot.capacity, lot.label, lot.tariff) == (7, "The yard", 'name = "x"')
        assert replace(lot.policy, misreads=rules.misreads) == rules
        assert lot.policy.misreads.cost("0", "O") == pytest.approx(0.1)
        assert [one.name for one in unit.lots.lots()] == ["main", "yard"]
        assert unit.lots.lot("nowhere") is None


@pytest.mark.parametrize("lot", [Lot(" "), Lot("x", -1), Lot("x", 10**9)])
def test_a_lot_that_cannot_be_is_refused(store: Store, lot: Lot) -> None:
    with pytest.raises(InputError), store.writing() as unit:
        unit.lots.put(lot)


def test_a_lot_has_no_fewer_places_than_are_taken(store: Store) -> None:
    opened(store, car(0, "AB12CDE", "in"), car(1, "CD34EFG", "in"))
    with store.writing() as unit:
        unit.lots.put(replace(YARD, capacity=2))
    with pytest.raises(Conflict, match="2 places"), store.writing() as unit:
        unit.lots.put(replace(YARD, capacity=1))


def test_a_lot_goes_when_it_is_empty_and_no_gate_leads_there(store: Store) -> None:
    opened(store, car(0, "AB12CDE", "in"))
    with pytest.raises(Conflict, match="inside"), store.writing() as unit:
        unit.lots.remove("yard")
    with store.writing() as unit:
        park(unit, car(1, "AB12CDE", "out"))
        unit.lots.pay(Paid("p1", "in@0", NOON, Decimal(1), "EUR"))
        unit.site.put(Gate("g", lot="yard"))
    with pytest.raises(Conflict, match="gates"), store.writing() as unit:
        unit.lots.remove("yard")
    with store.writing() as unit:
        assert unit.site.remove(Gate("g"))
        assert unit.lots.remove("yard")
        assert not unit.lots.remove("yard")
        assert unit.lots.visits(VisitQuery()).items == ()
        assert unit.lots.payments("in@0") == ()
        unit.lots.put(YARD)
        assert unit.lots.state("yard", NOON).recent == ()


def test_a_gate_leads_to_a_lot_that_is_there(store: Store) -> None:
    with pytest.raises(InputError, match="no lot 'nowhere'"), store.writing() as unit:
        unit.site.put(Gate("g", lot="nowhere"))


def test_the_state_is_what_the_register_remembers(store: Store) -> None:
    day = 24 * 60
    state = opened(
        store,
        car(0, "AB12CDE", "in"),
        car(0.05, "AB12CDE", "in"),  # stands there still
        car(1, "CD34EFG", "in"),
        car(2, "AB12CDE", "out"),
        car(3, "ZZ99ZZZ", "out"),
        car(4, "", "in"),
        car(day + 2.5, "AB12CDF", "in"),
    )
    with store.reading() as unit:
        for minute in (4, day + 2, day + 2.5, day + 4, 2 * day, 3 * day):
            known, expected = unit.lots.state("yard", at(minute)), state.remembered(at(minute))
            assert (dict(known.visits), known.recent) == (dict(expected.visits), expected.recent)
        assert set(unit.lots.state("yard", at(3 * day), ["in@0", "nobody"]).visits) == {
            "in@0", "in@1", f"in@{day + 2.5}",
        }  # fmt: skip
        assert unit.lots.state("main", NOON).visits == {}
        with pytest.raises(InputError, match="no car park 'nowhere'"):
            unit.lots.state("nowhere", NOON)


def test_a_visit_and_its_pictures(store: Store) -> None:
    with store.writing() as unit:
        first, last = keep(unit, "AB12 CDE"), keep(unit, "AB-12-CDE", 60)
        unit.lots.put(YARD)
        park(unit, car(0, "AB12CDE", "in", first.id), car(1, "AB12CDE", "out", last.id), car(2, "HJ56KLM"))
        number = unit.lots.number("in@0")
        assert number
        record = unit.lots.visit(number)
        assert record
        assert (record.number, record.lot, record.display) == (number, "yard", "AB-12-CDE")
        assert record.visit.entry == car(0, "AB12CDE", "in", first.id)
        assert record.visit.exit == car(1, "AB12CDE", "out", last.id)
        for read, visits in ((first.id, [number]), (last.id, [number]), (10**6, [])):
            found = unit.lots.visits(VisitQuery(read=read)).items
            assert [one.number for one in found] == visits
        assert [unit.lots.visit(n) for n in (0, -1, 10**6, 2**70)] == [None] * 4
        assert unit.lots.number("nobody") is None
        other = unit.lots.visits(VisitQuery(plate="hj 56-klm")).items
        assert [one.display for one in other] == ["HJ56KLM"]


def test_visits_are_found(store: Store) -> None:
    opened(
        store,
        car(0, "AB12CDE", "in"),
        car(1, "CD34EFG", "in"),
        car(2, "AB12CDE", "out"),
        car(3, "ZZ99ZZZ", "out"),
    )
    with store.writing() as unit:
        park(unit, car(5, "MN11OPQ", "in"), lot="main")

        def found(**query: object) -> list[tuple[str, str]]:
            return shown(unit.lots.visits(VisitQuery(**query)).items)  # type: ignore[arg-type]

        away, here, alone, other = (
            ("AB12CDE", "left"), ("CD34EFG", "inside"), ("ZZ99ZZZ", "unmatched"), ("MN11OPQ", "inside"),
        )  # fmt: skip
        assert found() == [other, alone, here, away]
        assert found(lot="yard") == [alone, here, away]
        assert found(lot="nowhere") == []
        assert found(states=("inside",)) == [other, here]
        assert found(states=("inside", "unmatched"), lot="yard") == [alone, here]
        assert found(states=("lost",)) == []
        assert found(plate="zz-99 zzz") == [alone]
        assert found(plate="ZZ99ZZZ", states=("inside",)) == []
        assert found(plate="ZZ99ZZZ", lot="main") == []
        assert found(since=at(1), until=at(5)) == [alone, here]
        with pytest.raises(InputError):
            found(plate="-")
        with pytest.raises(InputError):
            found(limit=0)
        with pytest.raises(InputError, match="cursor"):
            found(cursor="x")


@pytest.mark.parametrize("query", [VisitQuery(), VisitQuery(states=("inside", "left")), VisitQuery("main")])
def test_pages_meet_every_visit_once(store: Store, query: VisitQuery) -> None:
    plates = [f"{sign * 4}{number}" for sign in "ABCDE" for number in (1, 2)]
    with store.writing() as unit:
        for i, plate in enumerate(plates):
            park(unit, car(i // 3, plate, "in", key=f"k{i}"), lot="main")  # three of one moment
        query, met = replace(query, limit=3), []
        while True:
            page = unit.lots.visits(query)
            met += [record.visit.plate for record in page.items]
            if page.next is None:
                break
            query = replace(query, cursor=page.next)
    assert met == plates[::-1]


def test_what_was_decided_of_an_older_state_is_refused(store: Store) -> None:
    opened(store, car(0, "AB12CDE", "in"))
    with store.reading() as unit:
        state = unit.lots.state("yard", NOON)
    by_hand = desk.open_visit(state, car(5, "NP78QRS"), BY)
    decide(store, desk.correct(state, "in@0", "AB12CDF", BY))
    decide(store, by_hand)  # contradicts nothing, but only once
    for stale in (desk.correct(state, "in@0", "AB12CDG", BY), by_hand):
        with pytest.raises(Conflict, match="meanwhile"):
            decide(store, stale)
    with store.reading() as unit:
        now = unit.lots.state("yard", NOON)
    with pytest.raises(Conflict, match="meanwhile"):
        decide(store, desk.correct(now, "in@0", "AB12CDG", BY), "main")
    with pytest.raises(InputError, match="no car park"):
        decide(store, desk.correct(now, "in@0", "AB12CDG", BY), "nowhere")


def test_what_a_person_does_is_kept_with_its_line(store: Store) -> None:
    state = opened(store, car(0, "AB12CDE", "in"))
    resized = desk.resize(state, 9, BY)
    decide(store, resized)
    state = state.after(resized)
    decide(store, desk.reconcile(state, 3, BY))
    with store.reading() as unit:
        lot = unit.lots.lot("yard")
        assert lot
        assert lot.capacity == 9
        assert unit.lots.state("yard", NOON).occupied == 3
        lines = unit.journal.find(AuditQuery()).items
        assert [(line.user, line.action, line.subject) for line in lines] == [
            ("ann", "count", "yard"), ("ann", "resize", "yard"),
        ]  # fmt: skip


def test_the_history_of_the_count(store: Store) -> None:
    state = opened(
        store,
        car(0, "AB12CDE", "in"),
        car(1, "CD34EFG", "in", key="a"),
        car(1, "HJ56KLM", "in", key="b"),
        car(2, "AB12CDE", "out"),
        car(3, "ZZ99ZZZ", "out"),
        car(4, "NP78QRS", "in"),
    )
    assert state.occupied == 3
    with store.writing() as unit:

        def history(start: float, end: float) -> list[tuple[float, int]]:
            points = unit.lots.occupancy("yard", at(start), at(end))
            return [((point.at - NOON) / timedelta(minutes=1), point.inside) for point in points]

        assert history(-5, 9) == [(-5, 0), (0, 1), (1, 3), (2, 2), (4, 3)]
        assert history(0, 2) == [(0, 1), (1, 3)]
        assert history(1.5, 4) == [(1.5, 3), (2, 2)]
        assert history(2, 3) == [(2, 2)]
        assert history(8, 9) == [(8, 3)]
        assert history(9, 8) == [(9, 3)]
        park(unit, car(5, "AB12CDE", "in", key="c"), car(5, "AB12CDE", "out", key="d"), lot="main")
        assert unit.lots.occupancy("main", at(4), at(9)) == (Count(at(4), 0),)
        with pytest.raises(InputError, match="no car park"):
            unit.lots.occupancy("nowhere", at(0), at(1))


def test_a_payment_counts_once(store: Store) -> None:
    opened(store, car(0, "AB12CDE", "in"), car(1, "CD34EFG", "in"))
    paid = Paid("p1", "in@0", at(9), Decimal("2.50"), "EUR")
    with store.writing() as unit:
        assert unit.lots.pay(paid)
        assert not unit.lots.pay(replace(paid, amount=Decimal("2.5")))
        assert unit.lots.pay(Paid("p0", "in@0", at(8), Decimal("0.10"), "EUR"))
        assert unit.lots.pay(Paid("p2", "in@1", at(8), Decimal("12345678901234567890.01"), "EUR"))
        assert [one.key for one in unit.lots.payments("in@0")] == ["p0", "p1"]
        assert unit.lots.payments("in@1")[0].amount == Decimal("12345678901234567890.01")
        for other in (replace(paid, amount=Decimal(3)), replace(paid, visit="in@1")):
            with pytest.raises(Conflict, match="differently"):
                unit.lots.pay(other)
        with pytest.raises(InputError, match="no visit"):
            unit.lots.pay(replace(paid, key="p9", visit="nobody"))
        assert unit.lots.payments("nobody") == ()


def test_payments_follow_the_visit_that_takes_over(store: Store) -> None:
    state = opened(store, car(0, "AB12CDE", "in"), car(1, "CD34EFG", "in"), car(2, "ZZ99ZZZ", "out"))
    with store.writing() as unit:
        for i, visit in enumerate(("in@1", "out@2")):
            unit.lots.pay(Paid(f"p{i}", visit, at(9), Decimal(1), "EUR"))
    merged = desk.merge(state, "in@0", "out@2", BY)
    decide(store, merged)
    decide(store, desk.merge(state.after(merged), "in@0", "in@1", BY))
    with store.reading() as unit:
        assert [one.key for one in unit.lots.payments("in@0")] == ["p0", "p1"]
        assert shown(unit.lots.visits(VisitQuery()).items) == [("AB12CDE", "left")]


def test_an_exit_that_moves_takes_its_visit_along(store: Store) -> None:
    """A lone exit is claimed by a corrected entry, and later alone again under a new number."""
    state = opened(store, car(0, "AB12CDE", "in"), car(2, "ZZ99ZZZ", "out"))
    claimed = desk.correct(state, "in@0", "ZZ99ZZZ", BY)
    decide(store, claimed)
    with store.reading() as unit:
        assert unit.lots.number("out@2") is None
    decide(store, desk.split(state.after(claimed), "in@0", BY))
    with store.reading() as unit:
        (alone,) = unit.lots.visits(VisitQuery(states=("unmatched",))).items
        assert alone.number > 2
        assert alone.visit.id == "out@2"
        assert alone.visit.forms == ("ZZ99ZZZ",)


def test_what_waits_for_a_look_is_found_however_old_it_is(store: Store) -> None:
    opened(
        store,
        car(0, "AA1", "out"),
        car(1, "BB2", "in"),
        car(30, "BB2", "out"),
        car(60 * 24 * 40, "CC3", "out"),
    )
    with store.reading() as unit:
        told = unit.lots.unreviewed("yard", at(-9))
        late = unit.lots.unreviewed("yard", at(60))
        state = unit.lots.state("yard", at(60 * 24 * 50), told)
    reasons = {case.visit.plate: case.reason for case in cases(state, at(60 * 24 * 50))}
    assert set(reasons) >= {"AA1", "CC3"}
    assert [state.visits[name].plate for name in late] == ["CC3"]
    mine = next(visit.id for visit in state.visits.values() if visit.plate == "AA1")
    decide(store, desk.accept(state, mine, BY))
    with store.reading() as unit:
        assert set(unit.lots.unreviewed("yard", at(-9))) == set(told) - {mine}
