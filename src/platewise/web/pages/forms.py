"""What people fill in, as the API's models want it."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode

from flask import Blueprint, redirect, request, url_for
from pydantic import BaseModel, ValidationError
from werkzeug.wrappers import Response

from platewise.errors import Conflict
from platewise.web.errors import Refusal, refusal_of
from platewise.web.parts import parts
from platewise.web.times import parse_time

T = TypeVar("T")


def page(name: str) -> Blueprint:
    """Return the blueprint of a page; the API has a noun of the same name."""
    return Blueprint(f"{name}_page", __name__)


def given(name: str) -> str | None:
    """Return what was filled in, None for an empty field."""
    return request.values.get(name, "").strip() or None


def ticked(name: str) -> bool:
    """Tell whether a box was ticked."""
    return name in request.values


def refuse_known(what: str, name: str, known: Iterable[str]) -> None:
    """Raise where a form that makes something new was given the name of what is there already."""
    if ticked("new") and name in known:
        raise Conflict(f"there is {what} {name!r} already: choose another name, or change that one")


def moment(name: str) -> datetime | None:
    """Return a time that was filled in, read in the site's zone."""
    text = given(name)
    try:
        return parse_time(text, parts().settings.zone) if text else None
    except ValueError as error:
        raise Refusal(400, "bad_time", f"{name.replace('_', ' ')}: {error}") from error


def number(name: str) -> int | None:
    """Return a whole number that was filled in."""
    text = given(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Refusal(422, "bad_parameter", f"{name.replace('_', ' ')}: {text[:40]!r} is no whole number.")
    return int(text)


def share(name: str) -> float | None:
    """Return a percentage that was filled in, as a share of one."""
    percent = number(name)
    return None if percent is None else percent / 100


def searched(filled: Callable[[], T]) -> tuple[T | None, Refusal | None]:
    """Return what is searched for, or why nothing can be: its page says so above the form that asked."""
    try:
        return filled(), None
    except ValidationError as error:
        return None, refusal_of(error)
    except Refusal as refusal:
        return None, refusal


def export(endpoint: str, search: BaseModel | None) -> str:
    """Return the address that has all of a search as a file."""
    asked = search.model_dump(mode="json", exclude_defaults=True) if search else {}
    return f"{url_for(endpoint)}?{urlencode(asked, doseq=True)}"


def back_to(endpoint: str, anchor: str | None = None, **values: object) -> Response:
    """Return the way to a page after a form was sent: reloading it sends nothing again."""
    return redirect(url_for(endpoint, _anchor=anchor, **values), 303)  # type: ignore[arg-type]


def secret(name: str) -> str:
    """Return a password as it was typed: spaces count."""
    return request.form.get(name, "")
