"""``/parking/<lot>/visits``: the visits of a car park, searched."""

from typing import get_args
from urllib.parse import urlencode

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from platewise import clock
from platewise.register.values import VisitState
from platewise.store.queries import Page
from platewise.web.access import policy
from platewise.web.pages import forms, parking_view
from platewise.web.parts import parts
from platewise.web.v1.lots import state_of
from platewise.web.v1.visits import Search

PER_PAGE = 50
FIELDS = ("plate", "state", "since", "until")

blueprint = forms.page("parking_visits")


@blueprint.get("/parking/<lot>/visits")
@policy("viewer", scope="visits:read", search=True)
def find(lot: str) -> ResponseReturnValue:
    """Return a page of the visits that were asked for; with a plate, those inside that look like it too."""
    now = clock.now()
    search, problem = forms.searched(lambda: _search(lot))
    with parts().store.reading() as unit:
        state = state_of(unit, lot, now)
        found = unit.lots.visits(search.to_query(PER_PAGE, forms.given("cursor"))) if search else Page(())
        alike = parking_view.alike(search.plate, state) if search and search.plate else []
        rows = [parking_view.row(unit, record, now) for record in found.items]
        near = [parking_view.row(unit, record, now) for record in parking_view.records(unit, alike)]
    asked = {name: value for name in FIELDS if (value := forms.given(name))}
    older = f"{url_for('parking_visits_page.find', lot=lot)}?{urlencode({**asked, 'cursor': found.next})}"
    html = render_template(
        "parking_visits.html",
        lot=state.lot,
        rows=rows,
        near=near,
        older=older if found.next else None,
        export=forms.export("visits.export_visits", search),
        states=get_args(VisitState),
        asked=asked,
        problem=problem,
    )
    return html, problem.status if problem else 200


def _search(lot: str) -> Search:
    state = forms.given("state")
    return Search.model_validate(
        {
            "lot": lot,
            "plate": forms.given("plate"),
            "state": [state] if state else [],
            "since": forms.moment("since"),
            "until": forms.moment("until"),
        }
    )
