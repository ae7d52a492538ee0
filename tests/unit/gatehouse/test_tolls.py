"""The gatehouse under gantries: sightings become passages, passages journeys; both follow what people say."""

from dataclasses import replace

import pytest
from tolling import ROAD, SITE, admit, at, journeys, kinds, lay, pair, passages, told, travel, view

from platewise import gatehouse
from platewise.core.plate import Plate, normalise
from platewise.gatehouse import applying
from platewise.gatehouse.pairing import Pairer
from platewise.gatehouse.siting import in_force
from platewise.register.site_file import parse
from platewise.store.protocol import Store
from platewise.store.records import Review, Verdict
from platewise.store.site import Camera, Entry, Gate, PlateList
from platewise.store.tolling import MismatchQuery


def review(store: Store, read: int, text: str | None, verdict: Verdict = "corrected") -> None:
    plate = Plate(normalise(text), None, text) if text else None
    with store.writing() as unit:
        gatehouse.review(unit, Review(read, verdict, "ann", at(9999), "", plate))


def test_views_of_one_vehicle_are_one_passage(store: Store) -> None:
    lay(store)
    done = admit(
        store,
        view("w1f", 0, "AB12 CDE"),
        view("w1r", 0.7, "AB12 CDE"),
        view("w2f", 0.2, "HJ56 KLM"),
        view("w1r", 5.7, ""),
        view("w1f", 5.0, "ZZ99 ZZZ"),
    )
    assert kinds(done) == ["Passed", "Repeated", "Passed", "Unread", "Passed"]
    found = passages(store)
    assert [one.display for one in found] == ["AB12 CDE", "HJ56 KLM", "ZZ99 ZZZ"]
    assert [one.passage.cameras for one in found] == [("w1f", "w1r"), ("w2f",), ("w1f", "w1r")]
    (first, again, *_) = told(store, "Passed") + told(store, "Repeated")
    assert first["passage"] == found[0].id
    assert [one["passage"] for one in told(store, "Repeated")] == [found[0].id]
    assert (first["gate"], first["lane"], first["direction"]) == ("west", "west-1", "in")
    assert again["plate"] == "HJ56KLM"


def test_a_told_again_arrival_changes_nothing(store: Store) -> None:
    lay(store)
    for _ in range(2):
        done = admit(store, *travel("AB12 CDE"))
        pair(store, 500)
    assert kinds(done) == ["Passed"] * 3
    assert not any(one.new for one in done)
    assert len(passages(store)) == 3
    assert len(journeys(store)) == len(told(store)) == 1


def test_a_journey_is_paired_priced_and_timed(store: Store) -> None:
    lay(store)
    admit(store, *travel("AB12 CDE"))
    assert pair(store, 410) == 1
    (one,) = journeys(store)
    assert (one.facts.state, one.facts.final) == ("complete", False)
    assert told(store) == []
    assert pair(store, 470) == 1
    (one,) = journeys(store)
    facts = one.facts
    assert (one.display, facts.gates, facts.final) == ("AB12 CDE", ("west", "mid", "east"), True)
    assert facts.receipt
    assert (str(facts.receipt.total), facts.receipt.currency, facts.vehicle) == ("3.20", "EUR", "car")
    assert facts.speed
    assert facts.speed.kmh == pytest.approx(108, abs=0.1)
    assert facts.speed.low < 108 < facts.speed.high
    assert facts.confidence > 0.99
    (event,) = told(store)
    assert (event["journey"], event["plate"], event["total"]) == (one.id, "AB12CDE", "3.20")
    assert event["passages"] == list(one.passages) == [p.id for p in passages(store, journey=one.id)]
    assert pair(store, 9999) == 0
    assert len(told(store)) == 1


def test_a_lorry_pays_as_one_by_the_list_of_its_plate(store: Store) -> None:
    lay(store)
    with store.writing() as unit:
        unit.lists.put(PlateList("lorries", "known"))
        unit.lists.add("lorries", [Entry("AB12CDE")])
    admit(store, *travel("AB12 CDE"))
    pair(store, 500)
    (one,) = journeys(store)
    assert one.facts.receipt
    assert (one.facts.vehicle, str(one.facts.receipt.total)) == ("lorry", "9.50")


