"""Car parks, visits and passings to rows and back."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, select

from platewise.register.readings import Misreads
from platewise.register.tariffs.payment import Paid
from platewise.register.values import Lot, Policy, Recent, Sighting, Visit
from platewise.store.parking import VisitRecord, display_of, with_confusions
from platewise.store.sql.schema import reads, visits
from platewise.store.sql.seen import sighting_of, sighting_values

_ENTRY, _EXIT = reads.alias("entry_of"), reads.alias("exit_of")
VISITS: Select[Any] = (
    select(
        visits,
        *(
            read.c[name].label(f"{side}_{name}")
            for side, read in (("entry", _ENTRY), ("exit", _EXIT))
            for name in ("crop", "normalised", "display")
        ),
    )
    .outerjoin(_ENTRY, visits.c.entry_read == _ENTRY.c.id)
    .outerjoin(_EXIT, visits.c.exit_read == _EXIT.c.id)
)
"""Selects what ``visit_record`` needs."""


def lot_columns(lot: Lot) -> dict[str, Any]:
    """Return the columns of a car park."""
    policy = {field.name: getattr(lot.policy, field.name) for field in fields(Policy)}
    misreads: Misreads = policy.pop("misreads")
    plain = {name: v.total_seconds() if isinstance(v, timedelta) else v for name, v in policy.items()}
    plain["misreads"] = [misreads.sign, misreads.slip, misreads.chance]
    return {
        "name": lot.name,
        "label": lot.label,
        "capacity": lot.capacity,
        "policy": plain,
        "tariff": lot.tariff,
    }


def lot_of(row: Row[Any]) -> Lot:
    """Return the car park of a row of ``lots``; rules that it does not name are the usual ones."""
    rules, usual = dict(row.policy), Policy()
    misreads = Misreads(*rules.pop("misreads", ()))
    times = [name for name in rules if isinstance(getattr(usual, name), timedelta)]
    policy = Policy(**rules | {name: timedelta(seconds=rules[name]) for name in times}, misreads=misreads)
    return with_confusions(Lot(row.name, row.capacity, policy, row.label, row.tariff))


def visit_columns(visit: Visit) -> dict[str, Any]:
    """Return the columns of a visit, all but those of its place."""
    begin = visit.entered or visit.left
    return {
        "key": visit.id,
        "state": visit.state,
        "begun": begin,
        "left": visit.left,
        "lost_at": visit.lost_at,
        "margin": visit.margin,
        "reviewed": visit.reviewed,
        **_side("entry", visit.entry),
        **_side("exit", visit.exit),
    }


def visit_of(row: Row[Any]) -> Visit:
    """Return the visit of a row that holds the columns of ``visits``."""
    entry, exit_ = _restore(row.entry, row.entry_read), _restore(row.exit, row.exit_read)
    return Visit(row.key, entry, exit_, row.lost_at, row.margin, row.reviewed)


def visit_record(row: Row[Any]) -> VisitRecord:
    """Return the record of a row of ``VISITS``."""
    visit = visit_of(row)
    displays = {row.entry_normalised: row.entry_display, row.exit_normalised: row.exit_display}
    display = display_of(visit, displays)
    return VisitRecord(row.id, row.lot, visit, row.entry_crop, row.exit_crop, display)


def recent_columns(recent: Recent) -> dict[str, Any]:
    """Return the columns of a passing, all but that of its place."""
    seen = recent.sighting
    return {
        "seen_at": seen.seen_at,
        "text": seen.reading.text,
        "read_id": seen.read,
        "kind": recent.kind,
        "first": recent.first,
        "sighting": sighting_values(seen),
    }


def recent_of(row: Row[Any]) -> Recent:
    """Return the passing of a row of ``passings``."""
    sighting = _restore(row.sighting, row.read_id)
    assert sighting
    return Recent(sighting, row.kind, row.first)


def paid_columns(paid: Paid) -> dict[str, Any]:
    """Return the columns of a payment."""
    return {
        "key": paid.key,
        "visit": paid.visit,
        "at": paid.at,
        "amount": str(paid.amount),
        "currency": paid.currency,
    }


def paid_of(row: Row[Any]) -> Paid:
    """Return the payment of a row of ``payments``."""
    return Paid(row.key, row.visit, row.at, Decimal(row.amount), row.currency)


def _side(name: str, sighting: Sighting | None) -> dict[str, Any]:
    return {
        name: sighting_values(sighting) if sighting else None,
        f"{name}_text": sighting.reading.text if sighting else None,
        f"{name}_read": sighting.read if sighting else None,
    }


def _restore(values: Mapping[str, Any] | None, read: int | None) -> Sighting | None:
    return None if values is None else sighting_of(values, read)
