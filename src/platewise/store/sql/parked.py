"""What a plate left behind in car parks: to be shown, or to be gone."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, or_, select, update

from platewise.register.tariffs.payment import Paid
from platewise.register.values import Recent
from platewise.store.parking import VisitRecord, nameless
from platewise.store.sql.lot_rows import VISITS, paid_of, recent_of, visit_columns, visit_of, visit_record
from platewise.store.sql.schema import passings, payments, reads, visits


def about(
    connection: Connection, key: str, named: Collection[Any]
) -> tuple[tuple[VisitRecord, ...], tuple[Recent, ...], tuple[Paid, ...]]:
    """Return the visits and passings of a plate, and its payments; ``named`` are keys of payments too."""
    stays = VISITS.where(_is_visit(key)).order_by(visits.c.id)
    seen = select(passings).where(_is_passing(key)).order_by(passings.c.id)
    paid = select(payments).where(or_(_is_payment(key), payments.c.key.in_(named))).order_by(payments.c.key)
    return (
        tuple(map(visit_record, connection.execute(stays))),
        tuple(map(recent_of, connection.execute(seen))),
        tuple(map(paid_of, connection.execute(paid))),
    )


def erase(connection: Connection, key: str) -> dict[str, int]:
    """Delete all that; a vehicle that is inside keeps its place without a name. Return counts of rows."""
    counts = {"payments": connection.execute(delete(payments).where(_is_payment(key))).rowcount}
    counts["passings"] = connection.execute(delete(passings).where(_is_passing(key))).rowcount
    open_ = connection.execute(select(visits).where(_is_visit(key), visits.c.left.is_(None))).all()
    ended = connection.execute(delete(visits).where(_is_visit(key), visits.c.left.is_not(None))).rowcount
    for row in open_:
        blank = visit_columns(nameless(visit_of(row), row.id))
        connection.execute(update(visits).where(visits.c.id == row.id).values(blank))
    return counts | {"visits": ended + len(open_)}


def _is_visit(key: str) -> ColumnElement[bool]:
    text = visits.c.entry_text == key, visits.c.exit_text == key
    return or_(*text, visits.c.entry_read.in_(_reads(key)), visits.c.exit_read.in_(_reads(key)))


def _is_passing(key: str) -> ColumnElement[bool]:
    return or_(passings.c.text == key, passings.c.read_id.in_(_reads(key)))


def _is_payment(key: str) -> ColumnElement[bool]:
    return payments.c.visit.in_(select(visits.c.key).where(_is_visit(key)))


def _reads(key: str) -> Select[tuple[int]]:
    return select(reads.c.id).where(reads.c.normalised == key)
