"""What a person does, with a reason, and what is left to look at."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cars import ADA, at, car, lot, run

from platewise.errors import Conflict, InputError
from platewise.register import desk, review
from platewise.register.desk import By
from platewise.register.values import Listed, LotState


def yard(capacity: int = 100) -> LotState:
    """Return AB12CDE inside, CD34EFG gone, an exit of HJ56KLM alone."""
    state, _ = run(
        lot(capacity), car(0, "AB12CDE", "in"), car(1, "CD34EFG", "in"), car(60, "CD34EFG", "out"),
        car(70, "HJ56KLM", "out"),
    )  # fmt: skip
    return state


def states(state: LotState) -> dict[str, str]:
    return {visit.id: visit.state for visit in state.visits.values()}


def test_a_reason_is_needed() -> None:
    with pytest.raises(InputError, match="reason"):
        By("ada", at(0), " ")


def test_open_and_close() -> None:
    state = yard(2)
    decision = desk.open_visit(state, car(80, "NP78QRS", key="hand"), ADA)
    state = state.after(decision)
    assert decision.event
    assert (decision.event.kind, state.occupied) == ("Entered", 2)
    assert decision.audit
    assert (decision.audit.user, decision.audit.action, decision.audit.detail) == ("ada", "open", ADA.reason)
    with pytest.raises(Conflict, match="full"):
        desk.open_visit(state, car(81, "TU90VWX"), ADA)
    with pytest.raises(InputError, match="before it begins"):
        desk.close_visit(state, "hand", car(79, "NP78QRS"), ADA)
    state = state.after(desk.close_visit(state, "hand", car(90, "NP78QRS", key="bye"), ADA))
    assert states(state)["hand"] == "left"
    with pytest.raises(Conflict, match="not open"):
        desk.close_visit(state, "hand", car(95, "NP78QRS"), ADA)


def test_a_plate_is_inside_once() -> None:
    with pytest.raises(Conflict, match="inside already"):
        desk.open_visit(yard(), car(80, "AB12CDE"), ADA)


def test_a_correction_finds_the_exit() -> None:
    state = yard()
    decision = desk.correct(state, "in@0", "hj-56 klm", ADA)
    assert decision.audit
    assert decision.audit.detail == "AB12CDE is HJ56KLM: seen from the window"
    state = state.after(decision)
    assert states(state) == {"in@0": "left", "in@1": "left"}
    with pytest.raises(InputError):
        desk.correct(state, "in@0", "--", ADA)
    with pytest.raises(InputError, match="no visit"):
        desk.correct(state, "in@9", "AB12", ADA)


def test_a_correction_of_a_stay_that_is_over_is_final() -> None:
    state = yard().after(desk.correct(yard(), "in@1", "CD34EFH", ADA))
    assert (state.visits["in@1"].forms, state.visits["in@1"].reviewed) == (("CD34EFH",), True)


def test_a_correction_to_a_plate_inside_asks_for_a_merge() -> None:
    state, _ = run(yard(), car(90, "XX99XXX", "in"))
    with pytest.raises(Conflict, match="merge"):
        desk.correct(state, "in@90", "AB12CDE", ADA)
    state = state.after(desk.merge(state, "in@90", "in@0", ADA))
    assert [(v.id, v.entered) for v in state.inside] == [("in@0", at(0))]


def test_merge_joins_entry_and_exit_and_split_parts_them() -> None:
    state = yard()
    state = state.after(desk.merge(state, "out@70", "in@0", ADA))
    assert (states(state)["in@0"], state.visits["in@0"].left) == ("left", at(70))
    assert "out@70" not in state.visits
    state = state.after(desk.split(state, "in@0", ADA))
    assert (states(state)["in@0"], states(state)["out@70"]) == ("inside", "unmatched")
    with pytest.raises(Conflict, match="no exit"):
        desk.split(state, "in@0", ADA)


def test_merge_takes_what_is_known_last() -> None:
    state, _ = run(yard(), car(90, "CD34EFG", "in"))
    state = state.after(desk.merge(state, "in@90", "in@1", ADA))
    assert (states(state)["in@1"], state.visits["in@1"].entered) == ("inside", at(1))


@pytest.mark.parametrize(("first", "second"), [("in@0", "in@0"), ("out@70", "in@80"), ("out@70", "out@75")])
def test_merges_that_cannot_be(first: str, second: str) -> None:
    state, _ = run(yard(), car(75, "TU90VWX", "out"), car(80, "NP78QRS", "in"))
    with pytest.raises(InputError):
        desk.merge(state, first, second, ADA)


def test_split_needs_a_place() -> None:
    state, _ = run(yard(2), car(90, "NP78QRS", "in"))
    with pytest.raises(Conflict, match="full"):
        desk.split(state, "in@1", ADA)


def test_capacity_cannot_be_less_than_is_taken() -> None:
    state, _ = run(yard(), car(90, "NP78QRS", "in"))
    with pytest.raises(Conflict, match="2 places"):
        desk.resize(state, 1, ADA)
    assert state.after(desk.resize(state, 2, ADA)).free == 0


def test_a_count_that_is_less_gives_up_the_longest_stays() -> None:
    state, _ = run(yard(), car(90, "NP78QRS", "in"))
    decision = desk.reconcile(state, 1, ADA)
    state = state.after(decision)
    assert states(state)["in@0"] == "lost"
    assert state.occupied == 1
    assert decision.audit
    assert decision.audit.detail == "1, not 2: seen from the window"


def test_a_count_that_is_more_adds_nameless_stays_which_unknown_exits_end() -> None:
    state = yard(4)
    state = state.after(desk.reconcile(state, 3, ADA))
    assert state.occupied == 3
    state, _ = run(state, car(700, "NP78QRS", "out"), car(701, "", "out"))
    assert state.occupied == 1
    assert [v.plate for v in state.inside] == ["AB12CDE"]
    with pytest.raises(InputError):
        desk.reconcile(state, 5, ADA)


def test_a_count_that_is_less_takes_back_first_what_a_count_added() -> None:
    """Ten were written down for one, and then put right: the vehicle seen coming stays."""
    state, _ = run(lot(capacity=20), car(0, "AB12CDE", "in"))
    state = state.after(desk.reconcile(state, 10, ADA))
    assert [case.reason for case in review.cases(state, ADA.at)] == [review.NAMELESS] * 9
    state = state.after(desk.reconcile(state, 1, replace(ADA, at=ADA.at + timedelta(minutes=1))))
    assert [v.plate for v in state.inside] == ["AB12CDE"]
    assert review.cases(state, ADA.at) == ()
    state, _ = run(state, car(700, "NP78QRS", "out"))  # what was taken back explains no exit
    assert states(state)["out@700"] == "unmatched"


def test_a_count_that_is_more_opens_first_what_a_count_gave_up() -> None:
    """One was written down for three, and then put right: nobody nameless stays for ever."""
    cars = car(0, "AB12CDE", "in"), car(1, "CD34EFG", "in"), car(2, "HJ56KLM", "in")
    state, _ = run(lot(capacity=20), *cars)
    state = state.after(desk.reconcile(state, 0, ADA))
    one = state.after(desk.reconcile(state, 1, replace(ADA, at=ADA.at + timedelta(minutes=1))))
    assert [v.plate for v in one.inside] == ["HJ56KLM"]
    state = one.after(desk.reconcile(one, 4, replace(ADA, at=ADA.at + timedelta(minutes=2))))
    assert sorted(v.plate for v in state.inside) == ["", "AB12CDE", "CD34EFG", "HJ56KLM"]
    leave = car(700, "AB12CDE", "out"), car(701, "CD34EFG", "out"), car(702, "HJ56KLM", "out")
    state, _ = run(state, *leave, car(703, "NP78QRS", "out"))
    assert state.occupied == 0


def test_a_count_opens_no_stay_whose_plate_came_again_and_none_that_lasted_too_long() -> None:
    state, _ = run(lot(), car(0, "AB12CDE", "in"), car(5, "AB12CDE", "in"), car(9, "AB12CDE", "out"))
    assert states(state)["in@0"] == "lost"
    old, _ = run(lot(), car(0, "AB12CDE", "in"))
    late = By("ada", at(0) + timedelta(hours=73), "seen from the window")
    old = old.after(review.give_up(old, late.at))
    for lost, by in ((state, ADA), (old, late)):
        counted = lost.after(desk.reconcile(lost, 1, by))
        assert [v.plate for v in counted.inside] == [""]


def test_the_review_lists_what_a_person_should_see() -> None:
    state, _ = run(yard(), car(80, "NP78QRS", "in"), car(90, "NP78QRS", "in"))
    found = {case.visit.id: case.reason for case in review.cases(state, at(80) + timedelta(hours=23))}
    assert found == {"in@0": review.OVERSTAY, "out@70": review.UNMATCHED, "in@80": review.LOST}
    state = state.after(desk.accept(state, "out@70", ADA))
    assert "out@70" not in {case.visit.id for case in review.cases(state, at(90))}


def test_the_review_lists_denied_nameless_and_doubtful() -> None:
    state, _ = run(lot(), car(0, "AB12CDE", "in"), car(1, "CD34EFG", "in"), car(600, "CD34EXY", "out"))
    state = state.after(desk.correct(state, "in@0", "AB12CDE", ADA, (Listed("thieves", "denied"),)))
    state = state.after(desk.reconcile(state, 2, ADA))
    found = [case.reason for case in review.cases(state, at(601))]
    assert found == [review.DENIED, review.DOUBTFUL, review.NAMELESS]


def test_what_came_after_a_count_is_not_given_up_by_it() -> None:
    state, _ = run(yard(), car(545, "NP78QRS", "in"))
    with pytest.raises(Conflict, match="after the count"):
        desk.reconcile(state, 0, ADA)


def test_a_visit_by_hand_needs_a_plate_and_a_key() -> None:
    for wrong in (car(80, ""), car(80, "NP78QRS", key="in@0")):
        with pytest.raises(InputError, match="by hand"):
            desk.open_visit(yard(), wrong, ADA)


def test_stays_that_last_too_long_are_given_up_but_a_late_exit_finds_them() -> None:
    state = yard()
    later = at(0) + timedelta(hours=72, minutes=1)
    assert review.give_up(state, later - timedelta(minutes=2)).changes == ()
    state = state.after(review.give_up(state, later))
    assert states(state)["in@0"] == "lost"
    state, _ = run(state, car(73 * 60, "AB12CDE", "out"))
    assert states(state)["in@0"] == "left"


def test_a_corrected_read_changes_what_it_showed_and_pairs_its_exit_anew() -> None:
    entry, other, exit_ = (replace(s, read=n) for n, s in enumerate((
        car(0, "AB12CDE", "in"), car(1, "CD34EFG", "in"), car(60, "AB12CDE", "out"),
    )))  # fmt: skip
    state, _ = run(lot(), entry, other, exit_)
    assert states(state) == {"in@0": "left", "in@1": "inside"}
    listed = (Listed("staff", "known"),)
    mended = state.after(desk.reread(state, "in@0", 2, "cd34 efg", ADA, listed))
    assert states(mended) == {"in@0": "inside", "in@1": "left"}
    seen = mended.visits["in@1"].exit
    assert seen
    assert (seen.reading.text, seen.confidence, seen.lists) == ("CD34EFG", 1.0, listed)
    strange = state.after(desk.reread(state, "in@0", 2, "XY99ZZZ", ADA))
    assert states(strange)["out@60"] == "unmatched"


def test_a_corrected_read_leaves_a_pair_that_a_person_made() -> None:
    state, _ = run(lot(), replace(car(0, "AB12CDE", "in"), read=7), car(60, "AB12CDE", "out"))
    state = state.after(desk.accept(state, "in@0", ADA))
    state = state.after(desk.reread(state, "in@0", 7, "XY99ZZZ", ADA))
    assert (states(state), state.visits["in@0"].forms) == ({"in@0": "left"}, ("XY99ZZZ", "AB12CDE"))
    with pytest.raises(InputError, match="at least one"):
        desk.reread(state, "in@0", 7, " - ", ADA)
