"""Faint plates are lifted, others left as they are."""

import numpy as np
import pytest

from platewise.vision.contrast import FAINT, INK, PAPER, levels, lifted
from platewise.vision.recognizers.onnx_slots import prepared


def plate(ink: tuple[int, int, int], ground: tuple[int, int, int]) -> np.ndarray:
    crop = np.full((48, 160, 3), ground, np.uint8)
    crop[12:36, 20:140:2] = ink
    return crop


def test_a_faint_plate_is_spread_over_the_greys() -> None:
    seen = lifted(plate((60, 60, 60), (90, 90, 90)))
    assert (seen.min(), seen.max()) == (INK, PAPER)
    assert seen.dtype == np.uint8


def test_its_colours_stay_in_proportion() -> None:
    faint = plate((40, 70, 50), (40, 110, 60))  # under a green lamp
    before, after = faint.astype(int), lifted(faint).astype(int)
    factor = (after[0, 0, 1] - after[12, 20, 1]) / (before[0, 0, 1] - before[12, 20, 1])
    assert factor > 2
    for channel in range(3):
        was = before[0, 0, channel] - before[12, 20, channel]
        assert after[0, 0, channel] - after[12, 20, channel] == pytest.approx(factor * was, abs=1.1)


def test_a_plate_of_enough_contrast_is_left_as_it_is() -> None:
    clear = plate((40, 40, 40), (40 + FAINT,) * 3)
    assert lifted(clear) is clear
    assert lifted(plate((41, 41, 41), (40 + FAINT,) * 3)) is not clear


def test_noise_is_not_made_a_plate() -> None:
    nothing = np.full((48, 160, 3), 100, np.uint8)
    nothing[::2] = 102
    assert int(np.ptp(lifted(nothing))) < 60
    assert int(np.ptp(lifted(np.full((48, 160, 3), 7, np.uint8)))) == 0


def test_a_few_sparks_do_not_hide_that_it_is_faint() -> None:
    faint = plate((60, 60, 60), (90, 90, 90))
    faint[0, :60] = 255
    assert levels(faint[..., 0], 0.02) == (60, 90)
    assert int(lifted(faint)[30, 1, 0]) - int(lifted(faint)[30, 20, 0]) > 150


def test_the_network_gets_it_lifted_at_its_size() -> None:
    small = plate((60, 60, 60), (90, 90, 90))[::2, ::2]
    small[:, ::8] = 60
    assert prepared(small).shape == (48, 160, 3)
    assert int(np.ptp(prepared(small))) > 150
