"""What a person does on the pages of toll roads: judge a journey, judge a mismatch."""

from flask import flash
from werkzeug.wrappers import Response

from platewise.web.access import policy
from platewise.web.pages import forms
from platewise.web.v1 import toll_changes
from platewise.web.v1.journeys import JourneyPath
from platewise.web.v1.toll_changes import DecideBody, JudgeBody, MismatchPath

blueprint = forms.page("tolls_desk")


@blueprint.post("/tolls/journey/<int:journey>/verdict")
@policy("operator", scope="tolls:write")
def judge(journey: int) -> Response:
    """Say what a journey is."""
    given = {name: forms.given(name) for name in ("verdict", "entry", "exit", "reason")}
    body = JudgeBody.model_validate({name: value for name, value in given.items() if value})
    told = toll_changes.judge_journey(JourneyPath(journey=journey), body).get_json()
    costs = f", {told['total']} {told['currency']}" if told["total"] else ""
    flash(f"{told['display'] or 'The journey'} is {told['verdict']}{costs}.")
    if forms.given("back") == "tolls":
        return forms.back_to("tolls_page.show", "look")
    return forms.back_to("tolls_journeys_page.show", journey=journey)


@blueprint.post("/tolls/mismatch/<int:mismatch>/verdict")
@policy("operator", scope="tolls:write")
def decide(mismatch: int) -> Response:
    """Say whether a mismatch is one vehicle; then the plate that was filled in counts."""
    verdict = forms.given("verdict")
    plate = forms.given("plate") if verdict == "one vehicle" else None
    given = {"verdict": verdict, "plate": plate, "reason": forms.given("reason")}
    body = DecideBody.model_validate({name: value for name, value in given.items() if value})
    toll_changes.judge_mismatch(MismatchPath(mismatch=mismatch), body)
    flash(f"It is one vehicle with the plate {plate}." if plate else "They are two vehicles.")
    return forms.back_to("tolls_page.show", "look")
