"""The hard sets: the same cars under one difficulty each."""

import numpy as np
import pytest

from platewise.core.geometry import box_of
from platewise.regions.library import select
from platewise.synth.hard import SETS, hard_scenes
from platewise.synth.scenes import DrawnScene


def one(name: str, seed: int = 5) -> DrawnScene:
    return next(hard_scenes(name, 1, seed, select(["gb"])))


@pytest.fixture(scope="module")
def clean() -> DrawnScene:
    return one("clean")


def plate_of(scene: DrawnScene) -> np.ndarray:
    x, y, w, h = (round(value) for value in box_of(scene.plates[0].quad))
    return scene.pixels[y : y + h, x : x + w]


@pytest.mark.parametrize("name", SETS)
def test_every_set_shows_the_same_car_again_and_again(name: str, clean: DrawnScene) -> None:
    scene = one(name)
    assert scene.weather == name
    assert scene.plates[0].plate.text == clean.plates[0].plate.text
    assert (scene.pixels == one(name).pixels).all()
    low, high = scene.plates[0].quad.min(0), scene.plates[0].quad.max(0)
    assert (low >= 0).all()
    assert (high <= scene.pixels.shape[1::-1]).all()


def test_small_is_a_third(clean: DrawnScene) -> None:
    small = one("small")
    assert small.pixels.shape[0] == round(clean.pixels.shape[0] / 3)
    assert small.plates[0].quad * 3 == pytest.approx(clean.plates[0].quad)


def test_light_and_blur_do_what_they_say(clean: DrawnScene) -> None:
    bare = plate_of(clean).astype(float)
    assert plate_of(one("dark")).mean() < 0.4 * bare.mean()
    assert plate_of(one("bright")).mean() > bare.mean()
    steep = [np.abs(np.diff(p.astype(float), axis=1)).mean() for p in (plate_of(one("blurred")), bare)]
    assert steep[0] < 0.6 * steep[1]


def test_the_corners_turn_with_the_picture(clean: DrawnScene) -> None:
    quad = one("turned").plates[0].quad
    across = quad[1] - quad[0]
    before = clean.plates[0].quad[1] - clean.plates[0].quad[0]
    turn = np.degrees(np.arctan2(across[1], across[0]) - np.arctan2(before[1], before[0]))
    assert 14 < abs(turn) < 26
