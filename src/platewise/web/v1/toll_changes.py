"""What a person says of journeys and mismatches, and what journeys cost."""

from datetime import datetime
from typing import Any, Literal

from flask import Response, jsonify
from pydantic import BaseModel, Field

from platewise.errors import Conflict
from platewise.gatehouse import tolldesk
from platewise.gatehouse.charging import quoted, tariff_at
from platewise.register.tariffs.quoting import Receipt, Stay
from platewise.register.tolls import Trip, class_of
from platewise.store.protocol import Unit
from platewise.store.tolling import MismatchQuery, MismatchRecord, MismatchVerdict
from platewise.web.access import audit, policy
from platewise.web.errors import Refusal
from platewise.web.nouns import noun
from platewise.web.once import once
from platewise.web.parts import parts
from platewise.web.times import Time
from platewise.web.v1.journeys import JourneyPath, WholeAnswer, known_journey, whole_answer
from platewise.web.v1.models import Name, Number, Page, Paging, Request, RightPlate, page
from platewise.web.v1.passages import PassageAnswer, passage_answer
from platewise.web.v1.quotes import LineAnswer
from platewise.web.v1.visits import ReasonBody, by_hand

blueprint = noun("toll_changes", "What people say of journeys and mismatches, and what journeys cost.")


class JudgeBody(ReasonBody):
    """What a journey is: `accepted` as it is, `completed` by where it truly began and ended, or `waived`.

    `entry` and `exit` are gates, with `completed` alone; those that saw it need not be given.
    """

    verdict: Literal["accepted", "completed", "waived"]
    entry: Name | None = None
    exit: Name | None = None


class MismatchesQuery(Paging):
    """A page of mismatches: only those that a person has judged, or only the others."""

    judged: bool | None = None


class MismatchPath(BaseModel):
    """The number of a mismatch."""

    mismatch: Number


class MismatchAnswer(BaseModel):
    """Front and rear camera of a lane saw different plates at one moment: two passages."""

    id: int
    at: datetime
    gate: str
    verdict: MismatchVerdict
    front: PassageAnswer | None
    rear: PassageAnswer | None


class DecideBody(ReasonBody):
    """Whether it is one vehicle, and then the plate that counts."""

    verdict: Literal["one vehicle", "two vehicles"]
    plate: RightPlate | None = None


class TripBody(Request):
    """A journey that might be: from gate to gate, when, and the lists that its plate would be on."""

    begin: Name = Field(alias="from")
    end: Name = Field(alias="to")
    at: Time
    lists: list[Name] = Field([], max_length=100)


class TollAnswer(BaseModel):
    """What a journey costs for its class of vehicle, line by line."""

    tariff: str
    currency: str
    vehicle: str
    lines: list[LineAnswer]
    total: str


@blueprint.post("/v1/journeys/<int:journey>/verdict", responses={200: WholeAnswer})
@policy("operator", scope="tolls:write")
def judge_journey(path: JourneyPath, body: JudgeBody) -> Response:
    """Say what a journey is; 409 where it has changed meanwhile."""

    def work(unit: Unit) -> Response:
        """Judge it and show it."""
        said = tolldesk.Said(body.verdict, body.entry, body.exit)
        record = tolldesk.judge(unit, known_journey(unit, path.journey), said, by_hand(body.reason))
        return jsonify(whole_answer(unit, record).model_dump(mode="json"))

    return once(work)


@blueprint.get("/v1/journeys/<int:journey>/quote", responses={200: TollAnswer})
@policy("viewer", scope="tolls:read")
def quote_journey(path: JourneyPath) -> dict[str, Any]:
    """Return what a journey costs, line by line; 409 where that is not known."""
    with parts().store.reading() as unit:
        facts = known_journey(unit, path.journey).facts
    if facts.receipt is None:
        raise Conflict(f"what this journey costs is not known: {facts.look or facts.verdict or facts.state}")
    return toll_answer(facts.receipt, facts.vehicle).model_dump(mode="json")


@blueprint.post("/v1/tolls/quote", responses={200: TollAnswer})
@policy("viewer", scope="tolls:read")
def quote_trip(body: TripBody) -> dict[str, Any]:
    """Return what a journey from gate to gate would cost; nothing is kept."""
    with parts().store.reading() as unit:
        tariff = tariff_at(unit, body.at)
    if tariff is None:
        raise Conflict("there is no tariff: the roads are free")
    trip = Trip((body.begin, body.end), True, True, Stay(body.at, body.at, tuple(body.lists)))
    audit.leave_out()
    return toll_answer(quoted(tariff, trip), class_of(tariff, body.lists)).model_dump(mode="json")


@blueprint.get("/v1/mismatches", responses={200: Page[MismatchAnswer]})
@policy("viewer", scope="tolls:read")
def find_mismatches(query: MismatchesQuery) -> dict[str, Any]:
    """Return a page of mismatches, newest first."""
    with parts().store.reading() as unit:
        found = unit.tolls.mismatches(MismatchQuery(query.judged, query.limit, query.cursor))
        answers = [mismatch_answer(unit, record) for record in found.items]
    return page(MismatchAnswer, answers, found.next)


@blueprint.post("/v1/mismatches/<int:mismatch>/verdict", responses={200: Page[PassageAnswer]})
@policy("operator", scope="tolls:write")
def judge_mismatch(path: MismatchPath, body: DecideBody) -> Response:
    """Say whether it was one vehicle or two; 409 where that was said before."""

    def work(unit: Unit) -> Response:
        """Decide and show."""
        record = known_mismatch(unit, path.mismatch)
        by = by_hand(body.reason)
        after = tolldesk.decide(unit, record, body.verdict, body.plate or "", by)
        return jsonify(page(PassageAnswer, list(map(passage_answer, after)), None))

    return once(work)


def known_mismatch(unit: Unit, number: int) -> MismatchRecord:
    """Return the mismatch of that number; 404 when there is none."""
    record = unit.tolls.mismatch(number)
    if record is None:
        raise Refusal(404, "not_found", f"There is no mismatch {number}.")
    return record


def mismatch_answer(unit: Unit, record: MismatchRecord) -> MismatchAnswer:
    """Return a mismatch as the API shows it."""
    front, rear = unit.tolls.passage(record.front), unit.tolls.passage(record.rear)
    return MismatchAnswer(
        id=record.id,
        at=record.at,
        gate=record.gate,
        verdict=record.verdict,
        front=passage_answer(front) if front else None,
        rear=passage_answer(rear) if rear else None,
    )


def toll_answer(receipt: Receipt, vehicle: str) -> TollAnswer:
    """Return a receipt as the API shows it."""
    lines = [
        LineAnswer(
            text=line.text,
            quantity=line.quantity,
            price=f"{line.price:f}",
            amount=f"{line.amount:f}",
            at=line.at,
        )
        for line in receipt.lines
    ]
    total = f"{receipt.total:f}"
    return TollAnswer(
        tariff=receipt.tariff, currency=receipt.currency, vehicle=vehicle, lines=lines, total=total
    )
