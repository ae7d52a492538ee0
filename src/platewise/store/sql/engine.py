"""Connections that behave alike on SQLite and PostgreSQL.

Writers queue: on SQLite a transaction begins IMMEDIATE, on PostgreSQL it takes one advisory lock, so a unit
that looks first and then writes is never overtaken. A commit is on the disk when it returns.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from platewise.errors import Conflict, InputError, PlatewiseError, StoreBusy, StoreError, StoreFull

PATIENCE_S = 10
"""How long a writer waits for its turn, in seconds."""
MIGRATION_S = 300
"""How long a server that starts waits for another that brings the tables up to date, in seconds."""
_LOCK = 0x706C617465  # "plate": the advisory lock of this program's writers
_PLANS = ("enable_hashjoin=off", "enable_mergejoin=off", "parallel_setup_cost=100000")
"""Every join is one of few rows by an index. PostgreSQL reckons that each row costs a look into every month,
where it takes one, and would rather read whole tables, in several processes, for one page.
"""
_WAL_BYTES = 64 * 2**20
_BUSY = {"SQLITE_BUSY", "SQLITE_LOCKED", "55P03", "40P01"}
_FULL = {"SQLITE_FULL", "53100"}


def parse(url: str) -> URL:
    """Return a database's address; ``InputError`` when it is neither SQLite nor PostgreSQL."""
    try:
        address = make_url(url)
    except (SQLAlchemyError, ValueError) as error:
        raise InputError("a database URL looks like sqlite:///file or postgresql://user@host/name") from error
    family = address.get_backend_name()
    if family == "postgresql" or address.drivername == "postgres":
        return address.set(drivername="postgresql+psycopg")
    if family != "sqlite" or not address.database or address.database == ":memory:":
        raise InputError("a database URL looks like sqlite:///file or postgresql://user@host/name")
    return address


def connect(address: URL, *, writes: bool, patience: int = PATIENCE_S) -> Engine:
    """Return an engine of writers or of readers; the writers of one process queue for one connection.

    On PostgreSQL they wait ``patience`` seconds for their turn among those of all processes.
    """
    size = {"pool_size": 1, "max_overflow": 0} if writes else {"pool_size": 8, "max_overflow": 24}
    if address.get_backend_name() == "sqlite":
        engine = create_engine(address, pool_timeout=PATIENCE_S, **size)
        event.listen(engine, "connect", _set_up_writer if writes else _set_up_reader)
        event.listen(engine, "begin", _begin_immediate if writes else _begin)
        return engine
    options = " ".join(f"-c {setting}" for setting in (f"lock_timeout={patience}s", *_PLANS))
    engine = create_engine(
        address,
        pool_timeout=PATIENCE_S,
        pool_pre_ping=True,
        connect_args={"options": options, "connect_timeout": PATIENCE_S},
        isolation_level="READ COMMITTED" if writes else "REPEATABLE READ",
        **size,
    )
    event.listen(engine, "begin", _take_turn if writes else _begin_read_only)
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Open a connection in one transaction; errors of the database come out as Platewise's own."""
    with failures(), engine.begin() as connection:
        yield connection


@contextmanager
def failures() -> Iterator[None]:
    """Turn the errors of databases into Platewise's own."""
    try:
        yield
    except PoolTimeout as error:
        raise StoreBusy("the database is busy; try again") from error
    except StatementError as error:
        raise _translate(error.orig) from error
    except sqlite3.Error as error:
        raise _translate(error) from error


def _translate(cause: BaseException | None) -> PlatewiseError:
    if isinstance(cause, PlatewiseError):  # a column's type refused the value
        return cause
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or ""
    if code in _FULL:
        return StoreFull("there is no space left for the database")
    if code in _BUSY or code.startswith("SQLITE_BUSY"):
        return StoreBusy("the database is busy; try again")
    if code.startswith(("SQLITE_CONSTRAINT", "23")):
        return Conflict("this contradicts what is stored")
    if code.startswith("22"):
        return InputError("a value cannot be stored")
    return StoreError(f"the database failed ({code or type(cause).__name__})")


def _set_up_writer(connection: Any, _: object) -> None:
    _set_up(connection, "secure_delete=ON", f"journal_size_limit={_WAL_BYTES}")


def _set_up_reader(connection: Any, _: object) -> None:
    _set_up(connection, "query_only=ON")


def _set_up(connection: Any, *pragmas: str) -> None:
    connection.isolation_level = None  # this module begins and ends the transactions
    shared = (f"busy_timeout={PATIENCE_S * 1000}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
    for pragma in (*shared, "temp_store=MEMORY", "cache_size=-16000", *pragmas):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_read_only(connection: Connection) -> None:
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _take_turn(connection: Connection) -> None:
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%(lock)s)", {"lock": _LOCK})


def file_of(address: URL) -> Path | None:
    """Return the file of a SQLite database."""
    sqlite = address.get_backend_name() == "sqlite"
    return Path(address.database) if sqlite and address.database else None
