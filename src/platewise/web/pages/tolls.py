"""``/tolls``: a toll road as it is: journeys, passages, and what a person should look at."""

from flask import render_template

from platewise.gatehouse.siting import in_force
from platewise.store.tolling import JourneyQuery, MismatchQuery, PassageQuery
from platewise.web.access import policy
from platewise.web.pages import forms, toll_view
from platewise.web.parts import parts

JOURNEYS, PASSAGES, CASES = 25, 25, 20
"""How many of the latest are listed."""

blueprint = forms.page("tolls")


@blueprint.get("/tolls")
@policy("viewer", scope="tolls:read")
def show() -> str:
    """Return the page of the roads."""
    with parts().store.reading() as unit:
        site = in_force(unit)
        look = unit.tolls.journeys(JourneyQuery(look=True, limit=CASES))
        mismatches = unit.tolls.mismatches(MismatchQuery(judged=False, limit=CASES))
        journeys = unit.tolls.journeys(JourneyQuery(limit=JOURNEYS))
        rows = toll_view.rows(journeys.items)
        shown = {
            "site": site,
            "labels": toll_view.labels(unit),
            "cases": [toll_view.case(unit, record) for record in look.items],
            "more": look.next is not None or mismatches.next is not None,
            "mismatches": [toll_view.pair(unit, record) for record in mismatches.items],
            "rows": rows,
            "passages": unit.tolls.passages(PassageQuery(limit=PASSAGES)).items,
            "newest": unit.events.newest(),
        }
    return render_template("tolls.html", advice=toll_view.ADVICE, **shown)
