"""``/tolls/journeys`` and ``/tolls/passages``, searched; ``/tolls/journey/<number>``, one of them."""

from typing import get_args
from urllib.parse import urlencode

from flask import render_template, url_for

from platewise.gatehouse.siting import in_force
from platewise.register.journeys import State
from platewise.store.queries import AuditQuery
from platewise.web.access import policy
from platewise.web.pages import forms, toll_view
from platewise.web.parts import parts
from platewise.web.v1 import journeys, passages
from platewise.web.v1.journeys import known_journey

PER_PAGE, LINES = 50, 50

blueprint = forms.page("tolls_journeys")


@blueprint.get("/tolls/journeys")
@policy("viewer", scope="tolls:read", search=True)
def find() -> str:
    """Return a page of the journeys that were asked for."""
    names = ("plate", "state", "gate", "since", "until")
    state = forms.given("state")
    search = journeys.Search.model_validate(
        {
            "plate": forms.given("plate"),
            "gate": forms.given("gate"),
            "state": [state] if state else [],
            "look": True if forms.ticked("look") else None,
            "since": forms.moment("since"),
            "until": forms.moment("until"),
        }
    )
    with parts().store.reading() as unit:
        found = unit.tolls.journeys(search.to_query(PER_PAGE, forms.given("cursor")))
        labels = toll_view.labels(unit)
    exported = urlencode(search.model_dump(mode="json", exclude_defaults=True), doseq=True)
    return render_template(
        "toll_journeys.html",
        rows=toll_view.rows(found.items),
        labels=labels,
        older=_older("tolls_journeys_page.find", found.next),
        export=f"{url_for('journeys.export_journeys')}?{exported}",
        states=get_args(State),
        asked={name: value for name in (*names, "look") if (value := forms.given(name))},
    )


@blueprint.get("/tolls/passages")
@policy("viewer", scope="tolls:read", search=True)
def find_passages() -> str:
    """Return a page of the passages that were asked for."""
    search = passages.Search.model_validate(
        {
            "plate": forms.given("plate"),
            "gate": forms.given("gate"),
            "unread": True if forms.ticked("unread") else None,
            "since": forms.moment("since"),
            "until": forms.moment("until"),
        }
    )
    with parts().store.reading() as unit:
        found = unit.tolls.passages(search.to_query(PER_PAGE, forms.given("cursor")))
        labels = toll_view.labels(unit)
    exported = urlencode(search.model_dump(mode="json", exclude_defaults=True), doseq=True)
    return render_template(
        "toll_passages.html",
        passages=found.items,
        labels=labels,
        older=_older("tolls_journeys_page.find_passages", found.next),
        export=f"{url_for('passages.export_passages')}?{exported}",
        asked={n: v for n in ("plate", "gate", "unread", "since", "until") if (v := forms.given(n))},
    )


@blueprint.get("/tolls/journey/<int:journey>")
@policy("viewer", scope="tolls:read")
def show(journey: int) -> str:
    """Return the page of a journey."""
    with parts().store.reading() as unit:
        record = known_journey(unit, journey)
        case = toll_view.case(unit, record)
        labels, site = toll_view.labels(unit), in_force(unit)
        log = unit.journal.find(AuditQuery(subject=f"journey {journey}", limit=LINES)).items[::-1]
    (row,) = toll_view.rows([record])
    seen = {one.passage.gate for one in case.passages}
    return render_template(
        "toll_journey.html",
        row=row,
        case=case,
        site=site,
        labels=labels,
        stops=[(gate, gate in seen) for gate in record.facts.gates],
        advice=toll_view.ADVICE,
        lines=log,
    )


def _older(endpoint: str, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    names = ("plate", "gate", "state", "look", "unread", "since", "until")
    asked = {name: value for name in names if (value := forms.given(name))}
    return f"{url_for(endpoint)}?{urlencode({**asked, 'cursor': cursor})}"
