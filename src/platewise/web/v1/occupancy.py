"""``/v1/lots/<name>/...``: how full a car park is and was, what to look at, and what was counted."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, Field

from platewise import clock, gatehouse
from platewise.register import desk, review
from platewise.register.values import LotState
from platewise.store.parking import VisitRecord
from platewise.store.protocol import Unit
from platewise.web.access import policy
from platewise.web.nouns import noun
from platewise.web.once import once
from platewise.web.parts import parts
from platewise.web.v1.lots import LotPath, review_of, state_of
from platewise.web.v1.models import Span
from platewise.web.v1.visits import ReasonBody, VisitAnswer, by_hand, visit_answer

DAY = timedelta(days=1)
_FIRST = datetime.min.replace(tzinfo=UTC) + DAY

blueprint = noun("occupancy", "How full car parks are, and whether that is right.")


class OccupancyQuery(Span):
    """Of when; the last 24 hours, if nothing is said."""


class PointAnswer(BaseModel):
    """How many vehicles were inside from a moment on."""

    at: datetime
    inside: int


class PlacesAnswer(BaseModel):
    """How full a car park is."""

    lot: str
    label: str
    capacity: int
    inside: int
    free: int


class OccupancyAnswer(PlacesAnswer):
    """How full a car park is at the moment `at`; `points` are the count at `since` and after each change."""

    at: datetime
    points: list[PointAnswer]


class CaseAnswer(BaseModel):
    """A visit that a person should look at, and why."""

    reason: str
    visit: VisitAnswer


class CasesAnswer(BaseModel):
    """What a person should look at, oldest first."""

    cases: list[CaseAnswer]


class CountBody(ReasonBody):
    """How many vehicles a person counted inside."""

    counted: int = Field(ge=0, le=100_000)


@blueprint.get("/v1/lots/<name>/occupancy", responses={200: OccupancyAnswer})
@policy("viewer", scope="lots:read")
def get_occupancy(path: LotPath, query: OccupancyQuery) -> dict[str, Any]:
    """Return how full a car park is, and the course of its count over a span of time."""
    now = clock.now()
    until = query.until or now
    since = query.since or max(until, _FIRST) - DAY
    with parts().store.reading() as unit:
        state = state_of(unit, path.name, now)
        counts = unit.lots.occupancy(path.name, since, until)
    points = [PointAnswer(at=one.at, inside=one.inside) for one in counts]
    answer = OccupancyAnswer(at=now, points=points, **places(state))
    return answer.model_dump(mode="json")


@blueprint.get("/v1/lots/<name>/cases", responses={200: CasesAnswer})
@policy("viewer", scope="visits:read")
def get_cases(path: LotPath) -> dict[str, Any]:
    """Return what a person should look at: exits alone, stays without an end, doubtful pairs, overstays."""
    now = clock.now()
    with parts().store.reading() as unit:
        found = review.cases(review_of(unit, path.name, now), now)
        told = [(case.reason, _record(unit, case.visit.id)) for case in found]
    cases = [CaseAnswer(reason=reason, visit=visit_answer(record)) for reason, record in told if record]
    return CasesAnswer(cases=cases).model_dump(mode="json")


@blueprint.post("/v1/lots/<name>/reconcile", responses={200: PlacesAnswer})
@policy("operator", scope="lots:write")
def reconcile(path: LotPath, body: CountBody) -> Response:
    """Make the register agree with a count of the vehicles inside."""

    def work(unit: Unit) -> Response:
        """Take the count and show how full the car park is."""
        by = by_hand(body.reason)
        state = state_of(unit, path.name, by.at)
        gatehouse.change(unit, path.name, desk.reconcile(state, body.counted, by))
        answer = PlacesAnswer(**places(unit.lots.state(path.name, by.at)))
        return jsonify(answer.model_dump(mode="json"))

    return once(work)


def places(state: LotState) -> dict[str, Any]:
    """Return how full a car park is."""
    lot = state.lot
    inside, free = state.occupied, state.free
    return {"lot": lot.name, "label": lot.label, "capacity": lot.capacity, "inside": inside, "free": free}


def _record(unit: Unit, visit: str) -> VisitRecord | None:
    number = unit.lots.number(visit)
    return None if number is None else unit.lots.visit(number)
