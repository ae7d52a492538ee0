"""``/v1/journeys``: ways from an entry to an exit, how sure each is, how fast it was and what it costs."""

from datetime import datetime
from typing import Any

from flask import Response
from pydantic import BaseModel, Field

from platewise.register.journeys import State
from platewise.store.export import each
from platewise.store.protocol import Unit
from platewise.store.queries import MOST
from platewise.store.tolling import JourneyQuery, JourneyRecord, Verdict
from platewise.web import table
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.nouns import content, noun
from platewise.web.parts import parts
from platewise.web.times import Time
from platewise.web.v1.models import Name, Number, Page, Paging, PlateText, Span, page
from platewise.web.v1.passages import PassageAnswer, known_passage, passage_answer

COLUMNS = (
    *("id", "plate", "display", "state", "entry", "exit", "since", "until", "confidence", "kmh", "kmh_low"),
    *("kmh_high", "vehicle", "total", "currency", "look", "verdict", "final"),
)

blueprint = noun("journeys", "Journeys on toll roads.")


class Search(Span):
    """Which journeys: every part that is given must hold."""

    plate: PlateText | None = Field(None, description="A plate; case and separators do not matter.")
    state: list[State] = Field([], description="May be given several times.")
    gate: Name | None = Field(None, description="The gate of its entry or exit.")
    look: bool | None = Field(None, description="Whether a person should look at them.")
    since: Time | None = Field(None, description="Of its first passage.")

    def to_query(self, limit: int = MOST, cursor: str | None = None) -> JourneyQuery:
        """Return the question to the store."""
        return JourneyQuery(
            plate=self.plate,
            states=tuple(self.state),
            gate=self.gate,
            look=self.look,
            since=self.since,
            until=self.until,
            limit=limit,
            cursor=cursor,
        )


class JourneysQuery(Paging, Search):
    """A page of journeys."""


class JourneyPath(BaseModel):
    """The number of a journey."""

    journey: Number


class JourneyAnswer(BaseModel):
    """A journey. `gates` are all on its way, seen or not; `entry` and `exit` the first and last of them.

    `kmh` is its average speed, which lies between `kmh_low` and `kmh_high` with 95 %. `final`: nothing is
    expected to change it any more. `look` says why a person should look at it, `verdict` what one said.
    """

    id: int
    plate: str | None
    display: str | None
    state: State
    gates: list[str]
    entry: str
    exit: str
    since: datetime
    until: datetime
    confidence: float
    kmh: float | None
    kmh_low: float | None
    kmh_high: float | None
    vehicle: str | None
    total: str | None
    currency: str | None
    look: str
    verdict: Verdict
    final: bool
    passages: list[int]


class WholeAnswer(JourneyAnswer):
    """A journey and what was seen of it. The confidence is the product of these parts.

    `plate_probability` that its text is right, `paired` that its passages are one vehicle's, `began` and
    `ended` that it began and ended where it was first and last seen. `margin` says in nats how much worse the
    next best pairing is; null where there was no choice.
    """

    plate_probability: float
    paired: float
    began: float
    ended: float
    margin: float | None
    seen: list[PassageAnswer]


@blueprint.get("/v1/journeys", responses={200: Page[JourneyAnswer]})
@policy("viewer", scope="tolls:read", search=True)
def find_journeys(query: JourneysQuery) -> dict[str, Any]:
    """Return a page of journeys, newest first."""
    with parts().store.reading() as unit:
        found = unit.tolls.journeys(query.to_query(query.limit, query.cursor))
    return page(JourneyAnswer, list(map(journey_answer, found.items)), found.next)


@blueprint.get("/v1/journeys.csv", responses={200: content("text/csv", "The journeys.")})
@policy("viewer", scope="tolls:read", search=True)
def export_journeys(query: Search) -> Response:
    """Return all journeys of a search as CSV, newest first."""
    records = each(parts().store, lambda unit, cursor: unit.tolls.journeys(query.to_query(cursor=cursor)))
    return table.download("journeys.csv", COLUMNS, map(_row, records))


@blueprint.get("/v1/journeys/<int:journey>", responses={200: WholeAnswer})
@policy("viewer", scope="tolls:read")
def get_journey(path: JourneyPath) -> dict[str, Any]:
    """Return one journey with its passages."""
    with parts().store.reading() as unit:
        return whole_answer(unit, known_journey(unit, path.journey)).model_dump(mode="json")


def known_journey(unit: Unit, number: int) -> JourneyRecord:
    """Return the journey of that number; 404 when there is none, or no more."""
    record = unit.tolls.journey(number)
    if record is None:
        raise Refusal(404, "not_found", f"There is no journey {number}.")
    return record


def whole_answer(unit: Unit, record: JourneyRecord) -> WholeAnswer:
    """Return a journey with what was seen of it."""
    facts = record.facts
    return WholeAnswer(
        **_shown(record),
        plate_probability=round(facts.probability, 4),
        paired=round(facts.paired, 4),
        began=round(facts.began, 4),
        ended=round(facts.done, 4),
        margin=None if facts.margin is None else round(facts.margin, 4),
        seen=[passage_answer(known_passage(unit, number)) for number in record.passages],
    )


def journey_answer(record: JourneyRecord) -> JourneyAnswer:
    """Return a journey as the API shows it."""
    return JourneyAnswer(**_shown(record))


def _shown(record: JourneyRecord) -> dict[str, Any]:
    facts = record.facts
    kmh, low, high = facts.speed or (None, None, None)
    receipt = facts.receipt
    return {
        "id": record.id,
        "plate": facts.plate or None,
        "display": record.display or None,
        "state": facts.state,
        "gates": list(facts.gates),
        "entry": facts.gates[0],
        "exit": facts.gates[-1],
        "since": facts.since,
        "until": facts.until,
        "confidence": round(facts.confidence, 4),
        "kmh": kmh,
        "kmh_low": low,
        "kmh_high": high,
        "vehicle": facts.vehicle or None,
        "total": f"{receipt.total:f}" if receipt else None,
        "currency": receipt.currency if receipt else None,
        "look": facts.look,
        "verdict": facts.verdict,
        "final": facts.final,
        "passages": list(record.passages),
    }


def _row(record: JourneyRecord) -> list[object]:
    shown = journey_answer(record).model_dump(mode="json")
    return [shown[name] for name in COLUMNS]
