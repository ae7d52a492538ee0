"""``/v1/plates``: everything that is held on one plate, and its erasure."""

from datetime import datetime
from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel

from platewise import clock
from platewise.register.tariffs.payment import Paid
from platewise.register.values import Recent
from platewise.store.protocol import Unit
from platewise.store.queries import Held
from platewise.web.access import line, policy
from platewise.web.nouns import noun
from platewise.web.once import before, once
from platewise.web.parts import parts
from platewise.web.v1.entries import EntryAnswer
from platewise.web.v1.journeys import JourneyAnswer, journey_answer
from platewise.web.v1.models import PlateText, ReadAnswer, read_answer
from platewise.web.v1.passages import PassageAnswer, passage_answer
from platewise.web.v1.reads import ReviewAnswer
from platewise.web.v1.visits import VisitAnswer, visit_answer

blueprint = noun("plates", "Everything that is held on one plate.")


class PlatePath(BaseModel):
    """A plate in any spelling."""

    plate: PlateText


class SightingAnswer(BaseModel):
    """A vehicle that passed."""

    id: int
    seen_at: datetime
    display: str
    region: str | None
    confidence: float
    camera: str | None
    gate: str | None
    lane: str | None
    read: int | None


class ListedAnswer(EntryAnswer):
    """The plate on a list."""

    list: str


class EventAnswer(BaseModel):
    """Something that happened."""

    id: int
    kind: str
    at: datetime
    payload: dict[str, Any]


class AuditAnswer(BaseModel):
    """A line of the audit log."""

    at: datetime
    user: str
    action: str
    subject: str
    detail: str


class PassingAnswer(BaseModel):
    """A passing of late, kept to know the vehicle again while it stands before the gate."""

    seen_at: datetime
    gate: str
    kind: str


class PaymentAnswer(BaseModel):
    """Something that was paid for a visit."""

    key: str
    at: datetime
    amount: str
    currency: str


class HeldAnswer(BaseModel):
    """Everything that is held on a plate; `images` are keys of `/v1/images`."""

    plate: str
    reads: list[ReadAnswer]
    reviews: list[ReviewAnswer]
    sightings: list[SightingAnswer]
    events: list[EventAnswer]
    entries: list[ListedAnswer]
    audit: list[AuditAnswer]
    visits: list[VisitAnswer]
    passings: list[PassingAnswer]
    payments: list[PaymentAnswer]
    passages: list[PassageAnswer]
    journeys: list[JourneyAnswer]
    images: list[str]


class ErasedAnswer(BaseModel):
    """How many rows were removed, by table, and how many pictures; `complete` when no trace is left."""

    rows: dict[str, int]
    images: int
    complete: bool


@blueprint.get("/v1/plates/<plate>", responses={200: HeldAnswer})
@policy("manager", scope="plates:read", search=True)
def get_plate(path: PlatePath) -> dict[str, Any]:
    """Return everything that is held on a plate, as its keeper may ask to see."""
    return _shown(parts().store.about(path.plate)).model_dump(mode="json")


@blueprint.delete("/v1/plates/<plate>", responses={200: ErasedAnswer})
@policy("manager", scope="plates:erase")
def erase_plate(path: PlatePath) -> Response:
    """Leave no trace of a plate. When `complete` is false, a long reader was in the way: repeat it."""
    again = before()
    if again:
        return again
    removed = parts().store.erase(path.plate, clock.now())

    def work(unit: Unit) -> Response:
        """Note that a plate was erased; which one would be a trace."""
        unit.journal.append(line("erase_plate", detail=f"{sum(removed.rows.values())} rows"))
        return jsonify(rows=dict(removed.rows), images=removed.images, complete=removed.complete)

    return once(work)


def _shown(held: Held) -> HeldAnswer:
    entries = [
        ListedAnswer(
            list=e.list,
            plate=e.text,
            normalised=e.normalised,
            label=e.label,
            valid_from=e.valid_from,
            valid_until=e.valid_until,
            note=e.note,
        )
        for e in held.entries
    ]
    return HeldAnswer(
        plate=held.plate,
        reads=[read_answer(record) for record in held.reads],
        reviews=[ReviewAnswer.model_validate(r, from_attributes=True) for r in held.reviews],
        sightings=[SightingAnswer.model_validate(s, from_attributes=True) for s in held.sightings],
        events=[EventAnswer(id=e.id, kind=e.kind, at=e.at, payload=dict(e.payload)) for e in held.events],
        entries=entries,
        audit=[AuditAnswer.model_validate(a, from_attributes=True) for a in held.audit],
        visits=[visit_answer(record) for record in held.visits],
        passings=[_passing(one) for one in held.recent],
        payments=[_payment(one) for one in held.payments],
        passages=[passage_answer(record) for record in held.passages],
        journeys=[journey_answer(record) for record in held.journeys],
        images=list(held.images),
    )


def _passing(one: Recent) -> PassingAnswer:
    return PassingAnswer(seen_at=one.sighting.seen_at, gate=one.sighting.gate, kind=one.kind)


def _payment(one: Paid) -> PaymentAnswer:
    return PaymentAnswer(key=one.key, at=one.at, amount=f"{one.amount:f}", currency=one.currency)
