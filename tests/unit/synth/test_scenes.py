import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from platewise.core.geometry import corners_box, iou
from platewise.regions.library import select
from platewise.synth.cache import plate_at
from platewise.synth.files import write_png
from platewise.synth.scenes import SIZE, WEATHERS, scenes, write_scenes
from platewise.synth.vehicles import rounded, vehicle_scene

REGIONS = select(["de", "us"])


def test_the_same_seed_gives_the_same_scenes() -> None:
    one, same = (next(scenes(1, 7, REGIONS)) for _ in range(2))
    assert (one.pixels == same.pixels).all()
    assert [p.plate.text for p in one.plates] == [p.plate.text for p in same.plates]


def test_plates_are_inside_and_apart() -> None:
    for scene in scenes(4, 1, REGIONS):
        for placed in scene.plates:
            assert (placed.quad >= 0).all()
            assert (placed.quad <= SIZE).all()
        boxes = [np.concatenate([p.quad.min(0), p.quad.max(0)]) for p in scene.plates]
        table = iou(np.float32(boxes), np.float32(boxes))
        assert (table - np.diag(np.diag(table))).max() == 0


def test_the_index_tells_the_truth(tmp_path: Path) -> None:
    made = list(scenes(2, 3, REGIONS))
    assert write_scenes(tmp_path, made, 3) == 2
    lines = [json.loads(line) for line in (tmp_path / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    for line, scene in zip(lines, made, strict=True):
        picture = cv2.imread(str(tmp_path / line["image"]))
        assert [picture.shape[1], picture.shape[0]] == line["size"] == list(SIZE)
        assert [p["text"] for p in line["plates"]] == [p.plate.text for p in scene.plates]
        for label, placed in zip(line["plates"], scene.plates, strict=True):
            np.testing.assert_allclose(label["corners"], placed.quad, atol=0.01)
            np.testing.assert_allclose(corners_box(label["box"])[2:], placed.quad.max(0), atol=0.02)


def test_a_folder_of_backgrounds_is_used(tmp_path: Path) -> None:
    write_png(tmp_path / "blue.png", np.full((50, 90, 3), (0, 0, 250), np.uint8))
    scene = next(s for s in scenes(12, 0, REGIONS, tmp_path) if s.weather == "day")
    assert scene.pixels.shape == (SIZE[1], SIZE[0], 3)
    assert np.median(scene.pixels[..., 2]) > np.median(scene.pixels[..., 0]) + 100


@pytest.mark.parametrize("name", sorted(WEATHERS))
def test_weather_keeps_shape_and_corners(name: str) -> None:
    picture = np.zeros((120, 160, 3), np.uint8)
    picture[40:80, 60:120] = 230
    changed = WEATHERS[name](np.random.default_rng(4), picture).astype(int).mean(2)
    assert changed.shape == (120, 160)
    inside, around = changed[44:76, 64:116].mean(), changed[20:36, 40:140].mean()
    assert inside > around + 15


def test_infrared_has_no_colour() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    grey = WEATHERS["infrared"](np.random.default_rng(0), picture)
    assert (grey[..., 0] == grey[..., 2]).all()


@pytest.mark.parametrize("seed", range(2))
def test_a_car_carries_its_plate(seed: int) -> None:
    plate = plate_at(seed, 0, REGIONS)
    pixels, quad = vehicle_scene(np.random.default_rng(seed), plate, 640, 360)
    assert pixels.shape == (360, 640, 3)
    low, high = quad.min(0).astype(int), quad.max(0).astype(int)
    assert low[0] > 100
    assert high[0] < 540
    inside = pixels[low[1] + 2 : high[1] - 2, low[0] + 2 : high[0] - 2].astype(float).mean(2)
    assert inside.std() > 25


def test_rounding_keeps_a_polygon_inside_itself() -> None:
    square = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], float)
    smooth = rounded(square, 3)
    assert len(smooth) == 32
    assert smooth.min() == 0
    assert smooth.max() == 10
    assert np.abs(smooth - [0, 0]).sum(1).min() > 0.5
