"""Every kind of Store, one after the other: in dicts, in SQLite, in a real PostgreSQL."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from store_samples import NOON

from platewise.register.values import Lot
from platewise.store.memory import MemoryStore
from platewise.store.opening import open_store
from platewise.store.parking import DEFAULTS
from platewise.store.protocol import Store

POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
DATABASES = ["sqlite", "postgresql"]
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
_COUNTED = """
    SELECT d.refobjid::regclass::text FROM pg_sequences s
    JOIN pg_depend d ON d.objid = format('%I.%I', s.schemaname, s.sequencename)::regclass
    WHERE s.schemaname = 'public' AND s.last_value IS NOT NULL AND d.deptype IN ('a', 'i')
"""
"""Tables, and those whose numbers have begun."""


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with the tables, to be copied."""
    pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")
    file = tmp_path_factory.mktemp("template") / "platewise.db"
    open_store(f"sqlite:///{file}", file.parent / "images").close()
    return file


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Return the URL of a PostgreSQL of the tests' own, on a Unix socket, gone at the end."""
    pytest.importorskip("psycopg", reason="needs the [postgres] extra")
    if not POSTGRES:
        pytest.skip("needs PostgreSQL: apt install postgresql")
    folder, programs = Path(tempfile.mkdtemp(prefix="pw-pg-")), POSTGRES[-1].parent
    owner: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        owner = {"user": "postgres", "group": pwd.getpwnam("postgres").pw_gid, "extra_groups": []}

    def call(name: str, *arguments: str) -> None:
        line = [str(programs / name), "-D", str(folder / "data"), *arguments]
        subprocess.run(
            line, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **owner
        )

    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off"
    try:
        call("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        call("pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", options)
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            call("pg_ctl", "stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder)


def _empty(url: str, folder: Path) -> None:
    """Delete all rows, where there are tables, but for what a fresh database holds.

    Only tables that were used are truncated: each costs PostgreSQL several files.
    """
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        names = connection.execute(_TABLES).fetchall()
        looks = [f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for (name,) in names]
        used = {row[0] for row in connection.execute(" UNION ALL ".join(looks))} if looks else set()
        used |= {row[0] for row in connection.execute(_COUNTED)}
        if used:
            quoted = ", ".join(f'"{name}"' for name in sorted(used))
            connection.execute(f"TRUNCATE {quoted} RESTART IDENTITY CASCADE")
    store = open_store(url, folder / "images")
    if ("reads_202603",) not in names:
        _make_months(url)
    with store.writing() as unit:
        for record in DEFAULTS:
            (unit.lots if isinstance(record, Lot) else unit.site).put(record)
    store.close()


def _make_months(url: str) -> None:
    """Make the month in which the samples lie; they would be kept without it, in another part."""
    from platewise.store.sql import months
    from platewise.store.sql.engine import connect, parse, transaction

    engine = connect(parse(url), writes=True)
    with transaction(engine) as connection:
        months.prepare(connection, NOON)
    engine.dispose()


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database of each kind."""
    return _url(request, tmp_path)


@pytest.fixture(params=["memory", *DATABASES])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Return an empty store of each kind."""
    if request.param == "memory":
        opened: Store = MemoryStore()
    else:
        url = _url(request, tmp_path)
        opened = open_store(url, tmp_path / "images")
    yield opened
    opened.close()


def _url(request: pytest.FixtureRequest, folder: Path) -> str:
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "platewise.db")
        return f"sqlite:///{folder}/platewise.db"
    url: str = request.getfixturevalue("postgres_url")
    _empty(url, folder)
    return url
