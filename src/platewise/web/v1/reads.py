"""``/v1/reads``: search, one read, and what people make of it."""

from datetime import datetime
from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, Field, model_validator

from platewise import clock, gatehouse
from platewise.core.plate import Plate, normalise
from platewise.regions import library
from platewise.store.protocol import Unit
from platewise.store.queries import MatchKind, ReadQuery
from platewise.store.records import ReadRecord, Review, ReviewRecord, State, Verdict
from platewise.web.access import caller, policy
from platewise.web.errors import Refusal
from platewise.web.nouns import noun
from platewise.web.once import once
from platewise.web.parts import parts
from platewise.web.v1.models import (
    Number,
    Page,
    Paging,
    ReadAnswer,
    Request,
    RightPlate,
    Span,
    Text,
    page,
    read_answer,
)

blueprint = noun("reads", "What was read, searched and reviewed.")


class Search(Span):
    """Which reads: every part that is given must hold."""

    plate: Text | None = Field(None, description="A plate; case and separators do not matter.")
    match: MatchKind = Field(
        "exact", description="`wildcard`: `?` one sign, `*` any number; `misread`: what it may be read as."
    )
    camera: Text | None = None
    min_confidence: float | None = Field(None, ge=0, le=1)
    max_confidence: float | None = Field(None, ge=0, le=1)
    state: list[State] = Field([], description="May be given several times.")

    def to_query(self, limit: int = 50, cursor: str | None = None) -> ReadQuery:
        """Return the question to the store."""
        return ReadQuery(
            text=self.plate,
            match=self.match,
            since=self.since,
            until=self.until,
            camera=self.camera,
            min_confidence=self.min_confidence,
            max_confidence=self.max_confidence,
            states=tuple(self.state),
            limit=limit,
            cursor=cursor,
        )


class ReadsQuery(Search, Paging):
    """Which reads, and which page of them."""


class ReadPath(BaseModel):
    """The number of a read."""

    read: Number


class ReviewBody(Request):
    """A verdict; `plate`, and if known `region`, are given exactly with `corrected`."""

    verdict: Verdict
    plate: RightPlate | None = None
    region: Text | None = None
    reason: str = Field("", max_length=500, pattern=r"^[^\x00]*$")

    @model_validator(mode="after")
    def _together(self) -> "ReviewBody":
        if (self.plate is not None) != (self.verdict == "corrected"):
            raise ValueError("a plate is given exactly when the verdict is 'corrected'")
        return self


class ReviewAnswer(BaseModel):
    """A verdict that was given; `before` and `after` are display forms, empty where there was no plate."""

    verdict: Verdict
    user: str
    at: datetime
    reason: str
    before: str
    after: str


class ReadDetail(ReadAnswer):
    """A read and all verdicts on it, oldest first."""

    reviews: list[ReviewAnswer]


@blueprint.get("/v1/reads", responses={200: Page[ReadAnswer]})
@policy("viewer", scope="reads:read", search=True)
def find_reads(query: ReadsQuery) -> dict[str, Any]:
    """Search the reads, newest first; a misread-tolerant search has the likeliest first."""
    with parts().store.reading() as unit:
        found = unit.reads.find(query.to_query(query.limit, query.cursor))
    return page(ReadAnswer, [read_answer(record) for record in found.items], found.next)


@blueprint.get("/v1/reads/<int:read>", responses={200: ReadDetail})
@policy("viewer", scope="reads:read")
def get_read(path: ReadPath) -> dict[str, Any]:
    """Return one read with its verdicts."""
    with parts().store.reading() as unit:
        return _detail(unit, known_read(unit, path.read))


@blueprint.post("/v1/reads/<int:read>/review", responses={200: ReadDetail})
@policy("operator", scope="reads:write")
def review_read(path: ReadPath, body: ReviewBody) -> Response:
    """Accept, correct or reject a read; what was read stays beside the correction."""
    plate = _plate(body)

    def work(unit: Unit) -> Response:
        """Keep the verdict and show the read."""
        known_read(unit, path.read)
        verdict = Review(path.read, body.verdict, caller().name, clock.now(), body.reason, plate)
        return jsonify(_detail(unit, gatehouse.review(unit, verdict)))

    return once(work)


def known_read(unit: Unit, number: int) -> ReadRecord:
    """Return the read of that number; 404 when there is none."""
    """Return the read of that number; 404 when there is none."""
    record = unit.reads.get(number)
    if record is None:
        raise Refusal(404, "not_found", f"There is no read {number}.")
    return record


def _detail(unit: Unit, record: ReadRecord) -> dict[str, Any]:
    reviews = [_review(one) for one in unit.reads.reviews(record.id)]
    answer = ReadDetail(**read_answer(record).model_dump(), reviews=reviews)
    return answer.model_dump(mode="json")


def _review(record: ReviewRecord) -> ReviewAnswer:
    return ReviewAnswer.model_validate(record, from_attributes=True)


def _plate(body: ReviewBody) -> Plate | None:
    """Return the right plate; where the region is known, it says how the plate is written."""
    if body.plate is None:
        return None
    text = normalise(body.plate)
    if body.region is None:
        return Plate(text, None, " ".join(body.plate.upper().split()))
    known = library.load(parts().settings.region_folders)
    (region,) = library.select([body.region], known)
    return Plate(text, region.code, region.display(text) or text)