def test_a_misread_is_paired_and_the_plate_agreed(store: Store) -> None:
    lay(store)
    admit(store, view("w1f", 0, "AB12 CDE"), view("m1f", 200, "AB12 CDF"), view("e1f", 400, "AB12 CDE"))
    pair(store, 500)
    (one,) = journeys(store)
    assert (one.facts.plate, len(one.passages)) == ("AB12CDE", 3)


def test_an_exit_that_nobody_saw_is_told_when_it_cannot_come_any_more(store: Store) -> None:
    lay(store)
    admit(store, *travel("AB12 CDE")[:2])
    pair(store, 500)
    assert [one.facts.state for one in journeys(store)] == ["under way"]
    pair(store, 99_999)
    (one,) = journeys(store)
    assert (one.facts.state, one.facts.look, one.facts.receipt) == ("exit missing", "exit missing", None)
    assert [one.facts.look for one in journeys(store, look=True)] == ["exit missing"]
    assert journeys(store, look=False) == []


def test_what_comes_late_joins_a_journey_that_was_over(store: Store) -> None:
    lay(store)
    west, mid, east = travel("AB12 CDE")
    admit(store, west, east)
    pair(store, 500)
    (before,) = journeys(store)
    assert len(before.passages) == 2
    admit(store, mid)
    pair(store, 99_999)
    (after,) = journeys(store)
    assert (after.id, len(after.passages)) == (before.id, 3)
    assert after.facts.gates == ("west", "mid", "east")


def test_an_entry_told_late_finds_the_exit_that_is_over(store: Store) -> None:
    lay(store)
    west, _, east = travel("AB12 CDE")
    admit(store, east)
    pair(store, 500)
    assert [one.facts.state for one in journeys(store)] == ["entry missing"]
    admit(store, west)
    pair(store, 510)
    assert [one.facts.state for one in journeys(store)] == ["complete"]


def test_two_halves_become_one_and_the_event_says_which_is_gone(store: Store) -> None:
    lay(store)
    west, mid, east = travel("AB12 CDE")
    admit(store, mid, east)
    pair(store, 99_999)
    (half,) = journeys(store)
    assert half.facts.state == "entry missing"
    admit(store, west)
    pair(store, 99_999)
    (whole,) = journeys(store)
    assert whole.facts.state == "complete"
    events = told(store)
    assert [event["state"] for event in events] == ["entry missing", "complete"]
    gone = {half.id} - {whole.id}
    assert set(events[-1]["replaces"]) == gone  # type: ignore[call-overload]


def test_a_correction_reaches_passage_and_journey(store: Store) -> None:
    lay(store)
    done = admit(
        store, view("w1f", 0, "AB12 CDE"), view("m1f", 200, "XY98 ZWV"), view("e1f", 400, "AB12 CDE")
    )
    pair(store, 99_999)
    assert sorted(one.facts.plate for one in journeys(store)) == ["AB12CDE", "XY98ZWV"]
    review(store, done[1].reads[0].id, "AB12 CDE")
    assert [one.display for one in passages(store)] == ["AB12 CDE"] * 3
    pair(store, 99_999)
    (one,) = journeys(store)
    assert len(one.passages) == 3
    assert len(passages(store, plate="ab 12 cde")) == 3


def test_a_rejected_read_leaves_a_passage_without_a_plate(store: Store) -> None:
    lay(store)
    done = admit(store, *travel("AB12 CDE"), view("m1f", 300, "P4RK ING"))
    pair(store, 99_999)
    assert len(journeys(store)) == 2
    review(store, done[3].reads[0].id, None, "rejected")
    pair(store, 99_999)
    (one,) = journeys(store)
    assert one.facts.plate == "AB12CDE"
    (blank,) = passages(store, unread=True)
    assert (blank.passage.gate, blank.journey, blank.settled) == ("mid", None, True)
    assert told(store)[-1]["state"] == "withdrawn"


