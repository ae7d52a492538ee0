from itertools import chain

import pytest

from platewise.core.plate import SIGNS
from platewise.regions.confusions import COMMON, REGIONAL, UNRELATED, alike, cost
from platewise.regions.library import Region, load


@pytest.mark.parametrize("pair", ["0O", "1I", "B8", "S5", "Z2", "D0", "Q0", "G6", "A4", "T7", "OQ", "UÜ"])
def test_alike_in_both_orders(pair: str) -> None:
    a, b = pair[0], pair[1]
    assert alike(a, b)
    assert alike(b, a)
    assert cost(a, b) == cost(b, a) < UNRELATED


@pytest.mark.parametrize("pair", ["0X", "W1", "京A", "EO", "47"])
def test_unrelated(pair: str) -> None:
    assert not alike(*pair)
    assert cost(*pair) == UNRELATED


def test_a_sign_is_itself() -> None:
    assert all(cost(sign, sign) == 0 and alike(sign, sign) for sign in SIGNS)


def test_a_region_adds_pairs_and_never_makes_one_dearer() -> None:
    assert not alike("京", "贵")
    assert cost("贵", "京", ("京贵",)) == REGIONAL
    assert cost("0", "O", ("0O",)) == cost("0", "O") < REGIONAL


def test_every_common_pair_is_of_two_signs_and_between_same_and_unrelated() -> None:
    assert len({frozenset(pair) for pair in COMMON}) == len(COMMON)
    assert set("".join(COMMON)) <= set(SIGNS)
    assert all(len(set(pair)) == 2 and 0 < value < UNRELATED for pair, value in COMMON.items())


@pytest.mark.parametrize("region", load().values(), ids=lambda r: r.code)
def test_look_alikes_of_a_region_are_distinct_pairs_of_signs(region: Region) -> None:
    pairs = region.data.look_alikes
    assert pairs
    assert set(chain.from_iterable(pairs)) <= set(SIGNS)
    assert len({frozenset(pair) for pair in pairs}) == len(pairs)
    assert all(len(set(pair)) == 2 for pair in pairs)
