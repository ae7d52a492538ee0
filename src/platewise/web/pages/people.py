"""The people on the page Settings."""

from typing import cast

from flask import flash
from werkzeug.wrappers import Response

from platewise.store.site import Role
from platewise.web.access import caller, people, policy
from platewise.web.pages import forms
from platewise.web.parts import parts

blueprint = forms.page("people")


@blueprint.post("/settings/people")
@policy("manager", scope="users:write")
def add() -> Response:
    """Add a person."""
    name, role = forms.given("name") or "", cast(Role, forms.given("role") or "")
    people.add(parts().store, name, role, forms.secret("password"), by=caller().name)
    flash(f"{name} may log in as {role}.")
    return forms.back_to("settings_page.show", "people")


@blueprint.post("/settings/people/<name>/role")
@policy("manager", scope="users:write")
def set_role(name: str) -> Response:
    """Change what a person may do."""
    role = cast(Role, forms.given("role") or "")
    people.set_role(parts().store, name, role, by=caller().name)
    flash(f"{name} is a {role} from now on.")
    return forms.back_to("settings_page.show", "people")


@blueprint.post("/settings/people/<name>/password")
@policy("manager", scope="users:write")
def set_password(name: str) -> Response:
    """Give a person another password, which ends all their sessions."""
    people.set_password(parts().store, name, forms.secret("password"), by=caller().name)
    flash(f"{name} has another password; all their sessions are ended.")
    return forms.back_to("settings_page.show", "people")


@blueprint.post("/settings/people/<name>/remove")
@policy("manager", scope="users:write")
def remove(name: str) -> Response:
    """Remove a person with all sessions and tokens."""
    people.remove(parts().store, name, by=caller().name)
    flash(f"{name} can no longer log in.")
    return forms.back_to("settings_page.show", "people")
