"""Glyph masks: one height, real signs, and a spare font for what a font lacks."""

import random
from itertools import pairwise

import numpy as np
import pytest

from platewise.core.plate import SIGNS
from platewise.errors import InputError, NameUnknown
from platewise.regions.library import load
from platewise.synth.glyphs import HEIGHT, glyph, group, groups, pick
from platewise.synth.style import arrange, make_style

LATIN = group("din")[0]


@pytest.mark.parametrize("sign", SIGNS)
def test_every_sign_has_ink_from_top_to_bottom(sign: str) -> None:
    mask = glyph(LATIN, sign)
    assert mask.shape[0] == HEIGHT
    assert mask[0].max() > 60
    assert mask[-1].max() > 60
    assert 0.02 < (mask > 127).mean() <= 1


def test_chinese_comes_from_a_chinese_font_where_the_font_has_none() -> None:
    assert np.array_equal(glyph(LATIN, "京"), glyph(group("cn")[0], "京"))


def test_spare_fonts_are_asked_in_their_order() -> None:
    spare = group("cn")[1]
    assert np.array_equal(glyph(LATIN, "京", (spare,)), glyph(spare, "京"))


def test_a_sign_that_no_font_has_is_an_error() -> None:
    with pytest.raises(InputError, match="no font has"):
        glyph(LATIN, "\U0001f697")


def test_an_unknown_group_is_named() -> None:
    with pytest.raises(NameUnknown, match="wingdings"):
        group("wingdings")


def test_the_closest_fonts_are_the_likeliest() -> None:
    rng = random.Random(0)
    drawn = [pick(rng, ("din",)) for _ in range(600)]
    assert drawn.count(group("din")[0]) > drawn.count(group("din")[-1])
    assert set(drawn) == set(group("din"))


def test_every_group_names_fonts_that_open() -> None:
    assert all(glyph(file, "8").any() for files in groups().values() for file in files[:1])


def test_a_line_is_as_long_as_its_parts() -> None:
    style = make_style(random.Random(2), load()["gb"].series[0].look)
    placed, length = arrange(style, "AB 12")
    assert [item for item, _, _ in placed] == list("AB 12")
    assert length == pytest.approx(max(x + w for _, x, w in placed), abs=0.3)
    assert all(b[1] >= a[1] + a[2] for a, b in pairwise(placed))
