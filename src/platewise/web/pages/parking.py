"""``/parking``: car parks, how full each is, who is inside, and what a person should look at."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from platewise import clock
from platewise.register import review
from platewise.register.values import LotState
from platewise.store.parking import VisitQuery
from platewise.store.protocol import Unit
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.pages import forms, parking_view, plots
from platewise.web.parts import parts
from platewise.web.v1.lots import review_of

SHOWN = 50
"""How many of the vehicles inside are listed on the page of a car park."""
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)

blueprint = forms.page("parking")


@blueprint.get("/parking")
@policy("viewer", scope="lots:read")
def index() -> ResponseReturnValue:
    """Return the car parks; where there is one only, its page, unless all are asked for."""
    now = clock.now()
    with parts().store.reading() as unit:
        lots = unit.lots.lots()
        if len(lots) == 1 and not forms.ticked("all"):
            return redirect(url_for("parking_page.show", lot=lots[0].name))
        states = [review_of(unit, lot.name, now) for lot in lots]
        waiting = [len(review.cases(state, now)) for state in states]
    return render_template("parking.html", lots=list(zip(states, waiting, strict=True)))


@blueprint.get("/parking/<lot>")
@policy("viewer", scope="visits:read")
def show(lot: str) -> str:
    """Return the page of a car park."""
    now, day = clock.now(), _day()
    with parts().store.reading() as unit:
        state = review_of(unit, lot, now)
        inside = unit.lots.visits(VisitQuery(lot, ("inside",), limit=SHOWN))
        shown = {
            "lot": state.lot,
            "state": state,
            "course": _course(unit, state, day, now),
            "cases": parking_view.cases(unit, state, now),
            "rows": [parking_view.row(unit, record, now) for record in inside.items],
            "gates": [gate for gate in unit.site.gates() if gate.lot == lot],
            "newest": unit.events.newest(),
        }
    return render_template(
        "parking_lot.html", day=day, **_days(day, now), advice=parking_view.ADVICE, **shown
    )


def _day() -> date:
    """Return the day that was asked for, today where none was."""
    text = forms.given("day")
    try:
        day = date.fromisoformat(text) if text else clock.now().astimezone(parts().settings.zone).date()
    except ValueError as error:
        raise Refusal(422, "bad_parameter", f"day: {error}") from error
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Refusal(422, "bad_parameter", f"day: from {FIRST_DAY} to {LAST_DAY}")
    return day


def _days(day: date, now: datetime) -> dict[str, Any]:
    """Return the days beside one; none after today."""
    today, step = now.astimezone(parts().settings.zone).date(), timedelta(days=1)
    return {"today": today, "before": day - step, "after": day + step if day < today else None}


def _course(unit: Unit, state: LotState, day: date, now: datetime) -> plots.Course:
    zone = parts().settings.zone
    since, until = (_midnight(one, zone) for one in (day, day + timedelta(days=1)))
    end = max(min(now, until), since)
    counts = unit.lots.occupancy(state.lot.name, since, end)
    return plots.course(counts, until, state.lot.capacity, zone, end)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
