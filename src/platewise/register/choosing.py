"""The best pairing where few of many pairs are possible, and by how much each choice is the best."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from platewise.register.assignment import assign

Gains = Mapping[str, Mapping[str, float]]
Margins = dict[str, float]
_FORCED, _SMALL = 1e6, 16


@dataclass(frozen=True, slots=True)
class Choice:
    """Which column each row gets (rows without one are left out).

    ``margin`` says for each row and column that had a choice how many nats would be lost if it were decided
    otherwise: another partner for those that have one, any partner for those that have none.
    """

    partner: dict[str, str]
    row_margin: Margins
    column_margin: Margins


def choose(gains: Gains) -> Choice:
    """Return the pairing with the largest sum of gains, exact, part by connected part.

    Margins are exact in parts of up to ``_SMALL`` rows; in larger ones they are the least that they may be.
    """
    choice = Choice({}, {}, {})
    for part in _parts(gains):
        chosen = _assigned(part)
        margins = _exact_margins if len(part) <= _SMALL else _least_margins
        rows, columns = margins(part, chosen)
        choice.partner.update(chosen)
        choice.row_margin.update(rows)
        choice.column_margin.update(columns)
    return choice


def _exact_margins(part: Gains, chosen: Mapping[str, str]) -> tuple[Margins, Margins]:
    """Return what the sum loses by deciding otherwise, for rows and columns: each is decided anew."""
    best, rows, columns = _sum(part, chosen), dict[str, float](), dict[str, float]()
    for row, column in chosen.items():
        rows[row] = columns[column] = best - _best(_without(part, row, column))
    for row in part.keys() - chosen.keys():
        rows[row] = best + _FORCED - _best(_forced(part, row=row))
    for column in {name for edges in part.values() for name in edges} - set(chosen.values()):
        columns[column] = best + _FORCED - _best(_forced(part, column=column))
    return rows, columns


def _least_margins(part: Gains, chosen: Mapping[str, str]) -> tuple[Margins, Margins]:
    """Return the same, or less: as if whoever loses its partner took any other one for nothing.

    Without a pair the sum loses its gain, and wins at most the best other gain of its row and of its column.
    """
    by_column: dict[str, dict[str, float]] = {}
    for row, edges in part.items():
        for column, gain in edges.items():
            by_column.setdefault(column, {})[row] = gain
    rows, columns = dict.fromkeys(part, 0.0), dict.fromkeys(by_column, 0.0)
    for row, column in chosen.items():
        others = _best_other(part[row], column) + _best_other(by_column[column], row)
        rows[row] = columns[column] = max(0.0, part[row][column] - others)
    return rows, columns


def _best_other(gains: Mapping[str, float], name: str) -> float:
    return max((gain for other, gain in gains.items() if other != name), default=0.0)


def _parts(gains: Gains) -> Iterator[dict[str, Mapping[str, float]]]:
    """Yield the rows that compete for columns with each other, directly or through others."""
    wanted_by: dict[str, list[str]] = {}
    for row, edges in gains.items():
        for column in edges:
            wanted_by.setdefault(column, []).append(row)
    seen: set[str] = set()
    for first in gains:
        if first in seen or not gains[first]:
            continue
        seen.add(first)
        part, waiting = list[str](), [first]
        while waiting:
            row = waiting.pop()
            part.append(row)
            near = dict.fromkeys(other for column in gains[row] for other in wanted_by[column])
            waiting += [other for other in near if other not in seen]
            seen |= near.keys()
        yield {row: gains[row] for row in part}


def _assigned(part: Gains) -> dict[str, str]:
    chosen = assign(list(part.values()))
    return {row: column for row, column in zip(part, chosen, strict=True) if column is not None}


def _sum(part: Gains, chosen: Mapping[str, str]) -> float:
    return sum(part[row][column] for row, column in chosen.items())


def _best(part: Gains) -> float:
    return _sum(part, _assigned(part))


def _without(part: Gains, row: str, column: str) -> Gains:
    return {**part, row: {name: gain for name, gain in part[row].items() if name != column}}


def _forced(part: Gains, row: str | None = None, column: str | None = None) -> Gains:
    """Return the gains with one row or column in such demand that it is never left alone."""
    return {
        name: {c: gain + _FORCED * (name == row or c == column) for c, gain in edges.items()}
        for name, edges in part.items()
    }