def test_an_unread_plate_that_a_person_reads_travels(store: Store) -> None:
    lay(store)
    done = admit(store, view("w1f", 0, ""), *travel("AB12 CDE")[1:])
    pair(store, 99_999)
    assert [one.facts.state for one in journeys(store)] == ["entry missing"]
    review(store, done[0].reads[0].id, "AB12 CDE")
    pair(store, 99_999)
    assert [one.facts.state for one in journeys(store)] == ["complete"]


def test_front_and_rear_that_differ_are_told_as_a_mismatch(store: Store) -> None:
    lay(store)
    admit(store, view("w1f", 0, "AB12 CDE"), view("w1r", 0.7, "XY98 ZWV"))
    with store.reading() as unit:
        (one,) = unit.tolls.mismatches(MismatchQuery(judged=False)).items
    assert (one.gate, one.at) == ("west", at(0))
    assert [p.display for p in passages(store)] == ["AB12 CDE", "XY98 ZWV"]


def test_a_camera_moved_by_hand_counts_where_it_is(store: Store) -> None:
    lay(store)
    with store.writing() as unit:
        unit.site.put(Camera("new", lane="west-2"))
        unit.site.put(Camera("m1f", lane=None))
    done = admit(store, view("new", 0, "AB12 CDE"), view("m1f", 200, "AB12 CDE"))
    assert kinds(done) == ["Passed", "Passed"]
    assert [one.passage.gate for one in passages(store)] == ["west"]
    with store.writing() as unit:
        unit.site.remove(Camera("new"))  # what it saw stays, and stands in nobody's way
    admit(store, view("w1f", 0.4, "AB12 CDE"))
    assert len(passages(store)) == 2


def test_a_correction_reaches_what_a_camera_saw_that_is_gone(store: Store) -> None:
    lay(store)
    done = admit(
        store,
        view("w1f", 0, "AB12 CDE"),
        view("w1r", 0.7, "AB12 CDE"),
        view("m1f", 200, "XY98 ZWV"),
        view("e1f", 400, "AB12 CDE"),
    )
    pair(store, 99_999)
    with store.writing() as unit:
        unit.site.remove(Camera("m1f"))
        unit.site.remove(Camera("w1r"))
    review(store, done[2].reads[0].id, "AB12 CDE")
    assert [one.display for one in passages(store)] == ["AB12 CDE"] * 3
    pair(store, 99_999)
    (one,) = journeys(store)
    assert len(one.passages) == 3
    for number in (0, 1):
        review(store, done[number].reads[0].id, "HJ56 KLM")
    assert [(one.display, one.passage.cameras) for one in passages(store)] == [
        ("HJ56 KLM", ("w1f", "w1r")),
        ("AB12 CDE", ("m1f",)),
        ("AB12 CDE", ("e1f",)),
    ]
    review(store, done[2].reads[0].id, None, "rejected")
    assert [one.passage.cameras for one in passages(store, unread=True)] == [("m1f",)]


def test_a_camera_that_is_gone_holds_no_journeys_up(store: Store) -> None:
    lay(store)
    admit(store, *travel("AB12 CDE"), *travel("HJ56 KLM", 50))
    with store.writing() as unit:
        unit.site.remove(Camera("w1f"))
        unit.site.put(Camera("m1f", lane="east-1"))
    pair(store, 99_999)
    found = journeys(store)
    assert [(one.facts.state, one.facts.speed) for one in found] == [("complete", None)] * 2


def test_a_correction_moves_no_passage_with_its_camera(store: Store) -> None:
    lay(store)
    done = admit(store, view("w1f", 0, "AB12 CDE"))
    with store.writing() as unit:
        unit.site.put(Camera("w1f", lane="mid-1"))
    review(store, done[0].reads[0].id, "AB12 CDF")
    assert [(one.display, one.passage.gate) for one in passages(store)] == [("AB12 CDF", "west")]


