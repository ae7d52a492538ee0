"""The best pairing of parts, and its margins, against trying everything."""

from itertools import product
from random import Random

import pytest

from platewise.register import choosing
from platewise.register.chance import chance
from platewise.register.choosing import choose

Gains = dict[str, dict[str, float]]


def pairings(gains: Gains) -> dict[tuple[tuple[str, str | None], ...], float]:
    """Return every pairing and its sum."""
    found = {}
    for columns in product(*([None, *edges] for edges in gains.values())):
        used = [column for column in columns if column]
        if len(used) == len(set(used)):
            pairs = tuple(zip(gains, columns, strict=True))
            found[pairs] = sum(gains[row][column] for row, column in pairs if column)
    return found


def drawn(rng: Random, rows: int = 4) -> Gains:
    """Return gains whose rows and columns, named like passages, may bear the same names."""
    columns = [f"p{n}" for n in range(4)]
    return {
        f"p{row}": {c: round(rng.uniform(0.1, 20), 2) for c in columns if rng.random() < 0.5}
        for row in range(rows)
    }


@pytest.mark.parametrize("seed", range(40))
def test_the_sum_is_the_largest_and_margins_are_what_deciding_otherwise_costs(seed: int) -> None:
    gains = drawn(Random(seed))
    sums = pairings(gains)
    best = max(sums.values())
    choice = choose(gains)
    assert sum(gains[row][column] for row, column in choice.partner.items()) == pytest.approx(best)
    for row, margin in choice.row_margin.items():
        mine = choice.partner.get(row)
        otherwise = max(total for pairs, total in sums.items() if dict(pairs)[row] != mine)
        assert margin == pytest.approx(best - otherwise, abs=1e-6)
    wanted = {column: row for row, column in choice.partner.items()}
    for column, margin in choice.column_margin.items():
        totals = (
            t for pairs, t in sums.items() if {c: r for r, c in pairs}.get(column) != wanted.get(column)
        )
        assert margin == pytest.approx(best - max(totals), abs=1e-6)


@pytest.mark.parametrize("seed", range(10))
def test_in_large_parts_margins_are_at_most_the_true_ones(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    gains = drawn(Random(seed))
    exact = choose(gains)
    monkeypatch.setattr(choosing, "_SMALL", 0)
    least = choose(gains)
    assert least.partner == exact.partner
    assert least.row_margin.keys() == exact.row_margin.keys()
    for mine, theirs in ((least.row_margin, exact.row_margin), (least.column_margin, exact.column_margin)):
        assert all(0 <= mine[name] <= theirs[name] + 1e-6 for name in mine)


def test_who_has_no_choice_has_no_margin() -> None:
    choice = choose({"a": {}, "b": {"c": 2.0}})
    assert (choice.partner, choice.row_margin, choice.column_margin) == ({"b": "c"}, {"b": 2.0}, {"c": 2.0})


def test_plates_of_one_town_are_more_alike_than_any() -> None:
    rng = Random(1)
    any_ = ["".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=7)) for _ in range(400)]
    town = [f"ZG{rng.randrange(1000, 10_000)}{rng.choice('AB')}" for _ in range(400)]
    assert chance(any_, 0.5) == pytest.approx(1 / 36, abs=0.003)
    assert 0.2 < chance(town, 0.5) < 0.6
    assert chance(["AB12CDE"], 0.5) == chance([], 0.5) == 0.5
