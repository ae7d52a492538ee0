"""Toll roads in SQL: the site, passages, journeys, mismatches."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, desc, func, insert, select, update

from platewise.store.matching import check_limit
from platewise.store.paging import Page
from platewise.store.sql.journeys import SqlJourneys
from platewise.store.sql.passages import SqlPassages
from platewise.store.sql.rows import beyond, insert_row, is_number, micros, page
from platewise.store.sql.toll_schema import mismatches, passages, sites
from platewise.store.tolling import MismatchQuery, MismatchRecord, MismatchVerdict, Pulse, SiteRecord


class SqlTolls(SqlPassages, SqlJourneys):
    """The TollStore of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def site(self, at: datetime | None = None) -> SiteRecord | None:
        """Return the site that holds, or that held at a time."""
        some = select(sites).order_by(desc(sites.c.id)).limit(1)
        if at is not None:
            held = self._connection.execute(some.where(sites.c.at <= at)).first()
            first = select(sites).order_by(sites.c.id).limit(1)
            row = held or self._connection.execute(first).first()
        else:
            row = self._connection.execute(some).first()
        return SiteRecord(**row._mapping) if row else None

    def apply(self, toml: str, at: datetime, user: str) -> SiteRecord:
        """Keep a site as the one that holds from now on."""
        number = insert_row(self._connection, sites, {"at": at, "user": user, "toml": toml})
        return SiteRecord(number, at, user, toml)

    def pulse(self) -> Pulse:
        """Return the pulse of what is to be paired."""
        site = self._connection.execute(select(func.max(sites.c.id))).scalar()
        counted = select(func.count(), func.sum(passages.c.version), func.max(passages.c.id))
        row = self._connection.execute(counted.where(passages.c.settled.is_(False))).one()
        return Pulse(site or 0, row[0], int(row[1] or 0), row[2] or 0)

    def note(self, mismatches_: Iterable[tuple[int, int]]) -> None:
        """Keep mismatches of passages, front and rear, that are not known."""
        for front, rear in mismatches_:
            same = mismatches.c.front == front, mismatches.c.rear == rear
            if self._connection.execute(select(mismatches.c.id).where(*same)).first() is None:
                seen = select(passages.c.at, passages.c.gate).where(passages.c.id == front)
                row = self._connection.execute(seen).one()
                values = {"at": row.at, "gate": row.gate, "front": front, "rear": rear, "verdict": ""}
                self._connection.execute(insert(mismatches).values(values))

    def mismatch(self, number: int) -> MismatchRecord | None:
        """Return one mismatch."""
        one = select(mismatches).where(mismatches.c.id == number)
        row = self._connection.execute(one).first() if is_number(number) else None
        return _mismatch(row) if row else None

    def mismatches(self, query: MismatchQuery) -> Page[MismatchRecord]:
        """Return one page of mismatches."""
        where = beyond(query.cursor, mismatches.c.at, mismatches.c.id)
        if query.judged is not None:
            where.append((mismatches.c.verdict != "") == query.judged)
        newest = desc(micros(mismatches.c.at)), desc(mismatches.c.id)
        some = select(mismatches).where(*where).order_by(*newest).limit(check_limit(query.limit) + 1)
        found = [_mismatch(row) for row in self._connection.execute(some)]
        return page(found, query.limit, {one.id: one.at for one in found})

    def decide(self, mismatch: int, verdict: MismatchVerdict) -> bool:
        """Keep a verdict on a mismatch; tell whether it was undecided."""
        open_ = mismatches.c.id == mismatch, mismatches.c.verdict == ""
        return self._connection.execute(update(mismatches).where(*open_).values(verdict=verdict)).rowcount > 0


def _mismatch(row: Row[Any]) -> MismatchRecord:
    return MismatchRecord(**row._mapping)
