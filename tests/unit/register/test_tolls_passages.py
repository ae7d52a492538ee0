"""Views of one vehicle become one passage."""

from itertools import permutations

import pytest
from road import SITE, at, reading, view

from platewise.errors import InputError
from platewise.register.agreement import agreed
from platewise.register.fusing import fuse
from platewise.register.passages import View
from platewise.register.readings import Misreads, Reading

PLATE, OTHER = "AB12CDE", "XY98ZWV"


def keys(*views: View) -> list[set[str]]:
    return [{view.sighting.key for view in passage.views} for passage in fuse(views, SITE).passages]


def test_front_and_rear_are_one_vehicle_in_whatever_order_they_come() -> None:
    views = view("w1f", 0, PLATE), view("w1r", 0.7, PLATE), view("w2f", 0.1, OTHER)
    for order in permutations(views):
        told = fuse(order, SITE).passages
        assert [passage.cameras for passage in told] == [("w1f", "w1r"), ("w2f",)]
        assert [passage.key for passage in told] == ["w1f@0", "w2f@0.1"]
        assert [passage.reading.text for passage in told] == [PLATE, OTHER]
    assert told[0].at == at(0)
    assert told[0].probability > told[1].probability > 0.9


@pytest.mark.parametrize(
    ("camera", "seconds", "text", "together"),
    [
        ("w2f", 0.2, PLATE, True),  # between two lanes
        ("w2r", 0.8, PLATE, True),  # it changed lanes
        ("w3f", 0.2, PLATE, False),  # two lanes away
        ("w1r", 2.5, PLATE, False),  # too late
        ("w1r", 0.7, "AB12CDF", True),  # one sign misread
        ("w1r", 0.7, OTHER, False),
        ("w1r", 0.7, "", True),  # nobody could read it
        ("w2f", 0.2, "", False),  # could be anybody's
        ("w1f", 0.4, PLATE, True),  # told twice
        ("w1f", 0.4, OTHER, False),
        ("m1f", 0.2, PLATE, False),  # another gantry
    ],
)
def test_what_makes_one_vehicle(camera: str, seconds: float, text: str, together: bool) -> None:
    assert len(keys(view("w1f", 0, PLATE), view(camera, seconds, text))) == 2 - together


def test_two_cars_side_by_side_keep_their_own_plates() -> None:
    a, b = "AB12CDE", "AB12CDF"
    views = view("w1f", 0, a), view("w2f", 0.1, b), view("w1r", 0.6, a), view("w2r", 0.7, b)
    assert keys(*views) == [{"w1f@0", "w1r@0.6"}, {"w2f@0.1", "w2r@0.7"}]


def test_the_likeliest_assignment_of_all_joins_them() -> None:
    """Each rear reading alone is nearest to the first car; but there are two."""
    views = view("w1f", 0, "AB12CDE"), view("w1f", 0.9, "AB12CXX"), view("w1r", 0.5, "AB12CDE")
    assert keys(*views, view("w1r", 1.2, "AB12CDX")) == [{"w1f@0", "w1r@0.5"}, {"w1f@0.9", "w1r@1.2"}]


def test_a_front_and_a_rear_plate_that_differ_are_told() -> None:
    told = fuse([view("w1f", 0, PLATE), view("w1r", 0.7, OTHER), view("w3f", 0.2, "CD34EFG")], SITE)
    assert told.mismatches == (("w1f@0", "w1r@0.7"),)
    assert len(told.passages) == 3
    fits = fuse([view("w1f", 0, PLATE), view("w1r", 0.7, PLATE), view("w1f", 1.2, OTHER)], SITE)
    assert not fits.mismatches


def test_a_mismatch_needs_one_lane_and_one_moment() -> None:
    assert not fuse([view("w1f", 0, PLATE), view("w2r", 0.7, OTHER)], SITE).mismatches
    assert not fuse([view("w1f", 0, PLATE), view("w1r", 5, OTHER)], SITE).mismatches


def test_a_camera_that_the_site_lacks_is_told() -> None:
    with pytest.raises(InputError, match="has no camera 'q9'"):
        fuse([view("q9", 0, PLATE)], SITE)


def test_later_views_change_nothing_that_is_over() -> None:
    views = [
        view(f"w1{'fr'[n % 2]}", n // 2 * 4 + n % 2 * 0.7, PLATE[:-1] + "ABCDEFGH"[n // 2]) for n in range(12)
    ]
    whole = fuse(views, SITE).passages
    assert len(whole) == 6
    assert fuse(views[:8], SITE).passages == whole[:4]


def test_two_readings_are_surer_than_either() -> None:
    one = agreed([Reading.of(PLATE)], Misreads())
    two = agreed([Reading.of(PLATE), Reading.of(PLATE)], Misreads())
    assert one.probability == pytest.approx((1 - 0.005) ** 7, rel=1e-3)
    assert 1 - two.probability < 1e-4


def test_a_doubtful_sign_gives_way_to_a_clear_one() -> None:
    blurred = reading("A812CDE", {1: "B"})
    told = agreed([blurred, Reading.of(PLATE)], Misreads())
    assert told.reading.text == PLATE
    assert told.probability > 0.9


def test_what_agrees_is_a_text_that_was_read() -> None:
    told = agreed([reading("AB12CDX", {6: "E"}), reading("AX12CDE", {1: "B"})], Misreads())
    assert told.reading.text in {"AB12CDX", "AX12CDE"}


def test_readings_of_another_length_do_not_mix() -> None:
    assert agreed([Reading.of(PLATE), Reading.of("AB12CD")], Misreads()).reading.text == PLATE
    assert agreed([Reading("")], Misreads()) == (Reading(""), 0.0, 0)
