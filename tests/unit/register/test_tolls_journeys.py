"""Passages become journeys."""

from itertools import permutations
from random import Random

import pytest
from road import ROAD, ROADS, USUAL, at, passage, reading

from platewise.register.journeys import Journey, pair
from platewise.register.passages import Passage
from platewise.register.readings import Misreads
from platewise.register.roads import Roads
from platewise.register.site_map import parse

PLATE = "AB12CDE"


def told(*passages: Passage, roads: Roads = ROADS, misreads: Misreads | None = None) -> list[list[str]]:
    journeys = pair(passages, roads, misreads or Misreads())
    return [[f"{p.gate} {p.reading.text}" for p in journey.passages] for journey in journeys]


def trip(text: str, start: float = 0, *misread: str) -> list[Passage]:
    texts = misread or (text, text, text)
    return [
        passage(gate, start + n * USUAL, texts[n])
        for n, gate in enumerate(("west", "mid", "east"))
        if texts[n]
    ]


def only(*passages: Passage) -> Journey:
    (journey,) = pair(passages, ROADS)
    return journey


def test_a_whole_journey_in_whatever_order_it_is_told() -> None:
    for order in permutations(trip(PLATE)):
        journey = only(*order)
        assert journey.gates == ("west", "mid", "east")
        assert (journey.plate, journey.unseen, journey.id) == (PLATE, (), "w1f@0.0")
        assert (journey.entered, journey.ended) == (True, True)
        assert journey.state(at(2 * USUAL)) == "complete"
        assert journey.confidence > 0.9999


@pytest.mark.parametrize("texts", [("AB12CDE", "AB12CDF", "AB12CDE"), ("AB12CDE", "A812CDE", "A812CDE")])
def test_misreads_do_not_break_a_journey(texts: tuple[str, str, str]) -> None:
    assert len(told(*trip(PLATE, 0, *texts))) == 1


def test_what_most_gates_read_is_the_plate() -> None:
    assert only(*trip(PLATE, 0, "AB12CDF", PLATE, PLATE)).plate == PLATE
    doubtful = only(*trip(PLATE, 0, "AB12CDF", "", PLATE))
    assert doubtful.confidence < 0.6 < only(*trip(PLATE, 0, PLATE, "", PLATE)).confidence


def test_a_missed_gate_is_on_the_way_all_the_same() -> None:
    journey = only(*trip(PLATE, 0, PLATE, "", PLATE))
    assert journey.gates == ("west", "mid", "east")
    assert journey.unseen == ("mid",)


@pytest.mark.parametrize(
    ("texts", "state"),
    [
        ((PLATE, PLATE, ""), "exit missing"),
        (("", PLATE, PLATE), "entry missing"),
        (("", PLATE, ""), "both missing"),
    ],
)
def test_missing_ends_are_told_once_nothing_can_follow(texts: tuple[str, str, str], state: str) -> None:
    journey = only(*trip(PLATE, 0, *texts))
    if not journey.ended:
        assert journey.state(journey.over_at) == "under way"
    assert journey.state(at(24 * 3600)) == state


def test_nothing_follows_the_last_gate() -> None:
    journey = only(*trip(PLATE))
    assert journey.over_at == journey.passages[-1].at
    assert only(*trip(PLATE, 0, PLATE, "", "")).over_at > at(3600)


@pytest.mark.parametrize("seconds", [-USUAL, 0, 60, 24 * 3600])
def test_nobody_is_in_two_places_flies_or_sleeps_on_the_road(seconds: float) -> None:
    assert len(told(passage("west", 0, PLATE), passage("mid", seconds, PLATE))) == 2


def test_a_vehicle_that_rests_is_still_on_its_journey() -> None:
    assert len(told(passage("west", 0, PLATE), passage("mid", USUAL + 1800, PLATE))) == 1


def test_the_same_vehicle_may_come_again() -> None:
    assert len(told(*trip(PLATE), *trip(PLATE, 3600))) == 2


