"""What a person says of journeys and mismatches."""

import pytest
from tolling import admit, at, journeys, lay, pair, passages, told, travel, view

from platewise.errors import Conflict, InputError
from platewise.gatehouse import tolldesk
from platewise.gatehouse.tolldesk import Said
from platewise.register.desk import By
from platewise.store.protocol import Store
from platewise.store.queries import AuditQuery
from platewise.store.tolling import JourneyRecord, MismatchQuery, MismatchVerdict

BY = By("ann", at(99_999), "looked at the pictures")


def judge(store: Store, said: Said) -> JourneyRecord:
    """Judge the only journey."""
    (one,) = journeys(store)
    with store.writing() as unit:
        return tolldesk.judge(unit, one, said, BY)


def decide(store: Store, verdict: MismatchVerdict, plate: str = "") -> int:
    """Decide the only mismatch; return how many passages it is then."""
    with store.writing() as unit:
        (one,) = unit.tolls.mismatches(MismatchQuery()).items
        return len(tolldesk.decide(unit, one, verdict, plate, BY))


def half(store: Store) -> None:
    """Have a vehicle seen at mid alone."""
    lay(store)
    admit(store, view("m1f", 200, "AB12 CDE"))
    pair(store, 99_999)


def test_a_person_says_where_it_came_from_and_went(store: Store) -> None:
    half(store)
    (one,) = journeys(store)
    assert (one.facts.state, one.facts.look) == ("both missing", "both missing")
    done = judge(store, Said("completed", "west", "east"))
    assert (done.facts.gates, done.facts.state, done.facts.look) == (("west", "mid", "east"), "complete", "")
    assert done.facts.receipt
    assert str(done.facts.receipt.total) == "3.20"
    assert journeys(store) == [done]
    with store.reading() as unit:
        (line,) = unit.journal.find(AuditQuery(action="judge_journey")).items
    assert (line.user, line.subject) == ("ann", f"journey {done.id}")
    assert line.detail == "completed, entry west, exit east: looked at the pictures"
    assert [event["reason"] for event in told(store)] == ["", "completed"]
    pair(store, 999_999)
    assert journeys(store) == [done]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (Said("accepted"), "what it costs is not known"),
        (Said("completed", "nowhere", "east"), "no gate 'nowhere'"),
        (Said("completed", "east", "west"), "no way leads from east to mid"),
        (Said("completed", "mid", "mid"), "no price from mid to mid"),
    ],
)
def test_what_cannot_be_meant_is_refused(store: Store, said: Said, why: str) -> None:
    half(store)
    before = journeys(store)
    with pytest.raises(InputError, match=why):
        judge(store, said)
    assert journeys(store) == before


def test_a_journey_is_accepted_or_waived(store: Store) -> None:
    lay(store)
    admit(store, *travel("AB12 CDE"))
    pair(store, 99_999)
    assert judge(store, Said("accepted")).facts.receipt
    waived = judge(store, Said("waived"))
    assert (waived.facts.receipt, waived.facts.verdict) == (None, "waived")


def test_a_judgement_of_what_has_changed_meanwhile_is_refused(store: Store) -> None:
    half(store)
    (old,) = journeys(store)
    judge(store, Said("waived"))
    with pytest.raises(Conflict), store.writing() as unit:
        tolldesk.judge(unit, old, Said("completed", "west", "east"), BY)


def mismatched(store: Store) -> None:
    """Have front and rear camera see two plates."""
    lay(store)
    admit(store, view("w1f", 0, "AB12 CDE"), view("w1r", 0.7, "XY98 ZWV"))


def test_one_vehicle_with_two_plates_becomes_one_passage(store: Store) -> None:
    mismatched(store)
    assert decide(store, "one vehicle", "ab12 cde") == 1
    (one,) = passages(store)
    assert (one.display, one.passage.cameras) == ("AB12 CDE", ("w1f", "w1r"))
    admit(store, *travel("AB12 CDE")[1:])
    pair(store, 99_999)
    assert [j.facts.state for j in journeys(store)] == ["complete"]


def test_two_vehicles_stay_two_and_are_not_asked_about_again(store: Store) -> None:
    mismatched(store)
    assert decide(store, "two vehicles") == 2
    admit(store, view("w2f", 1, "HJ56 KLM"))
    with store.reading() as unit:
        assert [one.verdict for one in unit.tolls.mismatches(MismatchQuery()).items] == ["two vehicles"]
        assert unit.tolls.mismatches(MismatchQuery(judged=False)).items == ()
    with pytest.raises(Conflict):
        decide(store, "two vehicles")
    with pytest.raises(InputError):
        decide(store, "one vehicle")
