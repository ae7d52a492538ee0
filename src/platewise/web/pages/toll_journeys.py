"""``/tolls/journeys`` and ``/tolls/passages``, searched; ``/tolls/journey/<number>``, one of them."""

from typing import get_args
from urllib.parse import urlencode

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from platewise.gatehouse.siting import in_force
from platewise.register.journeys import State
from platewise.store.queries import AuditQuery, Page
from platewise.web.access import policy
from platewise.web.pages import forms, toll_view
from platewise.web.parts import parts
from platewise.web.v1 import journeys, passages
from platewise.web.v1.journeys import known_journey

PER_PAGE, LINES = 50, 50

blueprint = forms.page("tolls_journeys")


@blueprint.get("/tolls/journeys")
@policy("viewer", scope="tolls:read", search=True)
def find() -> ResponseReturnValue:
    """Return a page of the journeys that were asked for."""
    names = ("plate", "state", "gate", "since", "until")
    search, problem = forms.searched(_journeys)
    with parts().store.reading() as unit:
        found = unit.tolls.journeys(search.to_query(PER_PAGE, forms.given("cursor"))) if search else Page(())
        labels = toll_view.labels(unit)
    html = render_template(
        "toll_journeys.html",
        rows=toll_view.rows(found.items),
        labels=labels,
        older=_older("tolls_journeys_page.find", found.next),
        export=forms.export("journeys.export_journeys", search),
        states=get_args(State),
        asked={name: value for name in (*names, "look") if (value := forms.given(name))},
        problem=problem,
    )
    return html, problem.status if problem else 200


@blueprint.get("/tolls/passages")
@policy("viewer", scope="tolls:read", search=True)
def find_passages() -> ResponseReturnValue:
    """Return a page of the passages that were asked for."""
    search, problem = forms.searched(_passages)
    with parts().store.reading() as unit:
        found = unit.tolls.passages(search.to_query(PER_PAGE, forms.given("cursor"))) if search else Page(())
        labels = toll_view.labels(unit)
    html = render_template(
        "toll_passages.html",
        passages=found.items,
        labels=labels,
        older=_older("tolls_journeys_page.find_passages", found.next),
        export=forms.export("passages.export_passages", search),
        asked={n: v for n in ("plate", "gate", "unread", "since", "until") if (v := forms.given(n))},
        problem=problem,
    )
    return html, problem.status if problem else 200


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


def _journeys() -> journeys.Search:
    state = forms.given("state")
    return journeys.Search.model_validate(
        {
            "plate": forms.given("plate"),
            "gate": forms.given("gate"),
            "state": [state] if state else [],
            "look": True if forms.ticked("look") else None,
            "since": forms.moment("since"),
            "until": forms.moment("until"),
        }
    )


def _passages() -> passages.Search:
    return passages.Search.model_validate(
        {
            "plate": forms.given("plate"),
            "gate": forms.given("gate"),
            "unread": True if forms.ticked("unread") else None,
            "since": forms.moment("since"),
            "until": forms.moment("until"),
        }
    )


def _older(endpoint: str, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    names = ("plate", "gate", "state", "look", "unread", "since", "until")
    asked = {name: value for name in names if (value := forms.given(name))}
    return f"{url_for(endpoint)}?{urlencode({**asked, 'cursor': cursor})}"
