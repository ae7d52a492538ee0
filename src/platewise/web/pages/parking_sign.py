"""``/parking/<lot>/sign``: how many places are free, to be read from afar; public where the owner says so."""

from flask import Response, flash, jsonify, make_response, render_template
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as Answer

from platewise import clock
from platewise.register.values import LotState
from platewise.store.protocol import Unit
from platewise.web.access import caller, note, policy, refuse
from platewise.web.access.policies import Policy
from platewise.web.pages import forms
from platewise.web.parts import parts
from platewise.web.v1.lots import state_of

SETTING = "public_sign"
"""The setting of the site by which anybody may see the signs."""

blueprint = forms.page("parking_sign")


@blueprint.get("/parking/<lot>/sign")
@policy("public", limit="signs")
def show(lot: str) -> ResponseReturnValue:
    """Return the sign."""
    if not _may_see():
        return refuse(caller())
    return _fresh(make_response(render_template("parking_sign.html", **_shown(lot))))


@blueprint.get("/parking/<lot>/sign.json")
@policy("public", limit="signs")
def count(lot: str) -> ResponseReturnValue:
    """Return what the sign shows, and nothing else: no plate."""
    if not _may_see():
        return refuse(caller())
    state = _shown(lot)["state"]
    return _fresh(jsonify(free=state.free, capacity=state.lot.capacity))


@blueprint.post("/settings/signs")
@policy("manager", scope="settings:write")
def put() -> Answer:
    """Set whether anybody may see the signs."""
    wanted = forms.ticked(SETTING)
    with parts().store.writing() as unit:
        unit.site.set({SETTING: "1" if wanted else None})
        note(unit)
    flash(f"The signs of car parks are {'open to everybody' if wanted else 'for those who may log in'}.")
    return forms.back_to("settings_page.show", "signs")


def is_public(unit: Unit) -> bool:
    """Tell whether anybody may see the signs."""
    return unit.site.settings().get(SETTING) == "1"


def _may_see() -> bool:
    if caller().may(Policy("viewer", "lots:read")):
        return True
    with parts().store.reading() as unit:
        return is_public(unit)


def _shown(lot: str) -> dict[str, LotState]:
    with parts().store.reading() as unit:
        return {"state": state_of(unit, lot, clock.now())}


def _fresh(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
