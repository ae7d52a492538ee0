"""``/alerts``: plates of watch lists as they are seen, and who sees to it."""

from flask import flash, render_template, request, url_for
from werkzeug.wrappers import Response

from platewise.store.alerts import AlertQuery
from platewise.web.access import policy
from platewise.web.pages import forms
from platewise.web.parts import parts
from platewise.web.v1 import alerts
from platewise.web.v1.alerts import AlertPath, known_alert, shown

PER_PAGE = 24

blueprint = forms.page("alerts")


@blueprint.get("/alerts")
@policy("viewer", scope="alerts:read")
def show() -> str:
    """Return a page of alerts, those that nobody has seen to unless all are asked for."""
    everything, chosen = request.args.get("all") == "1", forms.given("list")
    is_open = None if everything else True
    query = AlertQuery(is_open, chosen, limit=PER_PAGE, cursor=forms.given("cursor"))
    with parts().store.reading() as unit:
        found = unit.alerts.find(query)
        lists = [one for one in unit.lists.lists() if one.kind in ("watched", "denied")]
        waiting, newest = unit.alerts.waiting(), unit.events.newest()
    more = url_for("alerts_page.show", all=int(everything), list=query.list, cursor=found.next)
    return render_template(
        "alerts.html",
        alerts=[shown(one) for one in found.items],
        everything=everything,
        first=query.cursor is None,
        chosen=query.list,
        lists=lists,
        waiting=waiting,
        newest=newest,
        more=more if found.next else None,
        kept=2 * PER_PAGE,
    )


@blueprint.get("/alerts/<int:alert>")
@policy("viewer", scope="alerts:read")
def card(alert: int) -> str:
    """Return one alert as it stands in the list."""
    with parts().store.reading() as unit:
        return render_template("alert_card.html", alert=shown(known_alert(unit, alert)))


@blueprint.post("/alerts/<int:alert>/acknowledge")
@policy("operator", scope="alerts:write")
def acknowledge(alert: int) -> Response:
    """Say that you see to an alert."""
    told = alerts.acknowledge_alert(AlertPath(alert=alert)).get_json()
    flash(f"{told['acknowledged_by']} sees to {told['listed']}.")
    return forms.back_to("alerts_page.show", all=1 if forms.given("all") else None)
