import cv2
import numpy as np
import pytest

from platewise.core.geometry import sides
from platewise.synth.paste import TRIES, fitting, homography, paste, pose, project, warp
from platewise.synth.plates import DrawnPlate

RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)


def marked(width: int = 200, height: int = 50, margin: int = 10) -> DrawnPlate:
    """A black plate with a white surround and a coloured quarter in each corner."""
    pixels = np.full((height + 2 * margin, width + 2 * margin, 3), 255, np.uint8)
    inner = pixels[margin:-margin, margin:-margin]
    half = height // 2
    inner[:half, : width // 2], inner[:half, width // 2 :] = RED, GREEN
    inner[half:, width // 2 :], inner[half:, : width // 2] = BLUE, YELLOW
    x0, y0, x1, y1 = margin, margin, margin + width, margin + height
    quad = np.float32([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    return DrawnPlate(pixels, quad, "AB12", "generic", "test", 1, np.zeros((4, 2), np.float32))


def outermost(mask: np.ndarray, direction: tuple[int, int]) -> np.ndarray:
    """The point of a mask, px in the plane of pixel edges, that lies farthest in a direction."""
    ys, xs = np.nonzero(mask)
    far = int(np.argmax(xs * direction[0] + ys * direction[1]))
    return np.array([xs[far] + (direction[0] > 0), ys[far] + (direction[1] > 0)])


@pytest.mark.parametrize("seed", range(6))
def test_the_corners_of_a_pasted_plate_lie_on_the_quad(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = np.zeros((200, 320, 3), np.uint8)
    quad = np.float32([[60, 60], [230, 48], [240, 110], [64, 104]]) + rng.uniform(-8, 8, (4, 2)).astype(
        np.float32
    )
    assert paste(rng, scene, quad, marked(), light=1.0)
    for colour, corner, way in zip(
        (RED, GREEN, BLUE, YELLOW), quad, ((-1, -1), (1, -1), (1, 1), (-1, 1)), strict=True
    ):
        hue = scene.astype(int)
        mask = np.all([(hue[..., i] > 60) == (colour[i] > 0) for i in range(3)], axis=0)
        assert np.abs(outermost(mask, way) - corner).max() <= 2.5


def test_pasting_without_a_margin_leaves_the_rest_of_the_scene_alone() -> None:
    rng = np.random.default_rng(0)
    scene = rng.integers(0, 256, (120, 200, 3), dtype=np.uint8)
    before = scene.copy()
    quad = np.float32([[50, 40], [110, 40], [110, 60], [50, 60]])
    assert paste(rng, scene, quad, marked())
    changed = np.argwhere((scene != before).any(2))
    low, high = changed.min(0), changed.max(0)
    assert (low >= [28, 38]).all()
    assert (high <= [72, 122]).all()
    assert len(changed) > 900


def test_a_plate_outside_the_scene_changes_nothing() -> None:
    scene = np.full((60, 80, 3), 90, np.uint8)
    away = np.float32([[200, 10], [260, 10], [260, 25], [200, 25]])
    assert not paste(np.random.default_rng(0), scene, away, marked())
    assert (scene == 90).all()


def test_matched_light_makes_a_plate_dark_in_a_dark_scene() -> None:
    quad = np.float32([[30, 30], [170, 30], [170, 70], [30, 70]])
    means = []
    for level in (20, 200):
        scene = np.full((100, 200, 3), level, np.uint8)
        paste(np.random.default_rng(3), scene, quad, marked())
        means.append(float(scene[35:65, 40:160].mean()))
    assert means[0] < 0.7 * means[1]


def test_a_pose_is_random_convex_and_keeps_the_order_of_the_corners() -> None:
    rng, plate = np.random.default_rng(1), marked()
    quads = [pose(rng, plate) for _ in range(200)]
    assert all(cv2.contourArea(q, oriented=True) > 0 and cv2.isContourConvex(q) for q in quads)
    widths = np.array([sides(q)[0] / sides(plate.quad)[0] for q in quads])
    assert widths.std() > 0.02
    assert widths.min() > 0.3
    assert widths.max() < 1.2


def test_the_fitting_plate_hides_the_box_and_has_the_nearest_aspect() -> None:
    rng = np.random.default_rng(2)
    kinds = [marked(60, 60), marked(200, 50)]
    asked = []

    def draw() -> DrawnPlate:
        asked.append(kinds[len(asked) % 2])
        return asked[-1]

    box = np.float32([[100, 100], [200, 100], [200, 130], [100, 130]])
    found = fitting(rng, draw, box)
    assert found is not None
    plate, quad = found
    assert plate is kinds[1]
    assert len(asked) == TRIES
    assert (quad.min(0) < box.min(0)).all()
    assert (quad.max(0) > box.max(0)).all()


def test_no_plate_fits_a_tower() -> None:
    tower = np.float32([[0, 0], [10, 0], [10, 300], [0, 300]])
    assert fitting(np.random.default_rng(0), lambda: marked(), tower) is None


def test_warp_moves_pixels_as_project_moves_points() -> None:
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[10:12, 20:22] = 255
    matrix = homography(
        np.float32([[0, 0], [60, 0], [60, 40], [0, 40]]), np.float32([[6, 3], [126, 3], [126, 83], [6, 83]])
    )
    moved = warp(pixels, matrix, (140, 90), 0).astype(float).mean(2)
    ys, xs = np.mgrid[0:90, 0:140] + 0.5
    centre = np.array([(xs * moved).sum(), (ys * moved).sum()]) / moved.sum()
    np.testing.assert_allclose(centre, project(matrix, [[21, 11]])[0], atol=0.05)
