"""After a deletion: nothing of it may remain in the database's files."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from platewise.store.sql.engine import failures

_PIECE = 2**22
"""Bytes that are looked through at once."""


def checkpoint(engine: Engine) -> bool:
    """Empty SQLite's journal into its database; tell whether no reader was in the way."""
    with _outside_transactions(engine) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


class Content:
    """The bytes of a SQLite file.

    It stays open as long as the store: to close any handle of the file takes from SQLite the locks of the
    whole process (as POSIX has it), and then another process would delete the journal that this one uses.
    """

    def __init__(self, file: Path) -> None:
        """Know the file; it is opened when it is asked for."""
        self._file = file
        self._handle: int | None = None

    def holds(self, words: Iterable[str]) -> bool:
        """Tell whether any of the words is still in the file.

        Deleted rows are overwritten (``secure_delete``), but a row that SQLite moved between pages before may
        have left a copy in a gap.
        """
        wanted = [word.encode() for word in words]
        if not wanted:
            return False
        if self._handle is None:
            self._handle = os.open(self._file, os.O_RDONLY)
        overlap, place = max(map(len, wanted)), 0
        while piece := os.pread(self._handle, _PIECE + overlap, place):
            if any(word in piece for word in wanted):
                return True
            place += _PIECE
        return False

    def close(self) -> None:
        """Close the file; no connection to it may be open any more."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


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
