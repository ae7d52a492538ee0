"""``/v1/statistics``: how much was read, and how well."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, Field

from platewise import clock
from platewise.store.queries import StatisticsQuery
from platewise.store.records import State
from platewise.web.access import policy
from platewise.web.nouns import noun
from platewise.web.parts import parts
from platewise.web.v1.models import Span, Text

DAY = timedelta(days=1)

blueprint = noun("statistics", "Counts of reads.")


class SpanQuery(Span):
    """Of when and where; the last 24 hours, if nothing is said."""

    camera: Text | None = None
    minutes: int = Field(60, ge=1, le=31 * 24 * 60, description="The width of one bar.")


class Bar(BaseModel):
    """Reads of one span of time, and how many had a readable plate."""

    start: datetime
    reads: int
    readable: int


class StatisticsAnswer(BaseModel):
    """Counts. `confidence` counts readable reads in 20 equal bins; `hit_rate` is null without frames."""

    since: datetime
    until: datetime
    bars: list[Bar]
    confidence: list[int]
    states: dict[State, int]
    frames: int
    frames_hit: int
    hit_rate: float | None


@blueprint.get("/v1/statistics", responses={200: StatisticsAnswer})
@policy("viewer", scope="reads:read")
def get_statistics(query: SpanQuery) -> dict[str, Any]:
    """Count the reads of a span of time; empty bars are left out."""
    until = query.until or clock.now()
    since = query.since or max(until, datetime.min.replace(tzinfo=until.tzinfo) + DAY) - DAY
    asked = StatisticsQuery(since, until, query.camera, timedelta(minutes=query.minutes))
    with parts().store.reading() as unit:
        found = unit.reads.statistics(asked)
    answer = StatisticsAnswer(
        since=since,
        until=until,
        bars=[Bar(start=one.start, reads=one.reads, readable=one.readable) for one in found.buckets],
        confidence=list(found.confidence),
        states=dict(found.states),
        frames=found.frames,
        frames_hit=found.frames_hit,
        hit_rate=found.hit_rate,
    )
    return answer.model_dump(mode="json")
