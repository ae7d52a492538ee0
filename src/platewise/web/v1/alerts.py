"""``/v1/alerts``: that plates of watch lists were likely seen, and who has seen to it."""

from datetime import datetime
from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel

from platewise import clock
from platewise.store.alerts import AlertQuery, AlertRecord
from platewise.store.protocol import Unit
from platewise.web.access import caller, policy
from platewise.web.errors import Refusal
from platewise.web.nouns import noun
from platewise.web.once import once
from platewise.web.parts import parts
from platewise.web.v1.models import Number, Page, Paging, Span, Text, page

blueprint = noun("alerts", "Plates of watch lists that were seen.")


class AlertPath(BaseModel):
    """The number of an alert, which is that of its event."""

    alert: Number


class AlertsQuery(Paging, Span):
    """Which alerts, newest first; `open` are those that nobody has acknowledged."""

    open: bool | None = None
    list: Text | None = None


class AlertAnswer(BaseModel):
    """An alert. `plate` is what was read, `listed` what stands on the list; `exact` where both are the same.

    `odds` weigh the listed vehicle against all others. `last_at` is when it was last seen in this passage.
    """

    id: int
    at: datetime
    last_at: datetime
    list: str
    listed: str
    label: str
    plate: str | None
    display: str | None
    exact: bool
    odds: float
    confidence: float
    what: str | None
    camera: str | None
    gate: str | None
    lot: str | None
    read: int | None
    crop: str | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None


@blueprint.get("/v1/alerts", responses={200: Page[AlertAnswer]})
@policy("viewer", scope="alerts:read")
def get_alerts(query: AlertsQuery) -> dict[str, Any]:
    """Return a page of alerts."""
    asked = AlertQuery(query.open, query.list, query.since, query.until, query.limit, query.cursor)
    with parts().store.reading() as unit:
        found = unit.alerts.find(asked)
    return page(AlertAnswer, [shown(one) for one in found.items], found.next)


@blueprint.get("/v1/alerts/<int:alert>", responses={200: AlertAnswer})
@policy("viewer", scope="alerts:read")
def get_alert(path: AlertPath) -> dict[str, Any]:
    """Return one alert."""
    with parts().store.reading() as unit:
        return shown(known_alert(unit, path.alert)).model_dump(mode="json")


@blueprint.post("/v1/alerts/<int:alert>/acknowledge", responses={200: AlertAnswer})
@policy("operator", scope="alerts:write")
def acknowledge_alert(path: AlertPath) -> Response:
    """Say that you see to an alert; where somebody did before, that stays."""

    def work(unit: Unit) -> Response:
        """Note it."""
        known_alert(unit, path.alert)
        unit.alerts.acknowledge(path.alert, caller().name, clock.now())
        return jsonify(shown(known_alert(unit, path.alert)).model_dump(mode="json"))

    return once(work)


def known_alert(unit: Unit, number: int) -> AlertRecord:
    """Return the alert of that number; 404 when there is none."""
    found = unit.alerts.get(number)
    if found is None:
        raise Refusal(404, "not_found", f"There is no alert {number}.")
    return found


def shown(one: AlertRecord) -> AlertAnswer:
    """Return an alert as the API shows it."""
    told = one.event.payload
    names = ("plate", "display", "what", "camera", "gate", "lot", "read", "crop", "exact", "odds")
    about: dict[str, Any] = {name: told.get(name) for name in (*names, "confidence")}
    return AlertAnswer(
        id=one.id,
        at=one.at,
        last_at=one.last_at,
        list=one.list,
        listed=told.get("listed") or one.plate,
        label=told.get("label") or "",
        acknowledged_at=one.acknowledged_at,
        acknowledged_by=one.acknowledged_by,
        **about,
    )
