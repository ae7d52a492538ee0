"""``/parking/visit/<number>``: one visit with its pictures, its receipt, and what was done to it by hand."""

import secrets
from datetime import datetime
from math import exp
from typing import Any, NamedTuple

from flask import render_template

from platewise import clock
from platewise.errors import Conflict, InputError
from platewise.register import review
from platewise.register.tariffs.payment import Paid
from platewise.register.values import Sighting
from platewise.store.parking import VisitRecord
from platewise.store.protocol import Unit
from platewise.store.queries import AuditQuery
from platewise.store.records import ReadRecord
from platewise.store.site import AuditRecord
from platewise.web.access import policy
from platewise.web.pages import forms, parking_view
from platewise.web.parts import parts
from platewise.web.v1 import quotes
from platewise.web.v1.visits import known_visit

LINES = 50
"""How many lines of the audit log are shown."""

blueprint = forms.page("parking_visit")


class Side(NamedTuple):
    """Entry or exit: what was seen, and the read that shows it while it is kept."""

    name: str
    seen: Sighting | None
    read: ReadRecord | None


@blueprint.get("/parking/visit/<int:visit>")
@policy("viewer", scope="visits:read")
def show(visit: int) -> str:
    """Return the page of a visit."""
    now = clock.now()
    with parts().store.reading() as unit:
        record = known_visit(unit, visit)
        state = unit.lots.state(record.lot, now, (record.visit.id,))
        reasons = [case.reason for case in review.cases(state, now) if case.visit.id == record.visit.id]
        partners = parking_view.records(unit, parking_view.partners(record.visit, state))
        shown = {
            "lot": state.lot,
            "row": parking_view.row(unit, record, now),
            "sides": _sides(unit, record),
            "bill": _bill(unit, record, now),
            "case": parking_view.Case(parking_view.row(unit, record, now), tuple(reasons), tuple(partners)),
            "payments": _payments(unit, record),
            "lines": _lines(unit, record),
        }
    odds = None if record.visit.margin is None else exp(min(record.visit.margin, 20))
    return render_template(
        "parking_visit.html", odds=odds, advice=parking_view.ADVICE, key=secrets.token_urlsafe(12), **shown
    )


def _sides(unit: Unit, record: VisitRecord) -> list[Side]:
    sides = (("Entry", record.visit.entry), ("Exit", record.visit.exit))
    return [Side(name, seen, _read(unit, seen)) for name, seen in sides]


def _read(unit: Unit, seen: Sighting | None) -> ReadRecord | None:
    return unit.reads.get(seen.read) if seen and seen.read else None


def _bill(unit: Unit, record: VisitRecord, now: datetime) -> dict[str, Any]:
    """Return the receipt as the API tells it, or why there can be none."""
    try:
        return quotes.quote_of(unit, record, now)
    except (InputError, Conflict) as error:
        return {"problem": str(error)}


def _payments(unit: Unit, record: VisitRecord) -> tuple[Paid, ...]:
    return unit.lots.payments(record.visit.id)


def _lines(unit: Unit, record: VisitRecord) -> tuple[AuditRecord, ...]:
    """Return what the audit log says of the visit, oldest first."""
    begin = record.visit.entered or record.visit.left
    found = unit.journal.find(AuditQuery(subject=record.visit.id, since=begin, limit=LINES)).items
    return found[::-1]
