"""``/statistics``: how much was read, and how well."""

from datetime import timedelta
from typing import NamedTuple

from flask import render_template

from platewise import clock
from platewise.store.queries import Statistics, StatisticsQuery
from platewise.store.records import STATES
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.pages import forms, plots
from platewise.web.parts import parts

blueprint = forms.page("statistics")


class Span(NamedTuple):
    """How far back a plot goes, and the width of its bars."""

    name: str
    label: str
    length: timedelta
    step: timedelta
    each: str


SPANS = (
    Span("day", "24 hours", timedelta(days=1), timedelta(hours=1), "hour"),
    Span("week", "7 days", timedelta(days=7), timedelta(hours=6), "6 hours"),
    Span("month", "30 days", timedelta(days=30), timedelta(days=1), "day"),
)


@blueprint.get("/statistics")
@policy("viewer", scope="reads:read")
def show() -> str:
    """Return the plots of a span of time."""
    span = _span(forms.given("span") or "day")
    camera = forms.given("camera")
    now, zone = clock.now(), parts().settings.zone
    since, until = ((now - back).astimezone(zone) for back in (span.length, timedelta(0)))
    with parts().store.reading() as unit:
        found = unit.reads.statistics(StatisticsQuery(since, until, camera, span.step))
        cameras = [one.name for one in unit.site.cameras()]
    return render_template(
        "statistics.html",
        spans=SPANS,
        span=span,
        found=found,
        cameras=cameras,
        camera=camera,
        reads=sum(bar.reads for bar in found.buckets),
        readable=sum(bar.readable for bar in found.buckets),
        states=[(state, found.states.get(state, 0)) for state in STATES],
        right=_right(found),
        over_time=plots.over_time(found.buckets, since, until, span.step),
        confidence=plots.histogram(found.confidence),
    )


def _span(name: str) -> Span:
    for span in SPANS:
        if span.name == name:
            return span
    raise Refusal(422, "bad_parameter", f"A span is one of {', '.join(s.name for s in SPANS)}.")


def _right(found: Statistics) -> float | None:
    """Return the share of the judged reads that were accepted as they were."""
    judged = sum(count for state, count in found.states.items() if state != "new")
    return found.states.get("accepted", 0) / judged if judged else None
