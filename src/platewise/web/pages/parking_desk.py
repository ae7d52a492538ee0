"""What a person does at a car park: let in, let out, correct, merge, split, accept, count, open a gate."""

from typing import Any

from flask import flash
from werkzeug.wrappers import Response

from platewise.errors import Conflict
from platewise.web.access import line, policy
from platewise.web.errors import Refusal
from platewise.web.pages import forms
from platewise.web.parts import parts
from platewise.web.v1 import gates, occupancy, quotes, visit_changes, visits
from platewise.web.v1.gates import GatePath
from platewise.web.v1.lots import LotPath
from platewise.web.v1.occupancy import CountBody
from platewise.web.v1.quotes import PaymentBody
from platewise.web.v1.visit_changes import CloseBody, CorrectBody, MergeBody
from platewise.web.v1.visits import OpenBody, ReasonBody, VisitPath, known_visit

blueprint = forms.page("parking_desk")


@blueprint.post("/parking/<lot>/enter")
@policy("operator", scope="visits:write")
def enter(lot: str) -> Response:
    """Let a vehicle in."""
    told = visits.open_visit(OpenBody.model_validate({"lot": lot, **_filled("plate", "reason")})).get_json()
    flash(f"{told['display']} is inside.")
    return forms.back_to("parking_page.show", lot=lot)


@blueprint.post("/parking/<lot>/count")
@policy("operator", scope="lots:write")
def count(lot: str) -> Response:
    """Make the register agree with a count."""
    body = CountBody.model_validate({"counted": forms.number("counted"), **_filled("reason")})
    told = occupancy.reconcile(LotPath(name=lot), body).get_json()
    flash(f"{told['inside']} are inside and {told['free']} places are free, as counted.")
    return forms.back_to("parking_page.show", lot=lot)


@blueprint.post("/parking/<lot>/open")
@policy("operator", scope="gates:open")
def open_gate(lot: str) -> Response:
    """Open a gate of the car park."""
    path = GatePath(name=forms.given("gate") or "")
    told = gates.open_gate(path, ReasonBody.model_validate(_filled("reason"))).get_json()
    flash(f"The gate {told['gate']} is told to open.")
    return forms.back_to("parking_page.show", lot=lot)


@blueprint.post("/parking/visit/<int:visit>/close")
@policy("operator", scope="visits:write")
def close(visit: int) -> Response:
    """Let a vehicle out, now or at the time that was filled in."""
    body = CloseBody.model_validate({"at": forms.moment("at"), **_filled("reason")})
    return _done(visit_changes.close_visit(VisitPath(visit=visit), body), "has left")


@blueprint.post("/parking/visit/<int:visit>/correct")
@policy("operator", scope="visits:write")
def correct(visit: int) -> Response:
    """Give a visit its right plate."""
    body = CorrectBody.model_validate(_filled("plate", "reason"))
    return _done(visit_changes.correct_visit(VisitPath(visit=visit), body), "is corrected")


@blueprint.post("/parking/visit/<int:visit>/merge")
@policy("operator", scope="visits:write")
def merge(visit: int) -> Response:
    """Make one stay of two: with the visit that was chosen beside its picture, or whose number was typed."""
    typed = forms.number("number")
    if typed and not forms.ticked("differ"):
        _refuse_another_plate(visit, typed)
    other = typed or forms.number("with")
    if other is None:
        raise Refusal(422, "bad_parameter", "Choose the visit to merge with, or type its number.")
    body = MergeBody.model_validate({"with": other, **_filled("reason")})
    return _done(visit_changes.merge_visits(VisitPath(visit=visit), body), "is one visit now")


@blueprint.post("/parking/visit/<int:visit>/split")
@policy("operator", scope="visits:write")
def split(visit: int) -> Response:
    """Take an exit from its entry."""
    body = ReasonBody.model_validate(_filled("reason"))
    return _done(visit_changes.split_visit(VisitPath(visit=visit), body), "is inside again")


@blueprint.post("/parking/visit/<int:visit>/accept")
@policy("operator", scope="visits:write")
def accept(visit: int) -> Response:
    """Find a visit right as it is."""
    body = ReasonBody.model_validate(_filled("reason"))
    return _done(visit_changes.accept_visit(VisitPath(visit=visit), body), "is accepted")


@blueprint.post("/parking/visit/<int:visit>/pay")
@policy("operator", scope="visits:write")
def pay(visit: int) -> Response:
    """Note that something was paid. The form brings the payment's key, so that sent twice it counts once."""
    reason = ReasonBody.model_validate(_filled("reason")).reason
    filled = _filled("key", "amount", "currency")
    if "amount" in filled:
        filled["amount"] = filled["amount"].replace(",", ".")  # as most of Europe writes 4,50
    body = PaymentBody.model_validate(filled)
    with parts().store.reading() as unit:
        subject = known_visit(unit, visit).visit.id
        is_noted = any(paid.key == body.key for paid in unit.lots.payments(subject))
    told = quotes.pay_visit(VisitPath(visit=visit), body).get_json()
    if not is_noted:
        with parts().store.writing() as unit:
            unit.journal.append(line("pay", subject, f"{body.amount} {body.currency}: {reason}"))
    flash(f"{body.amount} {body.currency} is noted; {told['owed']} {told['currency']} is owed.")
    return forms.back_to("parking_visit_page.show", visit=visit)


def _refuse_another_plate(visit: int, other: int) -> None:
    with parts().store.reading() as unit:
        one, two = known_visit(unit, visit), known_visit(unit, other)
    if one.visit.plate and two.visit.plate and one.visit.plate != two.visit.plate:
        raise Conflict(
            f"visit {visit} is {one.display} and visit {other} is {two.display}: "
            "if one vehicle was read as both, tick that they are merged even so"
        )


def _filled(*names: str) -> dict[str, Any]:
    """Return those fields that were filled in, so that the API's models say which are missing."""
    return {name: value for name in names if (value := forms.given(name)) is not None}


def _done(response: Response, what: str) -> Response:
    """Say what was done, and go back to the car park or to the visit that is there now."""
    told = response.get_json()
    flash(f"{told['display'] or 'The visit'} {what}.")
    if forms.given("back") == "lot":
        return forms.back_to("parking_page.show", "look", lot=told["lot"])
    return forms.back_to("parking_visit_page.show", visit=told["id"])
