import cv2
import numpy as np
import pytest

from platewise.core.geometry import grow, quad_of
from platewise.vision.rectify import CLOSE, WIDEST, rectify, whole


def plate(width: int, height: int) -> np.ndarray:
    """A smooth plate (height, width, 3) uint8 RGB: red grows to the right, green downwards."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.stack([(x + 0.5) / width * 200 + 20, (y + 0.5) / height * 200 + 20, x * 0 + 90], 2).astype(
        np.uint8
    )


def in_scene(quad: np.ndarray, size: tuple[int, int], pixels: np.ndarray) -> np.ndarray:
    """The plate (h, w, 3) drawn at a quad (4, 2) into a scene of (width, height), pixel centres at halves."""
    h, w = pixels.shape[:2]
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    move = cv2.getPerspectiveTransform(corners - 0.5, quad - 0.5)
    return cv2.warpPerspective(pixels, move, size, borderMode=cv2.BORDER_REPLICATE)


QUADS = {
    "upright": quad_of((100, 80, 120, 30)),
    "leaning": np.array([[90, 60], [220, 85], [215, 120], [88, 92]], np.float32),
    "two lines": np.array([[300, 200], [380, 190], [384, 250], [302, 258]], np.float32),
    "large": np.array([[20, 40], [900, 90], [880, 330], [30, 260]], np.float32),
}


@pytest.mark.parametrize("name", QUADS)
def test_a_plate_drawn_at_a_quad_comes_back_flat(name: str) -> None:
    quad = QUADS[name]
    crop = rectify(in_scene(quad, (1000, 400), plate(400, 100)), quad).pixels
    height, width = crop.shape[:2]
    u = ((np.arange(width) + 0.5) / width * (1 + CLOSE[0]) - CLOSE[0] / 2) * 200 + 20
    v = ((np.arange(height) + 0.5) / height * (1 + CLOSE[1]) - CLOSE[1] / 2) * 200 + 20
    inner = slice(height // 8, -height // 8), slice(width // 10, -width // 10)
    assert np.abs(crop[:, :, 0][inner] - u[None, inner[1]]).max() < 4
    assert np.abs(crop[:, :, 1][inner] - v[inner[0], None]).max() < 6


@pytest.mark.parametrize("name", QUADS)
def test_the_homography_leads_back_to_the_frame(name: str) -> None:
    quad = QUADS[name]
    crop = rectify(np.zeros((400, 1000, 3), np.uint8), quad)
    height, width = crop.pixels.shape[:2]
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    back = cv2.perspectiveTransform(corners, crop.to_frame)[0]
    assert back == pytest.approx(grow(quad, *CLOSE), abs=0.01)


def test_the_crop_keeps_its_own_scale_up_to_a_cap() -> None:
    scene = np.zeros((400, 1000, 3), np.uint8)
    assert rectify(scene, QUADS["upright"]).pixels.shape[:2] == (33, 128)
    assert rectify(scene, QUADS["large"]).pixels.shape[1] == WIDEST


def test_shrinking_averages_fine_stripes_to_grey() -> None:
    scene = np.zeros((400, 1000, 3), np.uint8)
    scene[:, ::2] = 255
    crop = rectify(scene, quad_of((20, 40, 950, 300))).pixels
    assert crop.min() > 90
    assert crop.max() < 165


def test_what_lies_outside_repeats_the_edge() -> None:
    scene = np.full((50, 80, 3), 77, np.uint8)
    for box in ((-30, -10, 60, 20), (60, 40, 900, 300), (200, 200, 50, 20)):
        assert (rectify(scene, quad_of(box)).pixels == 77).all()


def test_a_plate_that_is_the_picture_stays_as_it_is() -> None:
    pixels = plate(90, 30)
    assert whole(pixels).pixels is pixels
    assert (whole(pixels).to_frame == np.eye(3)).all()
