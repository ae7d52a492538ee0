"""Drawn plates: same seed same bytes, and what is said of them is true."""

import random

import numpy as np
import pytest

from platewise.core.plate import SIGNS
from platewise.errors import InputError
from platewise.regions.library import Region, Series, load
from platewise.synth.canvas import luminance
from platewise.synth.ground import CONTRAST, fade, flake, make_blank, secure_contrast
from platewise.synth.plates import DrawnPlate, draw_plate

REGIONS = load()
EVERY = [(region, series) for region in REGIONS.values() for series in region.series]


def check(plate: DrawnPlate) -> None:
    height, width = plate.pixels.shape[:2]
    (x0, y0), (x1, y1) = plate.quad[0], plate.quad[2]
    assert plate.pixels.dtype == np.uint8
    assert plate.quad.dtype == plate.centres.dtype == np.float32
    assert 0 < x0 < x1 < width
    assert 0 < y0 < y1 < height
    assert len(plate.centres) == len(plate.text)
    assert ((plate.centres > plate.quad[0]) & (plate.centres < plate.quad[2])).all()


@pytest.mark.parametrize("region", REGIONS.values(), ids=REGIONS)
def test_every_series_draws_what_it_says(region: Region) -> None:
    for series in region.series:
        plate = draw_plate(random.Random(series.name), [region], series=series)
        check(plate)
        assert (plate.region, plate.series) == (region.code, series.name)
        assert any(p.matches(plate.text) and p.lines == plate.lines for p in series.patterns)
        assert set(plate.text) <= set(SIGNS)


def test_same_seed_same_bytes_and_another_seed_others() -> None:
    regions = tuple(REGIONS.values())
    first, again, other = (draw_plate(random.Random(s), regions) for s in (5, 5, 6))
    assert first.pixels.tobytes() == again.pixels.tobytes()
    assert first.text == again.text
    assert np.array_equal(first.centres, again.centres)
    assert first.pixels.tobytes() != other.pixels.tobytes()


def test_signs_stand_in_reading_order() -> None:
    for seed in range(30):
        plate = draw_plate(random.Random(seed), [REGIONS["gb"]])
        top = plate.centres[:, 1] < plate.centres[:, 1].mean() + 1
        lines = [plate.centres[top], plate.centres[~top]] if plate.lines == 2 else [plate.centres]
        assert all((np.diff(line[:, 0]) > 0).all() for line in lines)
        assert plate.lines == 1 or top[: top.sum()].all()


def test_ink_lies_at_the_centres_and_not_elsewhere() -> None:
    """Plates that differ in their last two signs differ there and nowhere else."""
    series = REGIONS["gb"].series[0]
    one, two = (
        draw_plate(random.Random(8), [REGIONS["gb"]], text, series) for text in ("BD51SMR", "BD51SRM")
    )
    assert one.pixels.shape == two.pixels.shape
    columns = np.abs(one.pixels.astype(int) - two.pixels).sum(axis=(0, 2)).nonzero()[0]
    assert columns.size
    assert columns.min() > one.centres[4, 0]


def test_a_given_text_is_written_as_its_region_writes_it() -> None:
    plate = draw_plate(random.Random(1), tuple(REGIONS.values()), text="BD51SMR")
    check(plate)
    assert plate.text == "BD51SMR"
    assert any(p.matches("BD51SMR") for s in REGIONS[plate.region].series for p in s.patterns)


def test_a_text_that_no_pattern_fits_is_written_as_it_stands() -> None:
    plate = draw_plate(random.Random(1), [REGIONS["gb"]], text="QQQQQQQQQQ")
    check(plate)
    assert plate.text == "QQQQQQQQQQ"


def test_no_region_is_an_error() -> None:
    with pytest.raises(InputError, match="no region"):
        draw_plate(random.Random(1), [])


@pytest.mark.parametrize(("region", "series"), EVERY, ids=[f"{r.code}-{s.name}" for r, s in EVERY])
def test_ink_stands_out_from_the_ground(region: Region, series: Series) -> None:
    blank = make_blank(random.Random(3), series.look)
    blank.ink = blank.ground
    secure_contrast(blank)
    assert abs(luminance(blank.ink) - luminance(blank.canvas.mean(axis=(0, 1)))) >= CONTRAST * 0.9


def test_american_separators_and_small_letters_are_no_part_of_the_text() -> None:
    series = next(s for s in REGIONS["us"].series if s.name == "california")
    for seed in range(60):
        plate = draw_plate(random.Random(seed), [REGIONS["us"]], text="7ABC123", series=series)
        check(plate)
        assert plate.text == "7ABC123"
        assert (np.diff(plate.centres[:, 0]) >= 0).all()


def test_faded_ink_can_still_be_read() -> None:
    look = REGIONS["br"].series[0].look
    faded = 0
    for seed in range(100):
        blank = make_blank(random.Random(seed), look)
        before = blank.ink
        fade(blank)
        faded += blank.ink != before
        assert abs(luminance(blank.ink) - luminance(blank.ground)) >= CONTRAST * 0.49
    assert 3 < faded < 30


def test_paint_comes_off_in_patches_only() -> None:
    blank = make_blank(random.Random(1), REGIONS["br"].series[0].look)
    bare = np.full_like(blank.canvas, 255)
    blank.canvas[:] = 0
    flake(blank, bare)
    assert 0.02 < (blank.canvas > 20).mean() < 0.6
    assert blank.canvas.max() < 210


def test_no_sign_is_squeezed_to_a_thread() -> None:
    """Long texts on the small Swiss plate become lower, not only narrower."""
    series = next(s for s in REGIONS["ch"].series if s.name == "rear two-line")
    for seed in range(20):
        plate = draw_plate(random.Random(seed), [REGIONS["ch"]], text="ZH123456", series=series)
        first, second = plate.centres[:2], plate.centres[2:]
        width = plate.quad[1, 0] - plate.quad[0, 0]
        assert np.ptp(second[:, 0]) > 0.5 * width
        assert first[:, 1].max() < second[:, 1].min()
