"""Signs drawn in strokes: whole, as high as the others, the same again, unlike where they must be."""

import random
from itertools import combinations

import numpy as np
import pytest

from platewise.synth import shapes
from platewise.synth.canvas import Pixels
from platewise.synth.glyphs import HEIGHT, descends, group

FONTS = ("overpass-plate-600.woff2", "antonio-latin-600-normal.woff2", "rajdhani-latin-700-normal.woff2")
SIGNS = "0OQD1I4JMWY"


def _shape(sign: str, font: str = FONTS[0], variant: int = 3, round_too: bool = True) -> Pixels:
    return shapes.shape(font, sign, (), variant, round_too)


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("sign", SIGNS)
def test_every_variant_fills_the_line(font: str, sign: str) -> None:
    for variant in range(shapes.VARIANTS):
        mask = _shape(sign, font, variant)
        assert mask.shape[0] == HEIGHT
        assert mask.dtype == np.uint8
        assert mask[:3].any(), variant
        assert mask[-3:].any(), variant
        assert 0.1 < (mask > 127).mean() <= (1.0 if sign == "I" else 0.85)


def test_q_is_o_with_a_tail_below() -> None:
    q, o = _shape("Q").astype(int), _shape("O").astype(int)
    added = np.nonzero(q - o)
    assert len(added[0]) > 20
    assert added[0].min() > HEIGHT / 2
    assert (q >= o).all()


@pytest.mark.parametrize(("one", "other"), [*combinations("OQD", 2), ("M", "W"), ("1", "I")])
def test_like_signs_stay_apart(one: str, other: str) -> None:
    for variant in range(shapes.VARIANTS):
        a, b = _shape(one, variant=variant), _shape(other, variant=variant)
        wide = max(a.shape[1], b.shape[1])
        first, second = (np.pad(m, ((0, 0), (0, wide - m.shape[1]))) > 127 for m in (a, b))
        assert (first != second).sum() > 25, variant


def test_a_font_whose_q_descends_always_gets_another() -> None:
    falling = next(font for font in group("br") if descends(font, "Q"))
    assert "Q" in shapes.choose(random.Random(0), 0.0, falling)
    assert not descends(falling, "H")


def test_the_signs_that_a_plate_changes_go_together() -> None:
    chosen = [shapes.choose(random.Random(seed), 0.5, FONTS[0]) for seed in range(60)]
    assert all(("M" in one) == ("W" in one) for one in chosen)
    assert all(len({one[sign] for sign in "0OQD"}) == 1 for one in chosen if "O" in one)
    assert any("4" in one for one in chosen)
    assert any("4" not in one for one in chosen)


def test_fe_schrift_stays_what_it_is() -> None:
    assert shapes.choose(random.Random(0), 1.0, group("fe")[0]) == {}


def test_the_same_variant_is_the_same_picture() -> None:
    first = _shape("4", variant=7).copy()
    shapes.shape.cache_clear()
    assert np.array_equal(first, _shape("4", variant=7))
