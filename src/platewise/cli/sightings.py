"""How the sightings of ``watch`` leave: lines for people, JSON lines, CSV; a record is one's JSON."""

import sys
from enum import StrEnum
from typing import TextIO

from rich.cells import set_cell_size

from platewise.cli.output import CsvWriter, LineWriter, Record, Writer

SHOWN = ("camera", "seen_at", "lane", "motion", "frames", "key")
READ = ("plate", "display", "region", "confidence")
COLUMNS = (*SHOWN, *READ, "x", "y", "width", "height", "explain")
WIDTHS = {"Time": 20, "Camera": 14, "Plate": 14, "Region": 7, "Sure": 6, "Frames": 7, "Motion": 12, "Lane": 8}


class Form(StrEnum):
    """The forms that ``watch`` can print."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


class Printed:
    """Standard output as it is at the moment of printing: a progress bar may have taken its place."""

    def write(self, text: str) -> int:
        """Print the text."""
        return sys.stdout.write(text)

    def flush(self) -> None:
        """Let what was printed be seen."""
        sys.stdout.flush()


def writer(form: Form, out: TextIO) -> Writer:
    """Return the writer of that form onto ``out``."""
    if form is Form.CSV:
        return SightingCsv(out)
    return LineWriter(out) if form is Form.JSONL else SightingLines(out)


class SightingCsv(CsvWriter):
    """One row a sighting."""

    columns = COLUMNS

    def rows(self, record: Record) -> list[list[object]]:
        """Return the row of a sighting."""
        told = [record[name] for name in (*SHOWN, *READ)]
        return [[*told, *record["box"], "; ".join(record["explain"])]]


class SightingLines:
    """A line a sighting, in columns, as it happens."""

    def __init__(self, out: TextIO) -> None:
        """Print the heads of the columns."""
        self._out = out
        self._line(list(WIDTHS), "Remarks")

    def write(self, record: Record) -> None:
        """Print one sighting."""
        time = record["seen_at"].replace("T", " ")[:19]
        plate = record["display"] or "(unreadable)"
        cells = [time, record["camera"] or "", plate, record["region"] or "", f"{record['confidence']:.0%}"]
        cells += [str(record["frames"]), record["motion"], record["lane"] or ""]
        self._line(cells, ", ".join(record["explain"]))

    def close(self) -> None:
        """Nothing is open."""

    def _line(self, cells: list[str], rest: str) -> None:
        shown = [set_cell_size(cell, width) for cell, width in zip(cells, WIDTHS.values(), strict=True)]
        self._out.write(" ".join([*shown, rest]).rstrip() + "\n")
        self._out.flush()
