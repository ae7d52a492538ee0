"""``/settings``: what the owner sets here, and what the environment has set."""

import re
from dataclasses import Field, fields
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import flash, render_template
from werkzeug.wrappers import Response

from platewise import clock
from platewise.settings import PREFIX, Settings
from platewise.store.site import ROLES
from platewise.web.access import people, policy, scopes, tokens
from platewise.web.pages import forms
from platewise.web.pages.output_forms import EVENT_KINDS, FORMS
from platewise.web.parts import parts
from platewise.web.v1 import settings
from platewise.web.v1.outputs import fares
from platewise.web.v1.settings import NAMES, SettingsBody

MOST_DEAD = 20
"""How many of the events that were given up are shown."""

_PASSWORD = re.compile(r"([?&](?:ssl)?password=)[^&]*", re.I)
"""A password that stands in the query of a database's URL."""

blueprint = forms.page("settings")


class Shown(NamedTuple):
    """A setting of the environment, and whether it is another than the package's own."""

    name: str
    value: str
    changed: bool


@blueprint.get("/settings")
@policy("manager", scope="settings:read")
def show() -> str:
    """Return the page."""
    return page()


@blueprint.post("/settings")
@policy("manager", scope="settings:write")
def put() -> Response:
    """Set how long things are kept; an empty field goes back to the server's own setting."""
    settings.put_settings(SettingsBody(**{name: forms.number(name) for name in NAMES}))
    flash("The settings are kept.")
    return forms.back_to("settings_page.show")


def page(secret: str | None = None, of: str = "token") -> str:
    """Return the page, once with the secret of a new token or output."""
    shared = parts()
    with shared.store.reading() as unit:
        kept = unit.site.settings()
        sent, dead = fares(unit), unit.events.dead(MOST_DEAD).items
    now = clock.now()
    return render_template(
        "settings.html",
        kept=kept,
        own=shared.settings,
        environment=list(map(shown, fields(Settings))),
        tokens=[(token, tokens.told(token, now)) for token in tokens.listed(shared.store)],
        users=people.listed(shared.store),
        roles=ROLES,
        scopes=scopes(),
        secret=secret,
        secret_of=of,
        outputs=sent,
        dead=dead,
        forms=FORMS,
        kinds=shared.sender.kinds if shared.sender else (),
        event_kinds=EVENT_KINDS,
        days=tokens.DAYS,
    )


def shown(field: Field[Any]) -> Shown:
    """Return a setting as it is shown; passwords in a database's URL are not."""
    value = getattr(parts().settings, field.name)
    told = ", ".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)
    if field.name == "database" and value:
        told = _PASSWORD.sub(r"\1…", told)
        if secret := urlsplit(value).password:
            told = told.replace(f":{secret}@", ":…@", 1)
    return Shown(f"{PREFIX}{field.name.upper()}", told, value != field.default)
