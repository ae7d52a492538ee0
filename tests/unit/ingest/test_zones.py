import numpy as np
import pytest

from platewise.core.frame import Frame
from platewise.core.geometry import Quad, quad_of
from platewise.errors import InputError
from platewise.ingest.zones import Zones, polygon

FRAME = Frame(np.zeros((100, 200, 3), np.uint8))
LEFT, RIGHT = polygon("0,0 0.5,0 0.5,1 0,1"), polygon("0.5,0 1,0 1,1 0.5,1")


def at(x: float, y: float) -> Quad:
    return quad_of((x - 10, y - 3, 20, 6))


@pytest.mark.parametrize(
    ("zones", "x", "counts"),
    [
        (Zones(), 30, True),
        (Zones(interest=LEFT), 30, True),
        (Zones(interest=LEFT), 150, False),
        (Zones(masks=[LEFT]), 30, False),
        (Zones(masks=[LEFT]), 150, True),
        (Zones(interest=LEFT, masks=[polygon("0,0 0.2,0 0.2,1 0,1")]), 30, False),
    ],
)
def test_plates_count_in_the_region_of_interest_and_in_no_mask(zones: Zones, x: float, counts: bool) -> None:
    assert zones.counts(at(x, 50), FRAME) is counts


def test_a_plate_is_in_the_lane_that_holds_its_middle() -> None:
    zones = Zones(lanes={"out": LEFT, "in": RIGHT})
    assert [zones.lane(at(x, 50), FRAME) for x in (30, 150)] == ["out", "in"]
    assert Zones().lane(at(30, 50), FRAME) is None


def test_only_the_window_around_the_region_of_interest_is_read() -> None:
    assert Zones().window(FRAME) == (slice(0, 100), slice(0, 200))
    assert Zones(interest=polygon("0.25,0.5 0.75,0.5 0.5,1")).window(FRAME) == (
        slice(50, 100),
        slice(50, 150),
    )


@pytest.mark.parametrize(
    "text",
    ["", "0,0", "0,0 1,1", "0,0 1,1 2,0", "a,b c,d e,f", "0,0 1,0 0.5,0", "0,0 1 1,1", "nan,0 1,0 1,1"],
)
def test_what_is_no_polygon_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="polygon"):
        polygon(text)
