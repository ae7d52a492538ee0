"""Photographs: their shapes, their truth, and that the same random numbers give the same picture."""

import random

import numpy as np
import pytest

from platewise.regions.library import load
from platewise.synth.degrade import photograph, rephotograph, snapshot
from platewise.synth.light import bloom, keep_contrast, lamp
from platewise.synth.plates import DrawnPlate, draw_plate


@pytest.fixture(scope="module")
def plate() -> DrawnPlate:
    return draw_plate(random.Random(4), [load()["gb"]], text="BD51SMR", series=load()["gb"].series[0])


@pytest.mark.parametrize("size", [(160, 48), (94, 24)])
def test_a_photograph_has_the_size_asked_for(plate: DrawnPlate, size: tuple[int, int]) -> None:
    for seed in range(40):
        pixels, places = photograph(np.random.default_rng(seed), plate, size)
        assert pixels.shape == (size[1], size[0], 3)
        assert pixels.dtype == np.uint8
        assert places.shape == (7, 2)
        assert places.dtype == np.float32
        assert (np.diff(places[:, 0]) > 0).all()


def test_places_fall_into_the_crop_nearly_always(plate: DrawnPlate) -> None:
    places = np.stack([photograph(np.random.default_rng(s), plate)[1] for s in range(200)])
    assert ((places > 0) & (places < 1)).all(axis=2).mean() > 0.97


def test_same_random_numbers_same_picture(plate: DrawnPlate) -> None:
    first, again, other = (photograph(np.random.default_rng(s), plate)[0] for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_without_strength_the_ink_lies_at_the_places(plate: DrawnPlate) -> None:
    """At strength 0 the band through the centres is darker than the strips above and below the signs."""
    pixels, places = photograph(np.random.default_rng(3), plate, strength=0)
    x0, x1 = (places[[0, -1], 0] * 160).astype(int)
    y = int(places[:, 1].mean() * 48)
    signs = pixels[y - 5 : y + 5, x0:x1]
    assert signs.min() < 90
    assert signs.max() > 140


def test_strength_makes_pictures_worse(plate: DrawnPlate) -> None:
    def spread(strength: float) -> float:
        shots = [photograph(np.random.default_rng(s), plate, strength=strength)[0] for s in range(60)]
        return float(np.std([shot.mean() for shot in shots]))

    assert spread(1.0) > spread(0.0)


def test_a_snapshot_keeps_corners_and_signs_together(plate: DrawnPlate) -> None:
    shot = snapshot(np.random.default_rng(7), plate)
    low, high = shot.quad.min(axis=0), shot.quad.max(axis=0)
    assert shot.text == plate.text
    assert ((shot.centres > low) & (shot.centres < high)).all()


def test_rephotograph_takes_scenes_and_bare_crops(plate: DrawnPlate) -> None:
    for seed in range(20):
        scene = rephotograph(np.random.default_rng(seed), plate.pixels, plate.quad)
        crop = rephotograph(np.random.default_rng(seed), plate.pixels, None, size=(80, 24))
        assert scene.shape == (48, 160, 3)
        assert crop.shape == (24, 80, 3)
        assert scene.dtype == crop.dtype == np.uint8


def test_rephotograph_of_a_scene_shows_the_plate_and_not_the_scene() -> None:
    scene = np.zeros((400, 600, 3), np.uint8)
    scene[100:150, 200:440] = 255
    quad = np.array([[200, 100], [440, 100], [440, 150], [200, 150]], np.float32)
    crop = rephotograph(np.random.default_rng(0), scene, quad, strength=0)
    assert (crop > 200).mean() > 0.5


def test_no_photograph_hides_the_signs_in_the_dark(plate: DrawnPlate) -> None:
    spreads = [photograph(np.random.default_rng(s), plate)[0][14:34, 30:130].std() for s in range(200)]
    assert min(spreads) > 4


def test_contrast_is_raised_only_where_it_is_missing() -> None:
    quad = np.array([[0, 0], [40, 0], [40, 12], [0, 12]], np.float32)
    stripes = np.zeros((12, 40, 3), np.float32)
    stripes[:, ::2] = 1
    assert keep_contrast(stripes, quad) is stripes
    faint = keep_contrast(stripes * np.float32(0.02), quad)
    assert faint.std() == pytest.approx(0.05, rel=0.05)
    assert (faint[:, ::2] > faint[:, 1::2]).all()


def test_the_rest_of_a_large_scene_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    scene = rng.integers(0, 255, (300, 500, 3), np.uint8)
    quad = np.array([[200, 120], [300, 124], [300, 150], [200, 146]], np.float32)
    other = scene.copy()
    other[:, :50] = other[250:] = 0
    shots = [rephotograph(np.random.default_rng(5), picture, quad) for picture in (scene, other)]
    assert np.array_equal(*shots)


def test_a_coloured_lamp_leaves_one_colour_and_a_bloom_runs_over_dark_parts() -> None:
    stripes = np.zeros((12, 40, 3), np.float32)
    stripes[:, 20:] = 1
    casts = [np.ptp(lamp(np.random.default_rng(s), stripes)[:, 20:].mean(axis=(0, 1))) for s in range(20)]
    assert min(casts) > 0.1
    assert (bloom(np.random.default_rng(0), stripes)[:, 19] > 0.02).all()
