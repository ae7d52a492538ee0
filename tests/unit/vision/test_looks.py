"""Other looks at a plate keep its strokes where they are, and make faint ones plain."""

import numpy as np
import pytest

from platewise.core.geometry import quad_of
from platewise.vision.looks import LooksTuning, looks, negative, plain
from platewise.vision.rectify import rectify

STROKE = (slice(8, 24), slice(30, 40))


def _plate(paper: tuple[int, int, int], ink: tuple[int, int, int]) -> np.ndarray:
    crop = np.full((32, 90, 3), paper, np.uint8)
    crop[STROKE] = ink
    return crop


def test_there_are_always_as_many_looks() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (60, 200, 3), dtype=np.uint8)
    for box in ((20, 10, 100, 25), (-30, -5, 80, 30), (150, 40, 90, 40)):
        quad = quad_of(box)
        crop = rectify(pixels, quad).pixels
        seen = list(looks(pixels, quad, crop, (0.07, 0.1), LooksTuning()))
        assert len(seen) == 6
        assert all(one.dtype == np.uint8 and one.ndim == 3 and one.shape[2] == 3 for one in seen)


def test_a_negative_of_a_negative_is_the_crop() -> None:
    crop = _plate((200, 190, 30), (20, 0, 0))
    assert (negative(crop) == 255 - crop).all()
    assert (negative(negative(crop)) == crop).all()


@pytest.mark.parametrize(
    ("paper", "ink"),
    [
        ((150, 100, 90), (110, 129, 96)),  # of one brightness, different in colour
        ((120, 120, 120), (100, 100, 100)),
        ((40, 40, 60), (200, 200, 220)),
    ],
)
def test_what_differs_in_any_colour_differs_in_grey(paper, ink) -> None:
    grey = plain(_plate(paper, ink))
    assert np.ptp(grey, axis=2).max() == 0
    inside = float(grey[STROKE].mean())
    assert abs(inside - float(grey[0, 0, 0])) > 200


def test_bright_stays_bright() -> None:
    grey = plain(_plate((40, 40, 60), (200, 200, 220)))
    assert grey[STROKE].mean() > grey[0, 0, 0]


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_crop_without_contrast_is_not_made_noise(value) -> None:
    rng = np.random.default_rng(1)
    crop = np.clip(value + rng.integers(-1, 2, (20, 60, 3)), 0, 255).astype(np.uint8)
    assert np.ptp(plain(crop)[..., 0]) < 130
