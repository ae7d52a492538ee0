"""A database as one file, and back: SQLite's own copying, PostgreSQL's ``pg_dump`` and ``pg_restore``."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, inspect

from platewise.errors import Conflict, MissingExtra, StoreError
from platewise.store.sql.engine import connect, failures, file_of, transaction


def dump(address: URL, out: Path) -> None:
    """Write the database as it is at one moment into a file, while others go on reading and writing."""
    file = file_of(address)
    if file is None:
        _run("pg_dump", address, "--format=custom", "--no-owner", "--no-privileges", f"--file={out}")
        return
    if not file.is_file():
        raise StoreError(f"there is no database {file}")
    with failures(), closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(out)) as copy:
        source.backup(copy)  # all pages in one step: one moment
        copy.execute("PRAGMA journal_mode=DELETE")
        _check(copy, out)


def load(address: URL, dumped: Path) -> None:
    """Make a database of such a file; Conflict where there is one already."""
    file = file_of(address)
    if file is None:
        _require_empty(address)
        options = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
        _run("pg_restore", address, *options, str(dumped))
        return
    for part in (file, *_journals(file)):
        if part.exists():
            raise Conflict(f"there is a database already: {part}; move it away first")
    with failures(), closing(sqlite3.connect(dumped)) as copy:
        _check(copy, dumped)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    shutil.copyfile(dumped, part)
    part.chmod(0o600)
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.rename(file)


def _journals(file: Path) -> list[Path]:
    """Return where a server that died left its last words: SQLite would write them into what is restored."""
    return [file.with_name(f"{file.name}-{ending}") for ending in ("wal", "journal")]


def _check(connection: sqlite3.Connection, file: Path) -> None:
    found = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise StoreError(f"the database {file} is damaged: {found}")


def _require_empty(address: URL) -> None:
    engine = connect(address, writes=False)
    try:
        with transaction(engine) as connection:
            if inspect(connection).get_table_names():
                raise Conflict(f"the database {address.database} is not empty; make another one first")
    finally:
        engine.dispose()


def _run(program: str, address: URL, *arguments: str) -> None:
    """Run a program of PostgreSQL; the password is in its environment: lists of processes do not show it."""
    found = shutil.which(program)
    if found is None:
        raise MissingExtra(f"{program} (Debian's package postgresql-client)", "postgres")
    secret = address.password or address.query.get("password")
    known = address.set(drivername="postgresql", password=None).difference_update_query(["password"])
    environ = {**os.environ, **({"PGPASSWORD": str(secret)} if secret else {})}
    line = [found, "--no-password", f"--dbname={known.render_as_string(hide_password=False)}", *arguments]
    done = subprocess.run(line, capture_output=True, text=True, check=False, env=environ)
    if done.returncode:
        raise StoreError(f"{program} failed: {done.stderr.strip()[:500]}")
