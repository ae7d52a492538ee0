"""``/search``: reads that were kept."""

from typing import get_args

from flask import render_template, request, url_for

from platewise.store.queries import MatchKind
from platewise.store.records import STATES
from platewise.web.access import policy
from platewise.web.pages import forms
from platewise.web.parts import parts
from platewise.web.v1.reads import Search

PER_PAGE = 30

blueprint = forms.page("search")


@blueprint.get("/search")
@policy("viewer", scope="reads:read", search=True)
def find() -> str:
    """Return a page of the reads that were asked for, and the form that asks."""
    search = _search()
    with parts().store.reading() as unit:
        found = unit.reads.find(search.to_query(PER_PAGE, forms.given("cursor")))
        cameras = [camera.name for camera in unit.site.cameras()]
    asked = {name: value for name, value in request.args.items(multi=True) if value and name != "cursor"}
    return render_template(
        "search.html",
        reads=found.items,
        older=url_for("search_page.find", **{**asked, "cursor": found.next}) if found.next else None,
        newest=url_for("search_page.find", **asked) if "cursor" in request.args else None,
        export=url_for("exports.export_reads", format="csv", **_exported(search)),
        cameras=cameras,
        kinds=get_args(MatchKind),
        states=STATES,
        asked=asked,
    )


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
