"""The sliding window: where it cuts, and what it makes of small pictures."""

import numpy as np
import pytest

from platewise.core.geometry import quad_of
from platewise.vision.detectors.window import WindowTuning, _padded
from platewise.vision.recognizers.window import SHARE, WindowRecognizer, window_of


@pytest.mark.parametrize("scale", [0.5, 1, 4])
def test_the_plate_stands_in_the_middle_of_its_window(scale: float) -> None:
    picture = np.zeros((round(200 * scale), round(400 * scale), 3), np.uint8)
    x, y, w, h = (round(v * scale) for v in (150, 100, 100, 24))
    picture[y : y + h, x : x + w] = 255
    crop = window_of(picture, quad_of((x, y, w, h)))
    assert crop.pixels.shape == (64, 128, 3)
    lit = np.argwhere(crop.pixels[:, :, 0] > 128)
    (top, left), (bottom, right) = lit.min(0), lit.max(0) + 1
    assert (right - left) / 128 == pytest.approx(SHARE, abs=0.03)
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx((64, 32), abs=1.5)
    corner = crop.to_frame @ np.array([left, top, 1])
    assert corner[:2] == pytest.approx((x, y), abs=1.6 * scale)


def test_a_picture_that_is_the_plate_is_its_own_middle() -> None:
    crop = WindowRecognizer.framed(object(), np.full((24, 100, 3), 9, np.uint8), None)  # type: ignore[arg-type]
    assert crop.pixels.shape == (64, 128, 3)
    assert (crop.pixels == 9).all()


@pytest.mark.parametrize(
    ("size", "padded"), [((1, 1), (64, 128)), ((70, 200), (80, 208)), ((64, 128), (64, 128))]
)
def test_pictures_are_padded_to_whole_steps(size: tuple[int, int], padded: tuple[int, int]) -> None:
    small = np.full((*size, 3), 7, np.uint8)
    assert _padded(small).shape == (*padded, 3)
    assert (_padded(small) == 7).all()


def test_the_defaults_overlap_in_scale() -> None:
    assert WindowTuning().scale < 0.875 / 0.6
