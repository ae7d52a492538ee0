"""The assignment, held against trying everything."""

from itertools import product
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from platewise.register.assignment import assign

Gains: TypeAlias = list[dict[str, float]]
GAIN = st.integers(1, 30).map(float)
SOME = st.dictionaries(st.sampled_from("abcd"), GAIN)
ALL = st.fixed_dictionaries(dict.fromkeys("abcd", GAIN))
GAINS = st.lists(st.one_of(SOME, ALL), max_size=5)


def total(gains: Gains, chosen: tuple[str | None, ...]) -> float:
    return sum(gain[name] for gain, name in zip(gains, chosen, strict=True) if name is not None)


def best(gains: Gains) -> float:
    ways = product(*[[None, *gain] for gain in gains])
    allowed = (way for way in ways if len(set(way) - {None}) == sum(name is not None for name in way))
    return max(total(gains, way) for way in allowed)


@settings(max_examples=300, deadline=None)
@given(GAINS)
def test_no_other_assignment_gains_more(gains: Gains) -> None:
    chosen = assign(gains)
    taken = [name for name in chosen if name is not None]
    assert len(taken) == len(set(taken))
    assert total(gains, tuple(chosen)) == best(gains)


def test_a_row_gives_way_where_the_whole_gains() -> None:
    assert assign([{"a": 9.0, "b": 8.0}, {"a": 7.0}]) == ["b", "a"]
    assert assign([{"a": 9.0, "b": 1.0}, {"a": 7.0}]) == ["a", None]
    assert assign([]) == []
