"""How the results of ``read`` leave: table, JSON, JSON lines, CSV. A record is one picture's JSON."""

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Any, Protocol, TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from platewise.core.cells import safe
from platewise.errors import InputError

Record = dict[str, Any]
PIPE_WIDTH = 160
"""Columns of a table that does not go to a terminal."""
READ_COLUMNS = ("plate", "display", "region", "confidence", "detection_confidence")
COLUMNS = ("image", *READ_COLUMNS, "x", "y", "width", "height", "explain", "error")
LIKELY = 0.05
"""Another candidate is worth a remark from this probability on."""


class Format(StrEnum):
    """The forms that ``read`` can print."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


class Writer(Protocol):
    """Takes the records of a run one by one, then is closed."""

    def write(self, record: Record) -> None:
        """Take one picture's record."""
        ...

    def close(self) -> None:
        """Finish: what is written is whole, also when the run ended early."""
        ...


def writer(form: Format, out: TextIO) -> Writer:
    """Return the writer of that form onto ``out``."""
    if form is Format.TABLE:
        return TableWriter(out)
    if form is Format.CSV:
        return CsvWriter(out)
    return JsonWriter(out) if form is Format.JSON else LineWriter(out)


class LineWriter:
    """One JSON object a line, flushed a line at a time."""

    def __init__(self, out: TextIO) -> None:
        """Write to ``out``."""
        self._out = out

    def write(self, record: Record) -> None:
        """Write one whole line."""
        self._out.write(json.dumps(record, ensure_ascii=False) + "\n")
        self._out.flush()

    def close(self) -> None:
        """Nothing is open."""


class JsonWriter:
    """One JSON array, written as it grows."""

    def __init__(self, out: TextIO) -> None:
        """Write to ``out``."""
        self._out, self._lead = out, "[\n"

    def write(self, record: Record) -> None:
        """Write one element."""
        self._out.write(self._lead + json.dumps(record, ensure_ascii=False))
        self._lead = ",\n"

    def close(self) -> None:
        """Close the array."""
        self._out.write("[]\n" if self._lead == "[\n" else "\n]\n")
        self._out.flush()


class CsvWriter:
    """One row a read; a picture without reads or with an error has one row too."""

    columns: tuple[str, ...] = COLUMNS

    def __init__(self, out: TextIO, header: bool = True) -> None:
        """Write to ``out``, with the header unless it is there already."""
        self._out = out
        if header:
            self._send([self.columns])

    def write(self, record: Record) -> None:
        """Write the picture's rows together."""
        self._send(self.rows(record))

    def rows(self, record: Record) -> list[list[object]]:
        """Return the rows of a record."""
        return [_row(record, read) for read in record["reads"] or [{}]]

    def close(self) -> None:
        """Nothing is open."""

    def _send(self, rows: Sequence[Sequence[object]]) -> None:
        text = StringIO()
        csv.writer(text, lineterminator="\n").writerows([_safe(cell) for cell in row] for row in rows)
        self._out.write(text.getvalue())
        self._out.flush()


class TableWriter:
    """A table for people, printed at the end, when the widths are known."""

    def __init__(self, out: TextIO) -> None:
        """Print to ``out``; a pipe gets a width that no terminal dictates."""
        width = None if out.isatty() else PIPE_WIDTH
        self._console = Console(file=out, width=width, highlight=False)
        self._table = Table("Image", "Plate", "Region", box=None, header_style="bold", pad_edge=False)
        self._table.add_column("Sure", justify="right")
        self._table.add_column("Width", justify="right")
        self._table.add_column("Remarks")

    def write(self, record: Record) -> None:
        """Take one row a read."""
        image = escape(record["image"])
        if record["error"]:
            self._table.add_row(image, "", "", "", "", f"[red]error: {escape(record['error'])}[/red]")
        elif not record["reads"]:
            self._table.add_row(image, "[dim]none[/dim]")
        for read in record["reads"]:
            self._table.add_row(image, *_cells(read))
            image = ""

    def close(self) -> None:
        """Print the table."""
        if self._table.row_count:
            self._console.print(self._table)


@contextmanager
def appending(path: Path, kind: type[CsvWriter] = CsvWriter) -> Iterator[CsvWriter]:
    """Open a CSV file for more rows; the header is written once. InputError when it holds other columns."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.seek(0)
            first = file.readline()
            if first and next(csv.reader([first])) != list(kind.columns):
                raise InputError(f"{path}: holds other columns; give the name of a new file")
            yield kind(file, header=not first)
    except BrokenPipeError:  # of standard output: this file is no pipe
        raise
    except (OSError, csv.Error) as error:
        raise InputError(f"{path}: cannot append: {error}") from error


def _cells(read: Record) -> list[str]:
    plate = f"[bold]{escape(read['display'])}[/bold]" if read["plate"] else "[dim](unreadable)[/dim]"
    others = (c for c in read["candidates"][1:] if c["confidence"] >= LIKELY)
    doubts = [f"or {c['plate']} {c['confidence']:.0%}" for c in others]
    remarks = ", ".join([*read["explain"], *doubts])
    width = f"{read['box'][2]:.0f} px"
    return [plate, escape(read["region"] or ""), f"{read['confidence']:.0%}", width, escape(remarks)]


def _row(record: Record, read: Record) -> list[object]:
    return [
        record["image"],
        *(read.get(key) for key in READ_COLUMNS),
        *read.get("box", [None] * 4),
        "; ".join(read.get("explain", [])),
        record["error"],
    ]


def _safe(cell: object) -> object:
    """Return text that a spreadsheet shows and never runs; a number is none."""
    # csv.writer would leave a carriage return bare, and readers take it for the end of the row
    return safe(cell.replace("\r", " ")) if isinstance(cell, str) else cell