def test_neighbours_with_like_plates_keep_their_own_journeys() -> None:
    a, b = trip("AB12CDE"), trip("AB12CDF", 3)
    assert told(*a, *b) == [[f"{g} {t}" for g in ("west", "mid", "east")] for t in ("AB12CDE", "AB12CDF")]


def test_a_misread_goes_to_whom_it_lacks() -> None:
    """The second car is read as the first at mid: the first has its own reading there."""
    a, b = trip("AB12CDE"), trip("AB12CDF", 3, "AB12CDF", "AB12CDE", "AB12CDF")
    assert [len(journey) for journey in told(*a, *b)] == [3, 3]
    assert [journey.plate for journey in pair([*a, *b], ROADS)] == ["AB12CDE", "AB12CDF"]


def test_two_gates_against_two_are_two_vehicles() -> None:
    slip = ROAD.replace('{name = "mid"}', '{name = "mid", ends = 0.3}, {name = "far", begins = 0.3}')
    slip = slip.replace(
        "segments = [", 'segments = [{from = "mid", to = "far", metres = 3000, tolerance = 5},'
    )
    slip = slip.replace('{from = "mid", to = "east", ', '{from = "far", to = "east", ')
    roads = Roads.of(parse(slip))
    one = [passage("west", 0, "AB12CDE"), passage("mid", 200, "AB12CDE")]
    seen = passage("mid", 308, "AB12CDF")
    other = [Passage("far", seen.views, seen.told), passage("east", 508, "AB12CDF")]
    at_site = Misreads(chance=0.2)  # plates of one town
    assert [len(j) for j in told(*one, *other, roads=roads, misreads=at_site)] == [2, 2]
    assert [len(j) for j in told(*one, other[0], roads=roads, misreads=at_site)] == [3]


def test_a_blurred_sign_is_a_smaller_mistake_than_a_clear_one() -> None:
    first = passage("west", 0, PLATE)
    clear, blurred = passage("mid", USUAL, "AB12CDX"), passage("mid", USUAL, "", reading("AB12CDX", {6: "E"}))
    assert only(first, blurred).margin > only(first, clear).margin + 2


def test_unread_passages_stay_alone() -> None:
    assert told(passage("west", 0, ""), passage("mid", USUAL, ""), passage("east", 2 * USUAL, PLATE)) == [
        ["west "],
        ["mid "],
        [f"east {PLATE}"],
    ]


def test_nothing_makes_no_journey() -> None:
    assert pair([], ROADS) == ()


def test_a_plate_with_a_lost_sign_is_still_found() -> None:
    assert len(told(*trip(PLATE, 0, PLATE, "AB12CD", PLATE))) == 1


def test_told_as_it_happens_journeys_are_those_of_the_whole_day() -> None:
    rng = Random(1)
    plates = [f"AB{rng.randrange(10, 99)}C{rng.choice('DEF')}{rng.choice('XYZ')}" for _ in range(60)]
    day = [
        p for n, plate in enumerate(dict.fromkeys(plates)) for p in trip(plate, 40 * n) if rng.random() < 0.9
    ]
    day.sort(key=lambda one: one.at)
    whole = {tuple(p.key for p in journey.passages) for journey in pair(day, ROADS)}
    waiting: list[Passage] = []
    over: set[tuple[str, ...]] = set()
    for minute in [*range(0, 60, 5), 24 * 60]:
        now = at(60 * minute)
        waiting += [
            one for one in day if one.at <= now and one not in waiting and not any(one.key in j for j in over)
        ]
        ready = [journey for journey in pair(waiting, ROADS) if journey.over_at < now]
        over |= {tuple(p.key for p in journey.passages) for journey in ready}
        waiting = [one for one in waiting if not any(one.key in journey for journey in over)]
    assert (over, waiting) == (whole, [])
    assert len(whole) > 50
