"""After a deletion: nothing of it may remain in the database's files."""

import mmap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from platewise.store.sql.engine import failures


def checkpoint(engine: Engine) -> bool:
    """Empty SQLite's journal into its database; tell whether no reader was in the way."""
    with _outside_transactions(engine) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def holds(file: Path, words: Iterable[str]) -> bool:
    """Tell whether any of the words is still in a SQLite file.

    Deleted rows are overwritten (``secure_delete``), but a row that SQLite moved between pages before may
    have left a copy in a gap.
    """
    with file.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(word.encode()) >= 0 for word in words)


def rewrite(engine: Engine) -> None:
    """Write a SQLite database anew, without gaps: while the file is copied, nobody else can write."""
    with _outside_transactions(engine) as connection:
        connection.execute("VACUUM")


def vacuum(engine: Engine) -> None:
    """Have PostgreSQL clear the tables of deleted rows."""
    with _outside_transactions(engine) as connection:
        connection.autocommit = True
        try:
            connection.execute("VACUUM")
        finally:
            connection.autocommit = False


@contextmanager
def _outside_transactions(engine: Engine) -> Iterator[Any]:
    """Lend the driver's own connection."""
    with failures():
        lent = engine.raw_connection()
        try:
            yield lent.driver_connection
        finally:
            lent.close()
