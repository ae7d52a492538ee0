"""``/v1/passages``: who passed which gantry, when."""

from datetime import datetime
from typing import Any

from flask import Response
from pydantic import BaseModel, Field

from platewise.store.export import each
from platewise.store.protocol import Unit
from platewise.store.queries import MOST
from platewise.store.tolling import PassageQuery, PassageRecord
from platewise.web import table
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.nouns import content, noun
from platewise.web.parts import parts
from platewise.web.v1.models import Name, Number, Page, Paging, PlateText, Span, page

COLUMNS = ("id", "at", "gate", "plate", "display", "probability", "journey", "cameras")

blueprint = noun("passages", "Vehicles that passed gantries.")


class Search(Span):
    """Which passages: every part that is given must hold."""

    plate: PlateText | None = Field(None, description="A plate; case and separators do not matter.")
    gate: Name | None = None
    journey: Number | None = None
    read: Number | None = Field(None, description="A read that shows it.")
    unread: bool | None = Field(None, description="Whether their plates could not be read.")

    def to_query(self, limit: int = MOST, cursor: str | None = None) -> PassageQuery:
        """Return the question to the store."""
        return PassageQuery(
            plate=self.plate,
            gate=self.gate,
            journey=self.journey,
            read=self.read,
            unread=self.unread,
            since=self.since,
            until=self.until,
            limit=limit,
            cursor=cursor,
        )


class PassagesQuery(Paging, Search):
    """A page of passages."""


class PassagePath(BaseModel):
    """The number of a passage."""

    passage: Number


class ViewAnswer(BaseModel):
    """What one camera saw of a vehicle; `crop` names its picture under `/v1/images` while it is kept."""

    camera: str
    at: datetime
    plate: str | None
    confidence: float
    read: int | None
    crop: str | None


class PassageAnswer(BaseModel):
    """A vehicle passing a gantry once; `probability` is that of its text, agreed on by all its views."""

    id: int
    at: datetime
    gate: str
    plate: str | None
    display: str | None
    probability: float
    journey: int | None
    views: list[ViewAnswer]


@blueprint.get("/v1/passages", responses={200: Page[PassageAnswer]})
@policy("viewer", scope="tolls:read", search=True)
def find_passages(query: PassagesQuery) -> dict[str, Any]:
    """Return a page of passages, newest first."""
    with parts().store.reading() as unit:
        found = unit.tolls.passages(query.to_query(query.limit, query.cursor))
    return page(PassageAnswer, list(map(passage_answer, found.items)), found.next)


@blueprint.get("/v1/passages.csv", responses={200: content("text/csv", "The passages.")})
@policy("viewer", scope="tolls:read", search=True)
def export_passages(query: Search) -> Response:
    """Return all passages of a search as CSV, newest first."""
    records = each(parts().store, lambda unit, cursor: unit.tolls.passages(query.to_query(cursor=cursor)))
    return table.download("passages.csv", COLUMNS, map(_row, records))


@blueprint.get("/v1/passages/<int:passage>", responses={200: PassageAnswer})
@policy("viewer", scope="tolls:read")
def get_passage(path: PassagePath) -> dict[str, Any]:
    """Return one passage."""
    with parts().store.reading() as unit:
        return passage_answer(known_passage(unit, path.passage)).model_dump(mode="json")


def known_passage(unit: Unit, number: int) -> PassageRecord:
    """Return the passage of that number; 404 when there is none."""
    record = unit.tolls.passage(number)
    if record is None:
        raise Refusal(404, "not_found", f"There is no passage {number}.")
    return record


def passage_answer(record: PassageRecord) -> PassageAnswer:
    """Return a passage as the API shows it."""
    passage = record.passage
    views = [
        ViewAnswer(
            camera=view.camera,
            at=view.sighting.seen_at,
            plate=view.sighting.reading.text or None,
            confidence=round(view.sighting.confidence, 4),
            read=view.sighting.read,
            crop=crop,
        )
        for view, crop in zip(passage.views, record.crops, strict=True)
    ]
    return PassageAnswer(
        id=record.id,
        at=passage.at,
        gate=passage.gate,
        plate=passage.reading.text or None,
        display=record.display or None,
        probability=round(passage.probability, 4),
        journey=record.journey,
        views=views,
    )


def _row(record: PassageRecord) -> list[object]:
    shown = passage_answer(record).model_dump(mode="json")
    return [*(shown[name] for name in COLUMNS[:-1]), " ".join(record.passage.cameras)]
