"""Opening a database: make the file, bring the tables up to date, and hand out the store."""

import os
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL

from platewise import clock
from platewise.errors import MissingExtra
from platewise.store.images import ImageFolder
from platewise.store.sql.engine import MIGRATION_S, connect, file_of, parse, transaction
from platewise.store.sql.migrate import is_current, upgrade
from platewise.store.sql.months import prepare, prepared
from platewise.store.sql.store import SqlStore


def open_database(url: str, images: Path, quota: int | None) -> SqlStore:
    """Open the store of a SQLite or PostgreSQL URL."""
    address = parse(url)
    if file := file_of(address):
        _make(file)
    elif find_spec("psycopg") is None:
        raise MissingExtra("PostgreSQL", "postgres")
    _upgrade(address)
    return SqlStore(address, ImageFolder(images), quota)


def _make(file: Path) -> None:
    """Make an empty file that only its owner may read; one that is there stays as it is."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():  # to open and close one that is in use would take SQLite's locks from this process
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))


def _upgrade(address: URL) -> None:
    """Bring the tables up to date; a server that starts where they are does not wait for any writer."""
    readers = connect(address, writes=False)
    try:
        with transaction(readers) as connection:
            if is_current(connection) and prepared(connection, clock.now()):
                return
    finally:
        readers.dispose()
    engine = connect(address, writes=True, patience=MIGRATION_S)
    try:
        with transaction(engine) as connection:
            upgrade(connection)
            prepare(connection, clock.now())
    finally:
        engine.dispose()
