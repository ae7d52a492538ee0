"""A line of signs: what stands beside and amid it is no part of it."""

import random
from dataclasses import replace

import numpy as np
import pytest

from platewise.regions.library import load
from platewise.synth import pictograms
from platewise.synth.canvas import Box, Pixels
from platewise.synth.style import Style, arrange, make_style, write

LOOK = load()["us"].series[0].look
BOX = Box(10, 10, 200, 40)


def style(**changes: object) -> Style:
    plain = {"stack": "", "relief": None, "loose": 0.0, "spread": 1.0, "picture": 1.0, **changes}
    return replace(make_style(random.Random(1), LOOK), **plain)  # type: ignore[arg-type]


def written(hand: Style, line: str) -> tuple[Pixels, list[tuple[float, float]]]:
    canvas = np.full((60, 220, 3), 255, np.uint8)

    def picture(box: Box) -> None:
        canvas[round(box.y) : round(box.bottom), round(box.x) : round(box.right)] = (200, 0, 0)

    return canvas, write(canvas, hand, line, BOX, ((0.0, 0.0, 0.0), picture))


@pytest.mark.parametrize("first", [True, False])
def test_small_signs_one_above_the_other_are_no_part_of_the_text(first: bool) -> None:
    canvas, centres = written(style(stack="RT", stack_first=first), "58KX")
    assert len(centres) == 4
    assert (np.diff([x for x, _ in centres]) > 0).all()
    assert {y for _, y in centres} == {30.0}
    signs = [item for item, _, _ in arrange(style(stack="RT", stack_first=first), "58KX")[0]]
    assert signs == (["RT", "5", "8", "K", "X"] if first else ["5", "8", "K", "X", "RT"])
    bare, alone = written(style(), "58KX")
    assert len(alone) == 4
    assert (canvas < 128).any(axis=(0, 2)).sum() > (bare < 128).any(axis=(0, 2)).sum()  # they take room


def test_signs_stand_upon_a_picture_and_their_centres_in_reading_order() -> None:
    canvas, centres = written(style(), "BKX|472")
    assert len(centres) == 6
    assert (np.diff([x for x, _ in centres]) > 0).all()
    red = (canvas == (200, 0, 0)).all(axis=2).any(axis=0).nonzero()[0]
    assert centres[2][0] < red.mean() < centres[3][0]


def test_only_american_plates_have_small_signs_and_wide_pictures() -> None:
    hands = [make_style(random.Random(seed), LOOK) for seed in range(100)]
    american = [make_style(random.Random(seed), LOOK, american=True) for seed in range(300)]
    assert {hand.stack for hand in hands} == {""}
    assert {hand.picture for hand in hands} == {0.52}
    assert 15 < sum(bool(hand.stack) for hand in american) < 70
    assert max(hand.picture for hand in american) > 1


@pytest.mark.parametrize("kind", pictograms._KINDS, ids=lambda kind: kind.__name__)
def test_a_picture_is_painted_in_its_place(kind: pictograms.Painter) -> None:
    for seed in range(20):
        canvas = np.full((100, 100, 3), 255, np.uint8)
        kind(random.Random(seed), canvas, Box(25, 25, 50, 50), ((0.0, 0.0, 0.0), (120.0, 0.0, 0.0)))
        rows, columns = (canvas < 250).any(axis=2).nonzero()
        assert rows.size > 40
        assert min(rows.min(), columns.min()) >= 12
        assert max(rows.max(), columns.max()) <= 88
