"""The tokens on the page Settings."""

from flask import flash, request
from werkzeug.wrappers import Response

from platewise.web.access import caller, policy, tokens
from platewise.web.errors import Refusal
from platewise.web.pages import forms, settings
from platewise.web.parts import parts

blueprint = forms.page("tokens")


@blueprint.post("/settings/tokens")
@policy("manager", scope="tokens:write")
def create() -> str:
    """Make a token and show its secret: the only time that it can be seen."""
    days = forms.number("days")
    who = caller()
    _, secret = tokens.create(
        parts().store,
        forms.given("name") or "",
        [forms.given("role") or "", *request.form.getlist("scope")],
        by=who.name,
        user=who.name if who.how == "session" else None,
        days=tokens.DAYS if days is None else days,
    )
    return settings.page(secret)


@blueprint.post("/settings/tokens/<int:token>/revoke")
@policy("manager", scope="tokens:write")
def revoke(token: int) -> Response:
    """End a token."""
    if not tokens.revoke(parts().store, token, by=caller().name):
        raise Refusal(404, "not_found", "This token is not in force.")
    flash("The token is revoked.")
    return forms.back_to("settings_page.show", "tokens")
