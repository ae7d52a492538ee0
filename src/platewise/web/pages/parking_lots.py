"""``/parking/<lot>/settings``: the car parks themselves: places, rules, tariff."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from werkzeug.wrappers import Response

from platewise import clock
from platewise.errors import Conflict, InputError
from platewise.register.tariffs.library import parse
from platewise.register.tariffs.quoting import Stay, quote
from platewise.web.access import policy
from platewise.web.errors import Refusal, told_of
from platewise.web.pages import forms
from platewise.web.parts import parts
from platewise.web.v1 import lots
from platewise.web.v1.lots import LotBody, LotPath

HOURS = ("longest_stay", "lost_after")
EXAMPLES = tuple(timedelta(minutes=minutes) for minutes in (30, 60, 120, 300, 1440))
"""The stays whose price is shown beside a tariff."""
_NUMBER = re.compile(r"\d{1,5}([.,]\d{1,3})?", re.ASCII)
_HOUR = 3600

blueprint = forms.page("parking_lots")


@blueprint.post("/parking")
@policy("manager", scope="lots:write")
def create() -> Response:
    """Make a car park; its rules and its tariff can be set afterwards."""
    path = LotPath(name=forms.given("name") or "")
    with parts().store.reading() as unit:
        if unit.lots.lot(path.name):
            raise Conflict(f"there is a car park {path.name!r} already")
    given = {"label": forms.given("label") or "", "capacity": forms.number("capacity")}
    lots.put_lot(path, LotBody.model_validate(given))
    flash(f"The car park {path.name} is made. Let a gate lead to it, and its cameras count.")
    return forms.back_to("parking_lots_page.edit", lot=path.name)


@blueprint.get("/parking/<lot>/settings")
@policy("manager", scope="lots:write")
def edit(lot: str) -> str:
    """Return what can be set of a car park."""
    return _page(lot, _filled(lots.get_lot(LotPath(name=lot))))


@blueprint.post("/parking/<lot>/settings")
@policy("manager", scope="lots:write")
def put(lot: str) -> ResponseReturnValue:
    """Change a car park; where something cannot be, say so beside what was filled in."""
    path = LotPath(name=lot)
    former = lots.get_lot(path)
    try:
        lots.put_lot(path, LotBody.model_validate(_body(former)))
    except (InputError, Conflict, Refusal) as error:
        return _page(lot, {**_filled(former), **_typed()}, str(error)), 422
    except ValidationError as error:
        return _page(lot, {**_filled(former), **_typed()}, told_of(error)), 422
    flash("The car park is kept.")
    return forms.back_to("parking_lots_page.edit", lot=lot)


@blueprint.post("/parking/<lot>/remove")
@policy("manager", scope="lots:write")
def remove(lot: str) -> Response:
    """Remove a car park with its visits."""
    lots.remove_lot(LotPath(name=lot))
    flash(f"The car park {lot} is removed.")
    return forms.back_to("parking_page.index", all=1)


def _page(lot: str, filled: Mapping[str, Any], problem: str = "") -> str:
    prices, why = _prices(filled["tariff"]) if filled["tariff"] else ([], "")
    return render_template(
        "parking_settings.html",
        name=lot,
        filled=filled,
        problem=problem or why,
        prices=prices,
        zone=parts().settings.timezone,
    )


def _filled(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return a car park as its form shows it: long stays in hours."""
    rules = shown["policy"]
    hours = {name: f"{rules[name] / _HOUR:g}" for name in HOURS}
    own = {name: shown[name] for name in ("label", "capacity", "tariff", "inside")}
    return {**rules, **hours, "usual_stay": f"{rules['usual_stay'] / 60:g}", **own}


def _typed() -> dict[str, Any]:
    """Return what was filled in, as it was typed."""
    names = ("label", "capacity", "tariff", "debounce", "double_entry", "usual_stay", *HOURS)
    return {name: forms.given(name) or "" for name in names} | {"allowed_only": forms.ticked("allowed_only")}


def _body(former: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the API is to keep: rules that the form does not show stay."""
    rules = {
        **former["policy"],
        "debounce": forms.number("debounce"),
        "double_entry": forms.given("double_entry"),
        "allowed_only": forms.ticked("allowed_only"),
        "usual_stay": _seconds("usual_stay", 60),
        **{name: _seconds(name, _HOUR) for name in HOURS},
    }
    own = {"label": forms.given("label") or "", "capacity": forms.number("capacity")}
    return {**own, "policy": rules, "tariff": forms.given("tariff") or ""}


def _seconds(name: str, unit: int) -> int:
    text = forms.given(name) or ""
    if not _NUMBER.fullmatch(text):
        raise Refusal(422, "bad_parameter", f"{name.replace('_', ' ')}: {text[:40]!r} is no number.")
    return round(float(text.replace(",", ".")) * unit)


def _prices(toml: str) -> tuple[list[tuple[timedelta, str]], str]:
    """Return what stays of some lengths cost from this hour on, or why there is no telling."""
    begin = clock.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    try:
        tariff = parse(toml)
        receipts = [quote(tariff, _stay(begin, length)) for length in EXAMPLES]
    except InputError as error:
        return [], str(error)
    told = [f"{receipt.total:.{tariff.places}f} {tariff.currency}" for receipt in receipts]
    return list(zip(EXAMPLES, told, strict=True)), ""


def _stay(begin: datetime, length: timedelta) -> Stay:
    return Stay(begin, begin + length)
