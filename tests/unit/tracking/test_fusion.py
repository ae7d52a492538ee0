import numpy as np
import pytest

from platewise.core.lattice import EMPTY, Lattice
from platewise.core.plate import MAX_SIGNS, SIGNS
from platewise.tracking.fusion import fuse, fuse_regions


def sure(text: str, confidence: float = 0.8) -> Lattice:
    return Lattice.of(text, MAX_SIGNS, confidence)


@pytest.mark.parametrize(
    ("said", "right"),
    [
        (["AB12CDE"], "AB12CDE"),
        (["AB12CDE", "AB12CDE", "AB12CDF"], "AB12CDE"),
        (["A812CDE", "AB12COE", "AB12CDE"], "AB12CDE"),  # never twice the same fault
        (["B12CDE", "AB12CDE", "AB12CDE", "12CDE"], "AB12CDE"),  # the left edge cut off
        (["AB12CDE", "AB12CDE", "AB12CD", "AB12C"], "AB12CDE"),  # the right edge cut off
        (["IAB12CDE", "AB12CDE", "AB12CDE"], "AB12CDE"),  # a band taken for a sign
        (["AB12CDE", "AB12CDE", "AB1CDE"], "AB12CDE"),  # a sign lost in the middle
        (["京A12345", "京A12345", "A12345"], "京A12345"),
    ],
)
def test_the_vote_finds_the_text(said: list[str], right: str) -> None:
    assert fuse([sure(text) for text in said], [1.0] * len(said)).text() == right


def test_the_order_of_the_looks_does_not_matter() -> None:
    said = [sure("A812CDE"), sure("AB12COE"), sure("AB12CDE"), sure("B12CDE")]
    one, other = fuse(said, [1.0] * 4), fuse(said[::-1], [1.0] * 4)
    np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-5)


def test_a_sharp_look_outweighs_several_blurred_ones() -> None:
    looks = [sure("AB12CDE", 0.9), *[sure("AB12CDF", 0.6)] * 3]
    assert fuse(looks, [1.0, 0.1, 0.1, 0.1]).text() == "AB12CDE"
    assert fuse(looks, [0.1, 1.0, 1.0, 1.0]).text() == "AB12CDF"


def test_agreement_makes_surer_and_contradiction_less_sure() -> None:
    alone = sure("AB12CDE").confidences()[0]
    together = fuse([sure("AB12CDE")] * 6, [1.0] * 6).confidences()[0]
    torn = fuse([sure("AB12CDE"), sure("XB12CDE")], [1.0, 1.0]).confidences()[0]
    assert torn < alone < together < 0.995


def test_one_look_that_rules_the_right_sign_out_does_not_win() -> None:
    certain = sure("AB12CDF", 1.0)
    assert fuse([certain, *[sure("AB12CDE", 0.9)] * 4], [1.0] * 5).text() == "AB12CDE"
    assert fuse([certain, *[sure("AB12CDE", 0.5)] * 3], [1.0] * 4).text() == "AB12CDE"


def test_signs_stand_first_and_empty_slots_last() -> None:
    holed = np.array(sure("AB12CDE").probabilities)
    holed[2] = 0
    holed[2, EMPTY] = 1
    fused = fuse([Lattice(holed)], [1.0])
    assert fused.text() == "AB2CDE"
    assert (fused.probabilities[:6].argmax(1) != EMPTY).all()
    assert fused.probabilities.shape == (MAX_SIGNS, 1 + len(SIGNS))


def test_regions_are_averaged_by_weight() -> None:
    mean = fuse_regions([{"gb": 1.0}, {"gb": 0.2, "fr": 0.8}], [3.0, 1.0])
    assert mean == pytest.approx({"gb": 0.8, "fr": 0.2})
