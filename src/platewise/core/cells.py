"""Lines of CSV that no spreadsheet takes for a formula."""

import csv
from collections.abc import Iterable
from io import StringIO

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe(cell: object) -> str:
    """Return a cell's text; an apostrophe goes before what a spreadsheet would run."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text


def unsafe(text: str) -> str:
    """Return the cell that ``safe`` made safe."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def line(cells: Iterable[object]) -> str:
    """Return one line of CSV."""
    file = StringIO()
    csv.writer(file).writerow(map(safe, cells))
    return file.getvalue()