def test_a_gantry_removed_by_hand_leaves_the_others_their_journeys(store: Store) -> None:
    lay(store)
    with store.writing() as unit:
        unit.site.remove(Gate("mid"))  # the tariff that was applied still names it
    admit(store, view("w1f", 0, "AB12 CDE"), view("e1f", 400, "AB12 CDE"))
    pair(store, 99_999)
    assert [(one.facts.gates, one.facts.look) for one in journeys(store)] == [
        (("west",), "no price"),
        (("east",), "no price"),
    ]


def test_what_was_seen_at_a_gantry_before_it_was_removed_holds_nothing_up(store: Store) -> None:
    lay(store)
    admit(store, *travel("AB12 CDE"))
    with store.writing() as unit:
        unit.site.remove(Gate("mid"))
    assert pair(store, 99_999) == 2


def test_gantries_where_no_road_leads_only_count(store: Store) -> None:
    lone = parse(
        'name = "x"\ngates = [{name = "g"}]\nlanes = [{name = "l", gate = "g"}]\n'
        'cameras = [{name = "c", lane = "l"}]'
    )
    lay(store, lone)
    admit(store, view("c", 0, "AB12 CDE"))
    assert pair(store, 99_999) == 0
    assert [one.settled for one in passages(store)] == [True]


def test_a_judged_journey_is_left_alone(store: Store) -> None:
    lay(store)
    west, mid, east = travel("AB12 CDE")
    admit(store, west, east)
    pair(store, 500)
    (one,) = journeys(store)
    with store.writing() as unit:
        unit.tolls.judge(one, replace(one.facts, verdict="accepted", look=""))
    admit(store, mid)
    pair(store, 99_999)
    judged, lone = sorted(journeys(store), key=lambda j: j.id)
    assert (judged.facts.verdict, len(judged.passages), judged.facts.confidence) == ("accepted", 2, 1.0)
    assert lone.facts.state == "both missing"


def test_a_new_tariff_holds_for_journeys_that_begin_under_it(store: Store) -> None:
    lay(store)
    dearer = parse(ROAD + "\n[tariff]\nname='Road'\ncurrency='EUR'\nclasses=[{name='car'}]\n"
                    "prices=[{from='west',to='east',price={car=5}}]")  # fmt: skip
    with store.writing() as unit:
        told_ = applying.apply(unit, dearer, at(1000), "ann")
    assert "~ tariff price west to east: car 3.2 becomes 5, lorry 9.5 becomes none" in told_
    admit(store, *travel("AB12 CDE"), *travel("HJ56 KLM", 2000))
    pair(store, 99_999)
    totals = [str(one.facts.receipt.total) for one in journeys(store) if one.facts.receipt]
    assert totals == ["3.20", "5.00"]


def test_another_name_and_another_order_of_lanes_or_classes_are_changes(store: Store) -> None:
    lay(store)
    assert SITE.tariff
    tariff = SITE.tariff.model_copy(update={"classes": SITE.tariff.classes[::-1]})
    turned = SITE.model_copy(update={"name": "ring", "lanes": SITE.lanes[::-1], "tariff": tariff})
    with store.writing() as unit:
        told_ = applying.apply(unit, turned, at(1000), "ann")
        assert told_ == (
            *("~ site: name road becomes ring", "~ lanes: another order", "~ tariff classes: another order"),
        )
        held = in_force(unit)
        assert held
        assert (held.name, held.lanes, held.tariff) == ("ring", turned.lanes, tariff)
        assert applying.apply(unit, turned, at(2000), "ann") == ()


def test_the_pairer_looks_once_where_nothing_has_changed(store: Store) -> None:
    lay(store)
    pairer = Pairer(store)
    assert pairer.look() == 0
    admit(store, *travel("AB12 CDE"))  # long ago by the clock: over at once
    assert [pairer.look() for _ in range(3)] == [1, 0, 0]
    assert [one.facts.final for one in journeys(store)] == [True]
    assert SITE.travelled == {"west", "mid", "east"}
