"""Tables as CSV, and the file that every read is appended to."""

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

from flask import Response

from platewise.core.cells import line
from platewise.store.records import ReadRecord

T = TypeVar("T")
log = logging.getLogger(__name__)
COLUMNS = ("time", "camera", "plate", "region", "confidence", "read")
_lock = threading.Lock()


def lines(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield the lines of a table, its columns' names first."""
    yield line(columns)
    for row in rows:
        yield line(row)


def begun(found: Iterator[T]) -> Iterator[T]:
    """Return what is found, the first of it now: what is wrong with a query shows while it can be told."""
    return chain(list(islice(found, 1)), found)


def download(name: str, columns: Sequence[str], rows: Iterator[Iterable[object]]) -> Response:
    """Return a table as a CSV file of that name, which is written as it is taken."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(lines(columns, begun(rows)), content_type="text/csv; charset=utf-8", headers=headers)


def append(path: Path, records: Iterable[ReadRecord]) -> None:
    """Append reads to a file. They are stored already, so a file that cannot be written fails no request."""
    text = "".join(line(_cells(record)) for record in records)
    if not text:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _lock, path.open("a+", encoding="utf-8", newline="") as file:
            file.seek(0)
            first = file.readline()
            if first and first.strip() != line(COLUMNS).strip():
                raise FileExistsError("it holds other columns")
            file.write(text if first else line(COLUMNS) + text)
    except (OSError, UnicodeDecodeError) as error:
        log.error("reads cannot be appended to %s: %s", path, error)


def _cells(record: ReadRecord) -> tuple[object, ...]:
    time = record.frame.captured_at.isoformat()
    return (
        time,
        record.frame.camera,
        record.normalised,
        record.region,
        f"{record.confidence:.4f}",
        record.id,
    )
