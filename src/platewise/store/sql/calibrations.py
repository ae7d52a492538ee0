"""Calibrations in SQL."""

from datetime import datetime

from sqlalchemy import Connection, desc, select, update

from platewise.store.calibrations import CalibrationRecord
from platewise.store.sql.alert_schema import calibrations
from platewise.store.sql.rows import insert_row

_LATEST = select(calibrations).order_by(desc(calibrations.c.id))


class SqlCalibrations:
    """The CalibrationStore of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def apply(self, text: str, user: str, at: datetime) -> CalibrationRecord:
        """Keep a calibration, which holds from now on."""
        number = insert_row(self._connection, calibrations, {"text": text, "user": user, "at": at})
        return CalibrationRecord(number, at, user, text)

    def current(self) -> CalibrationRecord | None:
        """Return the one that holds."""
        held = _LATEST.where(calibrations.c.withdrawn_at.is_(None)).limit(1)
        row = self._connection.execute(held).first()
        return CalibrationRecord(**row._mapping) if row else None

    def all(self) -> tuple[CalibrationRecord, ...]:
        """Return all, the latest first."""
        return tuple(CalibrationRecord(**row._mapping) for row in self._connection.execute(_LATEST))

    def withdraw(self, at: datetime) -> CalibrationRecord | None:
        """Take the one that holds back; return it."""
        held = self.current()
        if held:
            one = calibrations.c.id == held.id
            self._connection.execute(update(calibrations).where(one).values(withdrawn_at=at))
        return held
