"""Cameras, gates, lanes and settings in SQL."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Table, delete, select

from platewise.errors import InputError
from platewise.store.site import Camera, Gate, Lane
from platewise.store.sql.rows import put_row
from platewise.store.sql.schema import cameras, gates, lanes, lots
from platewise.store.sql.schema import settings as options

_TABLES: dict[type, Table] = {Camera: cameras, Gate: gates, Lane: lanes}


class SqlSite:
    """The SiteStore of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cameras(self) -> tuple[Camera, ...]:
        """Return all cameras by name."""
        return tuple(Camera(**row._mapping) for row in self._all(cameras))

    def gates(self) -> tuple[Gate, ...]:
        """Return all gates by name."""
        return tuple(Gate(**row._mapping) for row in self._all(gates))

    def lanes(self) -> tuple[Lane, ...]:
        """Return all lanes by name."""
        return tuple(Lane(**row._mapping) for row in self._all(lanes))

    def put(self, record: Camera | Gate | Lane) -> None:
        """Keep or replace one; its gate or lane must be there."""
        if isinstance(record, Lane):
            self._require(gates, record.gate)
        if isinstance(record, Camera) and record.lane is not None:
            self._require(lanes, record.lane)
        if isinstance(record, Gate) and record.lot is not None:
            self._require(lots, record.lot)
        values = {field.name: getattr(record, field.name) for field in fields(record)}
        if not isinstance(record, Lane):
            values["options"] = dict(record.options)
        put_row(self._connection, _TABLES[type(record)], "name", values)

    def remove(self, record: Camera | Gate | Lane) -> bool:
        """Remove one by its name, a gate with its lanes."""
        table = _TABLES[type(record)]
        return self._connection.execute(delete(table).where(table.c.name == record.name)).rowcount > 0

    def settings(self) -> dict[str, str]:
        """Return what was set on the Settings page."""
        return {row.name: row.value for row in self._all(options)}

    def set(self, settings: Mapping[str, str | None]) -> None:
        """Change some settings; None removes one."""
        for name, value in settings.items():
            if value is None:
                self._connection.execute(delete(options).where(options.c.name == name))
            else:
                put_row(self._connection, options, "name", {"name": name, "value": value})

    def _all(self, table: Table) -> Any:
        return self._connection.execute(select(table).order_by(table.c.name))

    def _require(self, table: Table, name: str) -> None:
        if self._connection.execute(select(table.c.name).where(table.c.name == name)).first() is None:
            raise InputError(f"there is no {table.name.removesuffix('s')} {name!r}")
