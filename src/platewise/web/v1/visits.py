"""``/v1/visits``: stays in car parks, one by one, in pages and as CSV; and one opened by hand."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from flask import Response, jsonify
from pydantic import BaseModel, Field

from platewise import clock, gatehouse
from platewise.gatehouse.listing import listed
from platewise.register import desk
from platewise.register.desk import By
from platewise.register.readings import Reading
from platewise.register.values import Sighting, VisitState
from platewise.store.export import each
from platewise.store.parking import VisitQuery, VisitRecord
from platewise.store.protocol import Unit
from platewise.store.queries import MOST
from platewise.web import identity, table
from platewise.web.access import audit, caller, policy
from platewise.web.errors import Refusal
from platewise.web.nouns import content, noun
from platewise.web.once import once
from platewise.web.parts import parts
from platewise.web.times import Time
from platewise.web.v1.lots import state_of
from platewise.web.v1.models import (
    Name,
    Number,
    Page,
    Paging,
    PlateText,
    Request,
    RightPlate,
    Span,
    Text,
    page,
)

COLUMNS = (
    "id",
    "lot",
    "plate",
    "display",
    "state",
    "entered",
    "left",
    "entry_read",
    "exit_read",
    "margin",
    "reviewed",
    "forms",
)

blueprint = noun("visits", "Stays in car parks.")


class Search(Span):
    """Which visits: every part that is given must hold."""

    lot: Name | None = None
    state: list[VisitState] = Field([], description="May be given several times.")
    plate: PlateText | None = Field(None, description="A plate; case and separators do not matter.")
    read: Number | None = Field(None, description="A read that its entry or exit shows.")
    since: Time | None = Field(None, description="Of its entry; of its exit where it has no entry.")

    def to_query(self, limit: int = MOST, cursor: str | None = None) -> VisitQuery:
        """Return the question to the store."""
        return VisitQuery(
            lot=self.lot,
            states=tuple(self.state),
            plate=self.plate,
            read=self.read,
            since=self.since,
            until=self.until,
            limit=limit,
            cursor=cursor,
        )


class VisitsQuery(Paging, Search):
    """A page of visits."""


class VisitPath(BaseModel):
    """The number of a visit."""

    visit: Number


class ReasonBody(Request):
    """Why something is done by hand; the audit log keeps it."""

    reason: Annotated[Text, Field(min_length=1)]


class OpenBody(ReasonBody):
    """A vehicle that is let in by hand."""

    lot: Name
    plate: RightPlate


class VisitAnswer(BaseModel):
    """A stay. `forms` are the texts it was read as, `margin` says in nats how sure its exit is its own."""

    id: int
    lot: str
    plate: str | None
    display: str | None
    state: VisitState
    entered: datetime | None
    left: datetime | None
    entry_read: int | None
    exit_read: int | None
    entry_crop: str | None
    exit_crop: str | None
    margin: float | None
    reviewed: bool
    forms: list[str]


@blueprint.get("/v1/visits", responses={200: Page[VisitAnswer]})
@policy("viewer", scope="visits:read", search=True)
def find_visits(query: VisitsQuery) -> dict[str, Any]:
    """Return a page of visits, newest first."""
    with parts().store.reading() as unit:
        found = unit.lots.visits(query.to_query(query.limit, query.cursor))
    return page(VisitAnswer, [visit_answer(record) for record in found.items], found.next)


@blueprint.get("/v1/visits.csv", responses={200: content("text/csv", "The visits.")})
@policy("viewer", scope="visits:read", search=True)
def export_visits(query: Search) -> Response:
    """Return all visits of a search as CSV, newest first."""
    records = each(parts().store, lambda unit, cursor: unit.lots.visits(query.to_query(cursor=cursor)))
    return table.download("visits.csv", COLUMNS, map(_row, records))


@blueprint.get("/v1/visits/<int:visit>", responses={200: VisitAnswer})
@policy("viewer", scope="visits:read")
def get_visit(path: VisitPath) -> dict[str, Any]:
    """Return one visit."""
    with parts().store.reading() as unit:
        return visit_answer(known_visit(unit, path.visit)).model_dump(mode="json")


@blueprint.post("/v1/visits", responses={200: VisitAnswer})
@policy("operator", scope="visits:write")
def open_visit(body: OpenBody) -> Response:
    """Let a vehicle in by hand, whatever lists say; 409 where the car park is full or the plate inside."""

    def work(unit: Unit) -> Response:
        """Open the visit and show it."""
        by = by_hand(body.reason)
        state = state_of(unit, body.lot, by.at)
        seen = seen_by_hand(unit, body.plate, by.at)
        gatehouse.change(unit, body.lot, desk.open_visit(state, replace(seen, direction="in"), by))
        number = unit.lots.number(seen.key)
        assert number is not None
        return jsonify(visit_answer(known_visit(unit, number)).model_dump(mode="json"))

    return once(work)


def by_hand(reason: str) -> By:
    """Return who acts now and why; the register's own line of the audit log will say so."""
    audit.leave_out()
    return By(caller().name, clock.now(), reason)


def seen_by_hand(unit: Unit, plate: str, at: datetime) -> Sighting:
    """Return what a person says to have seen."""
    key = f"hand/{identity.current()}"
    return Sighting(key, at, Reading.of(plate), lists=listed(unit, plate, at))


def known_visit(unit: Unit, number: int) -> VisitRecord:
    """Return the visit of that number; 404 when there is none."""
    record = unit.lots.visit(number)
    if record is None:
        raise Refusal(404, "not_found", f"There is no visit {number}.")
    return record


def visit_answer(record: VisitRecord) -> VisitAnswer:
    """Return a visit as the API shows it."""
    visit = record.visit
    return VisitAnswer(
        id=record.number,
        lot=record.lot,
        plate=visit.plate or None,
        display=record.display or None,
        state=visit.state,
        entered=visit.entered,
        left=visit.left,
        entry_read=visit.entry.read if visit.entry else None,
        exit_read=visit.exit.read if visit.exit else None,
        entry_crop=record.entry_crop,
        exit_crop=record.exit_crop,
        margin=None if visit.margin is None else round(visit.margin, 4),
        reviewed=visit.reviewed,
        forms=list(visit.forms),
    )


def _row(record: VisitRecord) -> list[object]:
    shown = visit_answer(record).model_dump(mode="json")
    return [*(shown[name] for name in COLUMNS[:-1]), " ".join(shown["forms"])]
