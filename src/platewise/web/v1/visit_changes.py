"""``/v1/visits/<id>/...``: what a person does to a visit: close, correct, merge, split, accept."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from flask import Response, jsonify
from pydantic import Field

from platewise import gatehouse
from platewise.errors import InputError
from platewise.gatehouse.listing import listed
from platewise.register import desk
from platewise.register.desk import By
from platewise.register.values import Decision, LotState
from platewise.store.parking import VisitRecord
from platewise.store.protocol import Unit
from platewise.web.access import policy
from platewise.web.nouns import noun
from platewise.web.once import once
from platewise.web.times import Time
from platewise.web.v1.models import Number, RightPlate
from platewise.web.v1.visits import (
    ReasonBody,
    VisitAnswer,
    VisitPath,
    by_hand,
    known_visit,
    seen_by_hand,
    visit_answer,
)

Act = Callable[[Unit, LotState, VisitRecord, By], Decision]

blueprint = noun("visit_changes", "What a person does to a visit.")


class CloseBody(ReasonBody):
    """When the vehicle left; now, if not said."""

    at: Time | None = None


class CorrectBody(ReasonBody):
    """The right plate."""

    plate: RightPlate


class MergeBody(ReasonBody):
    """The visit `with` which this one is a single stay."""

    other: Number = Field(alias="with")


@blueprint.post("/v1/visits/<int:visit>/close", responses={200: VisitAnswer})
@policy("operator", scope="visits:write")
def close_visit(path: VisitPath, body: CloseBody) -> Response:
    """Let a vehicle out by hand; 409 where it is out already."""

    def act(unit: Unit, state: LotState, record: VisitRecord, by: By) -> Decision:
        """Close the visit."""
        at = _past(body.at, by.at, record.visit.entered)
        seen = seen_by_hand(unit, record.visit.plate, at)
        return desk.close_visit(state, record.visit.id, replace(seen, direction="out"), by)

    return _change(path.visit, body, act)


@blueprint.post("/v1/visits/<int:visit>/correct", responses={200: VisitAnswer})
@policy("operator", scope="visits:write")
def correct_visit(path: VisitPath, body: CorrectBody) -> Response:
    """Give a visit its right plate; 409 where that plate is inside already."""

    def act(unit: Unit, state: LotState, record: VisitRecord, by: By) -> Decision:
        """Correct the visit, with the lists of its plate."""
        lists = listed(unit, body.plate, record.visit.entered or record.visit.left or by.at)
        return desk.correct(state, record.visit.id, body.plate, by, lists)

    return _change(path.visit, body, act)


@blueprint.post("/v1/visits/<int:visit>/merge", responses={200: VisitAnswer})
@policy("operator", scope="visits:write")
def merge_visits(path: VisitPath, body: MergeBody) -> Response:
    """Make one stay of two records, such as an entry and an exit alone; the earlier one's number stays."""

    def act(unit: Unit, state: LotState, record: VisitRecord, by: By) -> Decision:
        """Merge both visits, if they are of one car park."""
        other = known_visit(unit, body.other)
        if other.lot != record.lot:
            raise InputError("the two visits are of different car parks")
        return desk.merge(state, record.visit.id, other.visit.id, by)

    return _change(path.visit, body, act, body.other)


@blueprint.post("/v1/visits/<int:visit>/split", responses={200: VisitAnswer})
@policy("operator", scope="visits:write")
def split_visit(path: VisitPath, body: ReasonBody) -> Response:
    """Take an exit from its entry: the visit is open again, and the exit stands alone."""
    return _change(path.visit, body, lambda _, state, record, by: desk.split(state, record.visit.id, by))


@blueprint.post("/v1/visits/<int:visit>/accept", responses={200: VisitAnswer})
@policy("operator", scope="visits:write")
def accept_visit(path: VisitPath, body: ReasonBody) -> Response:
    """Find a visit right as it is: it leaves the review."""
    return _change(path.visit, body, lambda _, state, record, by: desk.accept(state, record.visit.id, by))


def _change(visit: int, body: ReasonBody, act: Act, other: int | None = None) -> Response:
    """Change a visit by hand and show it, or the other one where that took it in."""

    def work(unit: Unit) -> Response:
        """Decide, keep, show."""
        record, by = known_visit(unit, visit), by_hand(body.reason)
        named = [record] if other is None else [record, known_visit(unit, other)]
        state = unit.lots.state(record.lot, by.at, [one.visit.id for one in named])
        gatehouse.change(unit, record.lot, act(unit, state, record, by))
        after = unit.lots.visit(visit) or known_visit(unit, other or visit)
        return jsonify(visit_answer(after).model_dump(mode="json"))

    return once(work)


def _past(at: datetime | None, now: datetime, entered: datetime | None) -> datetime:
    """Return when it left: now, if not said, and not before it came where a camera's clock ran ahead."""
    if at and at > now:
        raise InputError("a vehicle cannot have left in the future")
    return at or max(now, entered or now)
