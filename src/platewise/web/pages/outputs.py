"""The outputs on the page Settings: where events are sent, whether they arrive, and trying it."""

from flask import flash, request
from werkzeug.wrappers import Response

from platewise.web.access import policy
from platewise.web.pages import forms, settings
from platewise.web.pages.layout import plural
from platewise.web.pages.output_forms import options_of
from platewise.web.parts import parts
from platewise.web.v1 import dead_letters, outputs
from platewise.web.v1.dead_letters import LetterPath
from platewise.web.v1.outputs import OutputBody, OutputPath

blueprint = forms.page("outputs")


@blueprint.post("/settings/outputs")
@policy("manager", scope="outputs:write")
def put() -> str | Response:
    """Add an output, or set it up anew; the secret that was made for it is shown this once."""
    path = OutputPath(name=forms.given("name") or "")
    kind = forms.given("kind") or ""
    with parts().store.reading() as unit:
        known = {one.name: one for one in outputs.fares(unit)}
    forms.refuse_known("an output", path.name, known)
    former = known.get(path.name)
    options = options_of(kind, former.options if former and former.kind == kind else {})
    body = {"kind": kind, "options": options, "events": request.form.getlist("event")}
    told = outputs.put_output(path, OutputBody.model_validate(body)).get_json()
    if told["secret"]:
        return settings.page(told["secret"], of=path.name)
    flash(f"The output {path.name} is kept.")
    return forms.back_to("settings_page.show", "outputs")


@blueprint.post("/settings/outputs/<name>/test")
@policy("manager", scope="outputs:write")
def try_one(name: str) -> Response:
    """Send a test event, and say whether it arrived."""
    told = outputs.try_output(OutputPath(name=name))
    flash(f"{name} has the test event." if told["arrived"] else f"{name} does not have it: {told['error']}.")
    return forms.back_to("settings_page.show", "outputs")


@blueprint.post("/settings/outputs/<name>/remove")
@policy("manager", scope="outputs:write")
def remove(name: str) -> Response:
    """Remove an output."""
    outputs.remove_output(OutputPath(name=name))
    flash(f"The output {name} is removed.")
    return forms.back_to("settings_page.show", "outputs")


@blueprint.post("/settings/dead-letters/replay")
@policy("manager", scope="outputs:write")
def replay() -> Response:
    """Have one event that was given up sent again, or all."""
    letter = forms.number("letter")
    if letter is None:
        told = dead_letters.replay_dead_letters().get_json()
    else:
        told = dead_letters.replay_dead_letter(LetterPath(letter=letter)).get_json()
    flash(f"{plural(told['again'], 'event')} will be sent again.")
    return forms.back_to("settings_page.show", "outputs")
