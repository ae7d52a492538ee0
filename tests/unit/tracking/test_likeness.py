import numpy as np
import pytest

from platewise.core.lattice import Lattice
from platewise.core.plate import MAX_SIGNS, SIGNS
from platewise.tracking.likeness import length, likeness, share


def sure(text: str, confidence: float = 0.95) -> Lattice:
    return Lattice.of(text, MAX_SIGNS, confidence)


NOTHING = Lattice(np.full((MAX_SIGNS, 1 + len(SIGNS)), 1 / (1 + len(SIGNS)), np.float32))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("AB12CDE", "AB12CDE", True),
        ("AB12CDE", "AB12CDF", True),  # one sign misread
        ("AB12CDE", "B12CDE", True),  # the first sign lost: all slots are shifted
        ("AB12CDE", "IAB12CDE", True),  # a band taken for a sign
        ("AB12CDE", "XY34ZZZ", False),
        ("AB12CDE", "CDE12AB", False),
    ],
)
def test_texts_are_told_apart(one: str, other: str, same: bool) -> None:
    assert (share(sure(one), sure(other)) > 0.5) is same
    assert (likeness(sure(one), sure(other)) > 3) is same


def test_half_a_plate_links_with_the_whole_one_wherever_it_was_cut() -> None:
    for part in ("2CDE", "AB12", "B12C"):
        assert likeness(sure(part), sure("AB12CDE")) > 3
        assert likeness(sure("AB12CDE"), sure(part)) > 3
    assert likeness(sure("CD2E"), sure("AB12CDE")) < 0
    assert share(sure("2CDE"), sure("AB12CDE")) < 0.65  # for a telling of its own it says too little


def test_likeness_is_symmetric_and_bounded() -> None:
    one, other = sure("AB12CDE"), sure("B12CDE")
    assert likeness(one, other) == pytest.approx(likeness(other, one))
    assert share(one, one) <= 1


def test_a_blurred_plate_neither_agrees_nor_contradicts() -> None:
    blurred = sure("AB12CDE", 0.05)
    assert length(blurred) == 7
    assert -9 < likeness(blurred, sure("XY34ZZZ")) < 3
    assert likeness(NOTHING, sure("AB12CDE")) == 0


def test_nothing_is_like_nothing() -> None:
    empty = sure("")
    assert length(empty) == 0
    assert likeness(empty, empty) == share(empty, empty) == 0
