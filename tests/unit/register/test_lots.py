"""What a sighting does, rule by rule."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from cars import ADA, at, blurred, car, lot, run, told

from platewise.register import desk, lots, review
from platewise.register.lists import DENIED, NOT_ALLOWED
from platewise.register.readings import Reading
from platewise.register.values import LotState, Sighting


def test_in_opens_and_out_closes_one_visit() -> None:
    state, events = run(lot(), car(0, "AB12CDE", "in"), car(60, "AB12CDE", "out"))
    (visit,) = state.visits.values()
    assert told(events) == ["Entered", "Left"]
    assert (visit.state, visit.entered, visit.left, visit.plate) == ("left", at(0), at(60), "AB12CDE")
    assert [e.visit for e in events] == [visit.id, visit.id]
    assert state.free == 100


def test_without_a_direction_seen_again_is_left() -> None:
    state, events = run(lot(), car(0, "AB12CDE"), car(60, "AB12CDE"), car(90, "AB12CDE"))
    assert told(events) == ["Entered", "Left", "Entered"]
    assert state.occupied == 1


def test_without_a_direction_a_misread_of_a_car_inside_is_that_car() -> None:
    state, events = run(lot(), car(0, "AB12CDE"), car(60, "AB12CXE"), car(70, "ZX98WVU"))
    assert told(events) == ["Entered", "Left", "Entered"]
    assert [v.forms for v in state.visits.values()] == [("AB12CDE", "AB12CXE"), ("ZX98WVU",)]


def test_without_a_direction_the_order_of_telling_does_not_matter() -> None:
    state, events = run(lot(), car(60, "AB12CDE"), car(0, "AB12CDE"))
    (visit,) = state.visits.values()
    assert (visit.entered, visit.left, visit.state) == (at(0), at(60), "left")
    assert told(events) == ["Entered", "Left"]
    assert events[1].reason == lots.ALREADY_LEFT


def test_the_same_key_has_one_effect() -> None:
    one = car(0, "AB12CDE")
    state, events = run(lot(), *[one] * 8, car(60, "ZX98WVU", key=one.key))
    assert told(events) == ["Entered"] + ["Repeated"] * 8
    assert state.occupied == 1


def test_a_car_before_the_gate_passes_once_until_it_was_away_long_enough() -> None:
    seen = [car(minute, "AB12CDE") for minute in (0, 0.4, 0.8, 1.2)]
    _, events = run(lot(), *seen, car(1.8, "AB12CDE"))
    assert told(events) == ["Entered", "Repeated", "Repeated", "Repeated", "Left"]


def test_two_listed_plates_one_sign_apart_are_two_cars() -> None:
    pair = car(0, "AB12CDE", "in", "allowed"), car(0.2, "AB12CDF", "in", "allowed")
    state, events = run(lot(), *pair)
    assert told(events) == ["Entered", "Entered"]
    _, events = run(state, car(60, "AB12CDG", "out", "allowed"))
    assert (told(events), events[0].reason) == (["Left"], lots.UNMATCHED)


@pytest.mark.parametrize(
    ("kind", "allowed_only", "reason"),
    [
        (None, False, ""),
        ("known", True, NOT_ALLOWED),
        ("allowed", True, ""),
        ("denied", False, DENIED),
        (None, True, NOT_ALLOWED),
    ],
)
def test_lists(kind: str | None, allowed_only: bool, reason: str) -> None:
    state, events = run(lot(allowed_only=allowed_only), car(0, "AB12CDE", "in", kind))  # type: ignore[arg-type]
    assert (told(events), events[0].reason) == (["Refused" if reason else "Entered"], reason)
    assert state.occupied == (not reason)


def test_a_denied_car_may_leave() -> None:
    _, events = run(lot(), car(0, "AB12CDE", "in"), car(60, "AB12CDE", "out", "denied"))
    assert told(events) == ["Entered", "Left"]


def test_a_full_lot_refuses_once_until_there_is_room() -> None:
    state, events = run(
        lot(1), car(0, "AB12CDE", "in"), car(10, "ZX98WVU", "in"), car(10.3, "ZX98WVU", "in"),
        car(10.5, "AB12CDE", "out"), car(10.6, "ZX98WVU", "in"),
    )  # fmt: skip
    assert told(events) == ["Entered", "Refused", "Repeated", "Left", "Entered"]
    assert events[1].reason == lots.FULL
    assert state.free == 0


def test_anti_passback() -> None:
    _, events = run(
        lot(double_entry="refuse"),
        car(0, "AB12CDE", "in"),
        car(60, "AB12CDE", "in"),
        car(90, "AB12CDE", "out"),
    )
    assert told(events) == ["Entered", "Refused", "Left"]
    assert events[1].reason == lots.ALREADY_INSIDE


def test_double_entry_ends_the_former_stay_as_lost_and_a_late_exit_still_finds_it() -> None:
    state, events = run(lot(1), car(0, "AB12CDE", "in"), car(60, "AB12CDE", "in"))
    assert events[1].reason == lots.EXIT_MISSED
    assert [v.state for v in state.visits.values()] == ["lost", "inside"]
    state, events = run(state, car(40, "AB12CDE", "out"), car(80, "AB12CDE", "out"))
    assert [(v.state, v.left) for v in state.visits.values()] == [("left", at(40)), ("left", at(80))]


def test_an_entry_told_after_its_exit_finds_it_even_where_the_lot_is_full() -> None:
    state, events = run(lot(1), car(60, "AB12CDE", "out"), car(70, "ZX98WVU", "in"), car(0, "AB12CDE", "in"))
    assert told(events) == ["Left", "Entered", "Entered"]
    assert (events[0].reason, events[2].reason) == (lots.UNMATCHED, lots.ALREADY_LEFT)
    assert [v.state for v in state.visits.values()] == ["inside", "left"]


def test_a_misread_exit_ends_the_nearest_visit() -> None:
    seen = car(0, "AB12CDE", "in"), car(1, "AB34CDE", "in"), car(2, "ZX98WVU", "in")
    state, _ = run(lot(), *seen, car(60, "A812CDE", "out"), car(70, "ZX98WV", "out"))
    assert [v.plate for v in state.inside] == ["AB34CDE"]
    assert state.visits["in@0"].plate == "AB12CDE"


def test_a_stranger_s_exit_ends_no_visit() -> None:
    state, events = run(lot(), car(0, "AB12CDE", "in"), car(60, "ZX98WVU", "out"))
    assert events[1].reason == lots.UNMATCHED
    assert sorted(v.state for v in state.visits.values()) == ["inside", "unmatched"]


def test_a_later_exit_mends_a_doubtful_pairing() -> None:
    seen = car(0, "AB12CD8", "in"), car(1, "AB12CDB", "in")
    doubtful = blurred(60, "AB12CD8", "out", {6: "B"})
    state, _ = run(lot(), *seen, doubtful)
    first = next(v for v in state.visits.values() if v.state == "left")
    assert first.margin is not None
    assert first.margin < state.lot.policy.sure
    state, events = run(state, car(70, first.plate if first.id == "in@0" else "AB12CDB", "out"))
    assert state.occupied == 0
    assert events[0].visit == first.id, "the clear exit takes its own entry"
    other = next(v for v in state.visits.values() if v.id != first.id)
    assert other.exit == doubtful


def doubtful_exit() -> LotState:
    """Return a car park that AB12CDE has left, as far as an exit with two other signs tells."""
    state, _ = run(lot(), car(0, "AB12CDE", "in"), car(600, "AB12CXY", "out"))
    (visit,) = state.visits.values()
    assert visit.margin is not None
    assert 0 < visit.margin < state.lot.policy.sure
    return state


def test_an_entry_told_late_takes_a_doubtful_exit_and_opens_the_other_visit_again() -> None:
    state, events = run(doubtful_exit(), car(300, "AB12CXY", "in"))
    assert events[0].reason == lots.ALREADY_LEFT
    assert {v.id: v.state for v in state.visits.values()} == {"in@0": "inside", "in@300": "left"}


def test_a_clear_exit_claims_its_entry_and_the_doubtful_one_stands_alone() -> None:
    state, events = run(doubtful_exit(), car(610, "AB12CDE", "out"))
    assert (events[0].visit, state.visits["in@0"].left) == ("in@0", at(610))
    assert {v.id: v.state for v in state.visits.values()} == {"in@0": "left", "out@600": "unmatched"}


def test_a_plate_that_came_again_has_left_before() -> None:
    state, _ = run(doubtful_exit(), car(610, "AB12CDE", "in"), car(300, "AB12CXY", "in"))
    assert {v.id: v.state for v in state.visits.values()} == {
        "in@0": "left", "in@610": "inside", "in@300": "inside"
    }  # fmt: skip


def test_an_exit_after_a_double_entry_is_surely_that_of_the_second() -> None:
    state, events = run(lot(), car(0, "AB12CDE", "in"), car(60, "AB12CDE", "in"), car(80, "AB12CDE", "out"))
    assert events[2].visit == "in@60"
    assert [(c.visit.id, c.reason) for c in review.cases(state, at(90))] == [("in@0", review.LOST)]


@pytest.mark.parametrize("confidence", [0.5, 0.9])
def test_a_picture_that_is_no_better_changes_nothing(confidence: float) -> None:
    state, events = run(lot(), car(0, "AB12CDE", "in"), car(0.1, "AB12CDX", "in", confidence=confidence))
    assert told(events) == ["Entered", "Repeated"]
    assert [v.plate for v in state.inside] == ["AB12CDE"]


def test_a_better_picture_of_an_unmatched_exit_ends_its_visit() -> None:
    state, events = run(
        lot(), car(0, "AB12CDE", "in"), car(60, "A812XXE", "out", confidence=0.3),
        car(60.1, "A812XDE", "out", confidence=0.5), car(60.2, "AB12CDE", "out"),
    )  # fmt: skip
    assert events[1].reason == lots.UNMATCHED
    assert (events[2].kind, events[2].reason, events[2].visit) == ("Left", lots.MENDED, "in@0")
    assert told(events[3:]) == ["Repeated"]
    (visit,) = state.visits.values()
    assert (visit.state, visit.forms, visit.left) == ("left", ("AB12CDE",), at(60))


def test_a_better_picture_of_an_entry_mends_its_plate_unless_that_is_inside_already() -> None:
    state, _ = run(lot(), car(0, "AB12CDX", "in", confidence=0.5), car(0.1, "AB12CDE", "in"))
    assert [v.plate for v in state.inside] == ["AB12CDE"]
    state, _ = run(state, car(5, "AB12CDX", "in", confidence=0.5), car(5.1, "AB12CDE", "in"))
    assert [v.plate for v in state.inside] == ["AB12CDE", "AB12CDX"]


def test_a_better_picture_changes_nothing_that_a_person_looked_at() -> None:
    state, _ = run(lot(), car(0, "AB12CDX", "in", confidence=0.5))
    state = state.after(desk.accept(state, "in@0", ADA))
    state, events = run(state, car(0.1, "AB12CDE", "in"))
    assert (told(events), [v.plate for v in state.inside]) == (["Repeated"], ["AB12CDX"])


def test_a_better_picture_of_an_exit_opens_no_stay_again_that_has_no_place() -> None:
    state, _ = run(
        lot(1), car(0, "AB12CDE", "in", "known"), car(60, "AB1QXZE", "out", confidence=0.5),
        car(60.1, "ZX98WVU", "in"),
    )  # fmt: skip
    better = car(60.2, "AB1QXZF", "out", "known")
    full, events = run(state, better)
    assert (told(events), full.occupied) == (["Repeated"], 1)
    assert full.visits["in@0"].state == "left"
    roomy = replace(state, lot=replace(state.lot, capacity=2))
    assert run(roomy, better)[0].occupied == 2


def test_a_sure_pair_stays_though_an_entry_told_late_fits_better() -> None:
    state, _ = run(lot(), car(0, "AB12CDX", "in"), car(60, "AB12CDE", "out"), car(30, "AB12CDE", "in"))
    assert state.visits["in@0"].left == at(60)
    assert [v.entered for v in state.inside] == [at(30)]


def test_the_listed_text_of_a_stay_is_believed_though_the_other_was_read_more_surely() -> None:
    seen = car(0, "AB12CDE", "in", "known", confidence=0.6), car(60, "AB12CDX", "out", confidence=0.95)
    (visit,) = run(lot(), *seen)[0].visits.values()
    assert (visit.forms, visit.plate) == (("AB12CDE", "AB12CDX"), "AB12CDE")


def test_unread_plates_take_no_place_and_end_no_visit() -> None:
    state, events = run(lot(), car(0, "AB12CDE", "in"), car(1, "", "in"), car(2, ""), car(3, "", "out"))
    assert told(events[1:]) == ["Unread"] * 3
    assert state.occupied == 1
    assert events[3].visit == "out@3", "kept for the review"


def test_times_must_be_utc() -> None:
    for wrong in (datetime(2026, 7, 1), datetime(2026, 7, 1, tzinfo=timezone(timedelta(hours=2)))):
        with pytest.raises(ValueError, match="UTC"):
            Sighting("k", wrong, Reading.of("AB12"))


def test_what_is_remembered_is_enough() -> None:
    state, _ = run(lot(), car(0, "AB12CDE", "in"), car(1, "ZX98WVU", "in"), car(60, "ZX98WVU", "out"))
    later = state.remembered(at(60) + timedelta(hours=25))
    assert [v.plate for v in later.visits.values()] == ["AB12CDE"]
    assert not later.recent
    assert state.remembered(at(61)) == state
