"""``/search``: reads that were kept."""

from collections.abc import Mapping
from typing import get_args
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from platewise.store.queries import MatchKind, Page
from platewise.store.records import STATES
from platewise.web.access import policy
from platewise.web.pages import forms
from platewise.web.parts import parts
from platewise.web.v1.reads import Search

PER_PAGE = 30
FIELDS = ("plate", "match", "since", "until", "camera", "state", "from", "to")

blueprint = forms.page("search")


@blueprint.get("/search")
@policy("viewer", scope="reads:read", search=True)
def find() -> ResponseReturnValue:
    """Return a page of the reads that were asked for, and the form that asks."""
    search, problem = forms.searched(_search)
    with parts().store.reading() as unit:
        found = unit.reads.find(search.to_query(PER_PAGE, forms.given("cursor"))) if search else Page(())
        cameras = [camera.name for camera in unit.site.cameras()]
    asked = {name: value for name in FIELDS if (value := forms.given(name))}
    here = url_for("search_page.find")
    html = render_template(
        "search.html",
        reads=found.items,
        older=_with(here, {**asked, "cursor": found.next}) if found.next else None,
        newest=_with(here, asked) if "cursor" in request.args else None,
        export=_with(url_for("exports.export_reads", format="csv"), _exported(search)) if search else None,
        cameras=cameras,
        kinds=get_args(MatchKind),
        states=STATES,
        asked=asked,
        problem=problem,
    )
    return html, problem.status if problem else 200


def _search() -> Search:
    state = forms.given("state")
    return Search.model_validate(
        {
            "plate": forms.given("plate"),
            "match": forms.given("match") or "exact",
            "since": forms.moment("since"),
            "until": forms.moment("until"),
            "camera": forms.given("camera"),
            "min_confidence": forms.share("from"),
            "max_confidence": forms.share("to"),
            "state": [state] if state else [],
        }
    )


def _exported(search: Search) -> dict[str, object]:
    return search.model_dump(mode="json", exclude_defaults=True)


def _with(address: str, query: Mapping[str, object]) -> str:
    """Return an address with a query; ``url_for`` would take some names for its own options."""
    return f"{address}?{urlencode(query, doseq=True)}" if query else address
