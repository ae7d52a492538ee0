"""The best assignment of few to many: who belongs to whom so that the whole is likeliest."""

from collections.abc import Mapping, Sequence
from math import inf


def assign(gains: Sequence[Mapping[str, float]]) -> list[str | None]:
    """Return for each row the column it gets, None for no one, so that the sum of gains is largest.

    A row without a column gains nothing; a column that a row does not name is closed to it. Exact: each row
    is let in along the cheapest chain of moves (Hungarian method), which never frees a column once given.
    """
    columns: list[str | int] = [*dict.fromkeys(name for row in gains for name in row), *range(len(gains))]
    held: dict[str | int, int] = {}
    rows, prices = [0.0] * len(gains), dict.fromkeys(columns, 0.0)
    for new in range(len(gains)):
        _let_in(new, gains, (held, rows, prices))
    found: list[str | None] = [None] * len(gains)
    for column, row in held.items():
        found[row] = column if isinstance(column, str) else None
    return found


_Tableau = tuple[dict[str | int, int], list[float], dict[str | int, float]]


def _let_in(new: int, gains: Sequence[Mapping[str, float]], tableau: _Tableau) -> None:
    """Give the new row a column, moving others where the whole gains by it."""
    held, rows, prices = tableau
    nearest, came = dict.fromkeys(prices, inf), dict[str | int, int]()
    reached: list[str | int] = []
    row: int | None = new
    while row is not None:
        for column in nearest.keys() - reached:
            slack = _cost(gains, row, column) - rows[row] - prices[column]
            if slack < nearest[column]:
                nearest[column], came[column] = slack, row
        best = min((c for c in prices if c not in reached), key=nearest.__getitem__)
        step = nearest[best]
        rows[new] += step
        for column in reached:
            rows[held[column]] += step
            prices[column] -= step
        for column in nearest.keys() - reached:
            nearest[column] -= step
        reached.append(best)
        row = held.get(best)
    _shift(reached[-1], came, held)


def _shift(column: str | int, came: Mapping[str | int, int], held: dict[str | int, int]) -> None:
    """Hand the columns on along the chain that ends at ``column``."""
    while True:
        row = came[column]
        former = next((c for c, holder in held.items() if holder == row), None)
        held[column] = row
        if former is None:
            return
        column = former


def _cost(gains: Sequence[Mapping[str, float]], row: int, column: str | int) -> float:
    if isinstance(column, int):
        return 0.0 if column == row else inf
    return -gains[row].get(column, -inf)
