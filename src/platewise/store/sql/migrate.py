"""Bringing the tables up to date, in one transaction: another server that starts meanwhile waits."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import platewise.store
from platewise.errors import StoreError
from platewise.store.sql.engine import PATIENCE_S


def is_current(connection: Connection) -> bool:
    """Tell whether no migration is missing."""
    head = ScriptDirectory.from_config(config_for(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head


def upgrade(connection: Connection) -> None:
    """Run the migrations that are missing; ``StoreError`` when a newer Platewise made the tables.

    The turn of a writer is held meanwhile, so servers that run wait with their writes. Should a table be in
    use for long by somebody who reads, nothing is changed and ``StoreBusy`` says so: a table that waits to be
    changed would hold up all its readers.
    """
    config = config_for(connection)
    scripts = ScriptDirectory.from_config(config)
    there = MigrationContext.configure(connection).get_current_revision()
    if there == scripts.get_current_head():
        return
    if there is not None and there not in {script.revision for script in scripts.walk_revisions()}:
        raise StoreError("this database was made by a newer Platewise: install that one, or restore a backup")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {round(PATIENCE_S * 1000)}")
    command.upgrade(config, "head")


def config_for(connection: Connection) -> Config:
    """Return Alembic's configuration for migrating over an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(*platewise.store.__path__) / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
