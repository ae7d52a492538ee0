"""Where in a TOML text something stands, so that a fault can be told with its line."""

import re
from collections.abc import Iterator, Sequence

_TEXT = re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'")
_HEADER = re.compile(r"\s*(\[\[?)([^\[\]]+)\]\]?\s*$")
_KEY = re.compile(r"\s*([\w-]+)\s*=")
Place = tuple[str | int, ...]


def line_of(toml: str, place: Sequence[str | int]) -> int | None:
    """Return the line, from 1, of the smallest part around a place that can be found: a key, a table, a list.

    Places are as pydantic names them: ``("gates", 1, "direction")``. What is written in several lines counts
    as its first one; texts of several lines may confuse it, so it is help for a person and no more.
    """
    found: dict[Place, int] = {}
    for known, line in _places(toml):
        found.setdefault(known, line)
    parts = tuple(place)
    return next((found[parts[:n]] for n in range(len(parts), 0, -1) if parts[:n] in found), None)


def _places(toml: str) -> Iterator[tuple[Place, int]]:
    """Yield the places of a text with their lines."""
    table: Place = ()
    counts: dict[Place, int] = {}
    array: Place | None = None
    depth = element = 0
    for number, written in enumerate(toml.splitlines(), 1):
        line = _TEXT.sub("''", written).partition("#")[0]
        header, key = _HEADER.match(line), _KEY.match(line)
        if depth == 0 and header:
            table = _table(header[1], tuple(header[2].strip().split(".")), counts)
            yield table, number
            continue
        if depth == 0 and key:
            array, element = (*table, key[1]), -1
            yield array, number
            line = line[key.end() :]
        for sign in line:
            depth += (sign in "[{") - (sign in "]}")
            if sign == "{" and depth == 2 and array:
                element += 1
                yield (*array, element), number


def _table(brackets: str, names: tuple[str, ...], counts: dict[Place, int]) -> Place:
    """Return the place of a table; of one of several with its number among them."""
    if brackets == "[":
        return names
    counts[names] = counts.get(names, -1) + 1
    return (*names, counts[names])
