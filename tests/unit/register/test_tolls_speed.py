"""Average speed, its error bar, and what may be claimed of it."""

from random import Random
from statistics import NormalDist

import pytest
from road import ROADS, SITE, USUAL, passage, view

from platewise.register.agreement import agreed
from platewise.register.passages import Passage
from platewise.register.readings import Misreads
from platewise.register.speed import Speed, average_speed

PLATE = "AB12CDE"


def speed(
    seconds: float = 200, metres: float = 6000, metres_off: float = 5, seconds_off: float = 0.1
) -> Speed:
    return Speed(metres, seconds, metres_off, seconds_off)


def measured(one: Passage, other: Passage) -> Speed:
    found = average_speed(one, other, SITE, ROADS)
    assert found
    return found


def test_the_road_and_the_clocks_are_those_of_the_site() -> None:
    found = measured(passage("west", 0, PLATE), passage("mid", USUAL, PLATE))
    assert (found.metres, found.seconds) == (6003, USUAL)  # mid reads 3 m behind its line
    assert found.metres_off == 5
    assert found.seconds_off == pytest.approx((0.1**2 + 0.2**2) ** 0.5 / 2)
    assert found.kmh == pytest.approx(3.6 * 6003 / 200)


def test_a_claim_is_as_sure_as_its_measures() -> None:
    found = speed()
    assert found.faster_than(found.kmh) == pytest.approx(0.5)
    low, high = found.bar
    assert low < found.kmh < high
    assert (found.faster_than(low), found.faster_than(high)) == pytest.approx((0.975, 0.025))
    assert found.faster_than(found.surely_above(0.999)) == pytest.approx(0.999)
    z = (6000 - 110 / 3.6 * 200) / (5**2 + (110 / 3.6 * 0.1) ** 2) ** 0.5
    assert found.faster_than(110) == pytest.approx(NormalDist().cdf(z))


def test_bars_hold_the_truth_as_often_as_they_say() -> None:
    rng, held, claims, wrong = Random(1), 0, 0, 0
    for _ in range(4000):
        true = rng.gauss(108, 3)
        found = speed(3.6 * 6000 / true + rng.gauss(0, 1.5), 6000 + rng.gauss(0, 60), 60, 1.5)
        held += found.bar[0] <= true <= found.bar[1]
        if found.faster_than(108) >= 0.95:
            claims += 1
            wrong += true <= 108
    assert held / 4000 == pytest.approx(0.95, abs=0.01)
    assert claims > 900
    assert wrong / 4000 < 0.05


def test_a_wider_error_claims_less() -> None:
    assert (
        speed().faster_than(107)
        > speed(seconds_off=1).faster_than(107)
        > speed(seconds_off=9).faster_than(107)
    )


def test_a_front_and_a_rear_plate_tell_no_speed() -> None:
    rear = view("m1r", USUAL, PLATE)
    behind = Passage("mid", (rear,), agreed([rear.sighting.reading], Misreads()))
    assert average_speed(passage("west", 0, PLATE), behind, SITE, ROADS) is None


def test_the_best_pair_of_clocks_measures() -> None:
    views = view("e1f", 2 * USUAL, PLATE), view("e1r", 2 * USUAL + 0.6, PLATE)
    both = Passage("east", views, agreed([v.sighting.reading for v in views], Misreads()))
    seen = view("w1f", 0, PLATE), view("w1r", 0.7, PLATE)
    start = Passage("west", seen, agreed([v.sighting.reading for v in seen], Misreads()))
    assert measured(start, both).seconds == pytest.approx(2 * USUAL - 0.1)  # rear to rear
    assert measured(start, both).metres == 12_000


@pytest.mark.parametrize("seconds", [0.0, -5.0, 0.5])
def test_what_no_clock_can_tell_is_no_speed(seconds: float) -> None:
    assert average_speed(passage("west", 0, PLATE), passage("mid", seconds, PLATE), SITE, ROADS) is None


def test_no_way_no_speed() -> None:
    assert average_speed(passage("mid", 0, PLATE), passage("west", USUAL, PLATE), SITE, ROADS) is None
