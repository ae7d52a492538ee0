"""The migrations make the tables that the code expects, once, whoever comes first."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import ForeignKeyConstraint, UniqueConstraint, text
from sqlalchemy.schema import SchemaItem

from platewise.errors import InputError, StoreError
from platewise.store.memory import MemoryStore
from platewise.store.opening import open_store
from platewise.store.site import Camera, Gate, Lane
from platewise.store.sql.engine import connect, parse, transaction
from platewise.store.sql.migrate import config_for
from platewise.store.sql.schema import metadata

pytestmark = pytest.mark.wall("D9")
PARTS = "SELECT inhrelid::regclass::text FROM pg_inherits"
"""The tables of the months, and those of the rest."""


def _is_of_parts(what: SchemaItem, parts: set[str]) -> bool:
    """Tell whether a thing is a part's alone: a key's copy for it, or the uniqueness that only parts have."""
    if isinstance(what, ForeignKeyConstraint):
        return what.elements[0].target_fullname.partition(".")[0] in parts
    return isinstance(what, UniqueConstraint) and what.name == "uq_sightings_key"


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_tables_and_migrations_agree(database_url: str, tmp_path: Path) -> None:
    open_store(database_url, tmp_path / "images").close()
    engine = connect(parse(database_url), writes=True)
    with transaction(engine) as connection:
        parts = set(connection.execute(text(PARTS)).scalars()) if "postgresql" in database_url else set()
        options = {
            "compare_type": True,
            "include_name": lambda name, *_: name not in parts,
            "include_object": lambda what, *_: not (parts and _is_of_parts(what, parts)),
        }
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
    engine.dispose()


def test_indexes_and_migrations_agree_in_every_word(tmp_path: Path) -> None:
    """What SQLite's reflection leaves out: expressions and conditions."""

    def words(name: str) -> dict[str, str]:
        engine = connect(parse(f"sqlite:///{tmp_path}/{name}"), writes=True)
        with transaction(engine) as connection:
            if name == "made":
                metadata.create_all(connection)
            else:
                command.upgrade(config_for(connection), "head")
            rows = connection.execute(
                text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
            )
            found = {row.name: row.sql for row in rows}
        engine.dispose()
        return found

    assert words("made") == words("migrated")


def test_opening_again_keeps_what_is_there(database_url: str, tmp_path: Path) -> None:
    for times in range(2):
        store = open_store(database_url, tmp_path / "images")
        with store.writing() as unit:
            assert len(unit.site.settings()) == times
            unit.site.set({"a": "1"})
        store.close()


def test_an_older_database_gets_a_car_park_where_names_are_free(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/platewise.db"
    engine = connect(parse(url), writes=True)
    with transaction(engine) as connection:
        command.upgrade(config_for(connection), "0001")
        connection.execute(
            text("INSERT INTO gates VALUES ('main', 'Mine', 'in', '{}'), ('b', '', 'out', '{}')")
        )
        connection.execute(text("INSERT INTO lanes VALUES ('l1', 'b', '')"))
    engine.dispose()
    store = open_store(url, tmp_path / "images")
    with store.reading() as unit:
        assert unit.site.gates() == (Gate("b", "", "out"), Gate("main", "Mine", "in"))
        assert unit.site.lanes() == (Lane("l1", "b"), Lane("main", "main"))
        assert unit.site.cameras() == (Camera("telegram", lane="main"),)
        assert [lot.name for lot in unit.lots.lots()] == ["main"]
    store.close()


def test_what_was_removed_does_not_come_back(database_url: str, tmp_path: Path) -> None:
    for found in (1, 0):
        store = open_store(database_url, tmp_path / "images")
        with store.writing() as unit:
            assert unit.site.remove(Gate("main")) is bool(found)
            assert len(unit.lots.lots()) == found
            unit.lots.remove("main")
        store.close()


def test_servers_that_start_together_wait_for_each_other(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from platewise.store.opening import open_store;"
        f"open_store('sqlite:///{tmp_path}/new/platewise.db', Path({str(tmp_path)!r}) / 'images').check()"
    )
    starts = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(3)]
    assert [start.wait() for start in starts] == [0, 0, 0]


def test_tables_of_a_newer_version_are_left_alone(database_url: str, tmp_path: Path) -> None:
    open_store(database_url, tmp_path / "images").close()
    engine = connect(parse(database_url), writes=True)
    with transaction(engine) as connection:
        head = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        with pytest.raises(StoreError, match="newer"):
            open_store(database_url, tmp_path / "images")
    finally:
        with transaction(engine) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head})
        engine.dispose()


@pytest.mark.parametrize("url", ["", "x", "mysql://h/d", "sqlite://", "sqlite:///:memory:", "::::"])
def test_an_address_of_nothing_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="database URL"):
        open_store(url, tmp_path)


@pytest.mark.parametrize("url", ["postgresql://u@h/d", "postgres://u@h/d", "postgresql+psycopg2://u@h/d"])
def test_postgresql_is_spoken_with_psycopg_3(url: str) -> None:
    assert parse(url).drivername == "postgresql+psycopg"


def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="needs the [postgres] extra")
    with pytest.raises(StoreError, match="the database failed"):
        open_store(f"postgresql://u@/d?host={tmp_path}", tmp_path / "images")


def test_memory_is_a_store_too(tmp_path: Path) -> None:
    assert isinstance(open_store("memory:", tmp_path), MemoryStore)
