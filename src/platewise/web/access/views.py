"""The pages of access: log in, log out, the first account, another password."""

from flask import Blueprint, current_app, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from jinja2 import Template

from platewise.errors import InputError
from platewise.web.access import people, setup
from platewise.web.access.callers import caller, remember
from platewise.web.access.policies import policy
from platewise.web.access.state import current
from platewise.web.errors import Refusal

blueprint = Blueprint("access", __name__, template_folder="templates")


@blueprint.context_processor
def _layout() -> dict[str, Template]:
    """Return the site's frame where there is one."""
    return {"layout": current_app.jinja_env.select_template(["base.html", "access/plain.html"])}


@blueprint.get("/login")
@policy("public")
def login() -> ResponseReturnValue:
    """Return the form, or go on where nobody needs it."""
    if caller().how in ("open", "session"):
        return redirect(_next(), 303)
    return render_template("access/login.html", next=_next())


@blueprint.post("/login")
@policy("public", limit="logins")
def enter() -> ResponseReturnValue:
    """Begin a session."""
    name, password = request.form.get("name", ""), request.form.get("password", "")
    user = people.log_in(current().store, name, password)
    if user is None:
        told = "The name or the password is wrong."
        return render_template("access/login.html", next=_next(), problem=told, name=name), 401
    remember(user)
    return redirect(_next(), 303)


@blueprint.post("/logout")
@policy("viewer")
def logout() -> ResponseReturnValue:
    """End all sessions of this person: a copy of the cookie is worth nothing afterwards."""
    name = _person()
    people.end_sessions(current().store, name, by=name)
    return redirect("/login", 303)


@blueprint.get("/setup/<code>")
@policy("public")
def welcome(code: str) -> ResponseReturnValue:
    """Return the form for the first account."""
    if not setup.is_open(current().store, code):
        return render_template("access/setup.html", used=True), 404
    return render_template("access/setup.html")


@blueprint.post("/setup/<code>")
@policy("public", limit="logins")
def claim(code: str) -> ResponseReturnValue:
    """Make the first account and begin its session."""
    name, password = request.form.get("name", ""), request.form.get("password", "")
    try:
        user = setup.claim(current().store, code, name, password)
    except InputError as error:
        return render_template("access/setup.html", problem=str(error), name=name), 422
    if user is None:
        return render_template("access/setup.html", used=True), 404
    remember(user)
    return redirect("/", 303)


@blueprint.get("/account/password")
@policy("viewer")
def password() -> ResponseReturnValue:
    """Return the form for another password."""
    return render_template("access/password.html", name=_person())


@blueprint.post("/account/password")
@policy("viewer", limit="logins")
def change_password() -> ResponseReturnValue:
    """Change the caller's own password; this session goes on, all others of theirs end."""
    name, form, store = _person(), request.form, current().store
    try:
        if people.log_in(store, name, form.get("old", "")) is None:
            raise InputError("The old password is wrong.")
        user = people.set_password(store, name, form.get("new", ""), by=name)
    except InputError as error:
        return render_template("access/password.html", name=name, problem=str(error)), 422
    remember(user)
    flash("The password is changed; everywhere else you are logged out.")
    return redirect("/", 303)


def _person() -> str:
    """Return who is logged in; tokens, and visitors of an open server, have no password to change."""
    if caller().how != "session":
        raise Refusal(403, "not_logged_in", "Only who is logged in with a password can do this.")
    return caller().name


def _next() -> str:
    """Return where to go after; only ever a path of this server."""
    wanted = request.values.get("next", "/")
    outside = not wanted.startswith("/") or wanted.startswith(("//", "/\\")) or not wanted.isprintable()
    return "/" if outside or "\\" in wanted else wanted
