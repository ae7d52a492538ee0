from itertools import pairwise

import numpy as np
import pytest

from platewise.core.frame import Pixels
from platewise.core.geometry import sides
from platewise.regions.library import select
from platewise.synth.paste import homography, warp
from platewise.synth.plates import DrawnPlate
from platewise.synth.road import HEIGHT, NEAR, PLATE, Road
from platewise.synth.sprites import sprite
from platewise.synth.traffic import Traffic, Vehicle, plate_of, timetable
from platewise.synth.video import Film, Sky

REGIONS = select(["de", "us"])
ROAD = Road(2, 640, 360)
TRAFFIC = Traffic(3, ROAD, fps=10, speed=90, receding=1, seed=4)


def film(traffic: Traffic = TRAFFIC, sky: Sky | None = None) -> tuple[Film, list[Pixels]]:
    made = Film(traffic, REGIONS, sky or Sky())
    return made, [shot.pixels for shot in made]


def test_the_same_seed_gives_the_same_film_and_truth() -> None:
    (one, first), (other, second) = film(), film()
    assert len(one) == len(first) == len(second)
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
    assert list(one.truths(boxes=True)) == list(other.truths(boxes=True))
    different, _ = film(Traffic(3, ROAD, fps=10, speed=90, receding=1, seed=5))
    assert list(different.truths()) != list(one.truths())


def test_the_truth_is_what_the_frames_show() -> None:
    made = Film(TRAFFIC, REGIONS)
    shots = list(made)
    for line in made.truths(boxes=True):
        vehicle = next(v for v in made.vehicles if v.number == line["vehicle"])
        assert line["plate"] == plate_of(vehicle, TRAFFIC, REGIONS).text
        assert line["lane"] == f"lane{vehicle.lane + 1}"
        assert line["direction"] == ("receding" if vehicle.lane == 0 else "approaching")
        assert line["km_h"] == pytest.approx(90, rel=0.09)
        assert [int(frame) for frame in line["boxes"]] == list(range(line["first"], line["last"] + 1))
        widths = [box[2] for box in line["boxes"].values()]
        assert (widths[-1] > widths[0]) is (line["direction"] == "approaching")
        assert line["widest"] == max(widths)
    seen = {(n, v) for n, shot in enumerate(shots) for v, _ in shot.plates}
    told = {(int(f), line["vehicle"]) for line in made.truths(boxes=True) for f in line["boxes"]}
    assert seen == told


@pytest.mark.parametrize("sky", [Sky(), Sky(night=True), Sky(rain=True)])
def test_the_plate_is_drawn_where_the_truth_says(sky: Sky) -> None:
    made = Film(TRAFFIC, REGIONS, sky)
    best = max(((shot, v, q) for shot in made for v, q in shot.plates), key=lambda found: sides(found[2])[0])
    shot, number, quad = best
    vehicle = next(v for v in made.vehicles if v.number == number)
    plate: DrawnPlate = plate_of(vehicle, TRAFFIC, REGIONS)
    size = (96, round(96 * sides(plate.quad)[1] / sides(plate.quad)[0]))
    corners = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    found, wanted = (
        warp(pixels, homography(at, corners), size).mean(2).ravel()
        for pixels, at in ((shot.pixels, quad), (plate.pixels, plate.quad))
    )
    assert np.corrcoef(found, wanted)[0, 1] > 0.6


def test_night_is_dark_and_rain_is_dull() -> None:
    (_, day), (_, night), (_, rain) = film(), film(sky=Sky(night=True)), film(sky=Sky(rain=True))
    assert day[0].shape == (360, 640, 3)
    assert night[0].mean() < 0.4 * day[0].mean()
    assert rain[0].astype(float).std() < day[0].astype(float).std()
    assert (rain[0] != rain[1]).any()


def test_vehicles_keep_their_distance_in_their_lane() -> None:
    traffic = Traffic(60, Road(3), speed=130, seed=9)
    vehicles = timetable(traffic)
    assert [v.start for v in vehicles] == sorted(v.start for v in vehicles)
    assert {v.number for v in vehicles} == set(range(60))
    for lane in range(3):
        inside = [v for v in vehicles if v.lane == lane]
        for one, other in pairwise(inside):
            assert other.start - one.start >= 1.3
            assert other.leaves(traffic.road) - one.leaves(traffic.road) >= 1.3 - 1e-9


@pytest.mark.parametrize("lanes", [1, 2, 3, 5])
def test_all_lanes_are_in_the_picture_at_the_nearest_plate(lanes: int) -> None:
    road = Road(lanes)
    for lane in range(lanes):
        x, y = road.project([(road.middle(lane), PLATE, NEAR)])[0]
        assert 0 < x < road.width
        assert 0.9 * road.height < y < road.height
    near, far = (road.project([(0.0, PLATE, z)])[0, 1] for z in (NEAR, road.far))
    assert far < near
    assert road.scale(NEAR) > road.scale(road.far)
    assert HEIGHT > PLATE


def test_a_sprite_is_clear_where_no_car_is_and_covers_where_one_is() -> None:
    vehicle = Vehicle(0, 0, 0.0, 20.0, "approaching")
    drawn = sprite(np.random.default_rng(0), plate_of(vehicle, TRAFFIC, REGIONS), 200, rear=True, night=False)
    whole = drawn.levels[0]
    assert whole[0, 0, 3] == 0
    x, y = drawn.plate.mean(0).astype(int)
    assert whole[y, x, 3] == 255
    assert [level.shape[1] for level in drawn.levels[:3]] == [whole.shape[1] // n for n in (1, 2, 4)]
