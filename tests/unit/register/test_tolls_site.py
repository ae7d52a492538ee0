"""What a site file may say, and what its roads let expect."""

from math import exp, log, pi, sqrt

import pytest
from road import ROAD, ROADS, SITE, USUAL

from platewise.errors import InputError
from platewise.register.roads import MOST_MISSED, VANISHED, Roads
from platewise.register.site_map import parse

MISSED = 0.02


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("metres = 6000, tolerance = 10", "tolerance = 10"), "segments.0.metres: Field required"),
        (('lane = "west-2"', 'lane = "west-9"'), "camera 'w2f' names lane 'west-9'; there are east-1"),
        (
            ('gate = "mid"', 'gate = "nowhere"'),
            "lane 'mid-1' names gate 'nowhere'; there are east, mid, west",
        ),
        (('to = "east"', 'to = "mid"'), "from 'mid' to itself"),
        (('to = "east"', 'to = "esat"'), "the segment from 'mid' to 'esat' names gate 'esat'"),
        (('name = "w3f"', 'name = "w1f"'), "two cameras are named 'w1f'"),
        (('name = "mid"}', 'name = "west"}'), "two gates are named 'west'"),
        (("tolerance = 10,", "tolerance = 6000,"), "its tolerance is its whole length"),
        (("side =", "sides ="), "cameras.1.sides: Extra inputs are not permitted"),
        (('direction = "in"', 'direction = "inn"'), "gates.0.direction"),
        (("gates = [", "gates = [["), "the site file is no TOML"),
    ],
)
def test_a_fault_is_named_with_its_place(change: tuple[str, str], told: str) -> None:
    assert change[0] in ROAD
    with pytest.raises(InputError) as caught:
        parse(ROAD.replace(*change, 1))
    assert told in str(caught.value)


def test_numbers_and_options_are_plain() -> None:
    site = parse(ROAD.replace('name = "w3f"', 'name = "w3f", offset = -1.5, options = {gain = 1.5}'))
    camera = site.camera("w3f")
    assert camera
    assert (camera.offset, camera.options) == (-1.5, {"gain": 1.5})
    assert type(camera.options["gain"]) is float


def test_records_are_found_by_name() -> None:
    lane, camera = SITE.lane("mid-1"), SITE.camera("m1f")
    assert lane
    assert camera
    assert (lane.gate, camera.lane, camera.side) == ("mid", "mid-1", "front")
    assert SITE.lane("m1f") is SITE.camera("mid-1") is None


def test_ways_lead_past_gates_that_do_not_see() -> None:
    assert ROADS.ways.keys() == {("west", "mid"), ("west", "east"), ("mid", "east")}
    (past,) = ROADS.ways["west", "east"]
    assert past.gates == ("west", "mid", "east")
    assert (past.metres, past.seconds) == (12_000, 2 * USUAL)
    assert past.chance == pytest.approx(MISSED * (1 - MISSED))
    assert past.uncertain == pytest.approx(sqrt(2) * 5)


def test_who_is_seen_first_or_last_somewhere() -> None:
    assert ROADS.first == pytest.approx({"west": 1, "mid": MISSED + VANISHED, "east": MISSED**2 + VANISHED})
    assert ROADS.last == pytest.approx({"west": MISSED**2 + VANISHED, "mid": MISSED + VANISHED, "east": 1})
    assert ROADS.entered == {"west": 1, "mid": 0, "east": 0}
    assert ROADS.ended == {"west": 0, "mid": 0, "east": 1}


def test_slip_roads_leave_a_doubt_about_the_ends() -> None:
    roads = Roads.of(parse(ROAD.replace('{name = "mid"}', '{name = "mid", begins = 0.3, ends = 0.1}')))
    assert roads.entered["mid"] == pytest.approx(0.3 / (0.3 + 0.7 * MISSED))
    assert roads.ended["mid"] == pytest.approx(0.1 / (0.1 + 0.9 * MISSED))
    assert roads.ways["west", "mid"][0].chance == pytest.approx(1 - MISSED)
    assert roads.ways["west", "east"][0].chance == pytest.approx(MISSED * 0.9 * (1 - MISSED))


def test_the_chances_of_all_that_can_follow_add_up() -> None:
    roads = Roads.of(parse(ROAD.replace('{name = "mid"}', '{name = "mid", ends = 0.1}')))
    onwards = sum(way.chance for (begin, _), ways in roads.ways.items() if begin == "west" for way in ways)
    assert onwards + roads.last["west"] - VANISHED == pytest.approx(1)


def test_a_ring_is_followed_only_so_far() -> None:
    ring = """name = "ring"
    gates = [{name = "a"}, {name = "b"}]
    segments = [{from = "a", to = "b", metres = 1000, tolerance = 1},
                {from = "b", to = "a", metres = 1000, tolerance = 1}]"""
    roads = Roads.of(parse(ring))
    assert max(len(way.gates) for ways in roads.ways.values() for way in ways) == MOST_MISSED + 2
    assert {way.gates for way in roads.ways["a", "a"]} == {("a", "b", "a")}


def test_travel_times_are_log_normal_and_some_rest() -> None:
    (way,) = ROADS.ways["west", "mid"]
    width = 0.5
    steps = range(int(way.fastest / width), int(way.slowest / width) + 1)
    assert sum(way.density(width * n) * width for n in steps) == pytest.approx(1, abs=0.002)
    rested = way.stops * exp(-100 / way.stop) / way.stop
    off = log(1.5) / way.spread
    driven = (1 - way.stops) * exp(-off * off / 2) / (300 * way.spread * sqrt(2 * pi))
    assert way.density(USUAL + 100) == pytest.approx(driven + rested)
    assert way.density(way.fastest * 0.99) == way.density(-1) == way.density(way.slowest + 1) == 0
