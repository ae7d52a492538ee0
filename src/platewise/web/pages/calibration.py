"""``/calibration``: what a confidence is worth, and which error each camera may make."""

from typing import Any

from flask import flash, render_template
from werkzeug.wrappers import Response

from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.pages import forms, plots
from platewise.web.v1 import calibration
from platewise.web.v1.calibration import CalibrationAnswer, CalibrationBody, ErrorsBody

blueprint = forms.page("calibration")


@blueprint.get("/calibration")
@policy("viewer", scope="calibration:read")
def show() -> str:
    """Return what holds, and what it promises."""
    told = CalibrationAnswer.model_validate(calibration.get_calibration())
    everywhere = next((one for one in told.cameras if not one.camera), None)
    points = [(one.error, one.taken, one.auto is not None) for one in everywhere.yields] if everywhere else []
    return render_template(
        "calibration.html", told=told, everywhere=everywhere, plot=plots.against(points) if points else None
    )


@blueprint.post("/calibration/errors")
@policy("manager", scope="calibration:write")
def put_errors() -> Response:
    """Set the error that a camera may make; nothing filled in goes back to the usual one."""
    camera, percent = forms.given("camera") or "", forms.given("error")
    calibration.put_errors(ErrorsBody.model_validate({"errors": {camera: _share(percent)}}))
    flash(f"{camera or 'Cameras without an error of their own'}: kept.")
    return forms.back_to("calibration_page.show", "cameras")


@blueprint.post("/calibration")
@policy("manager", scope="calibration:write")
def put() -> Response:
    """Let a calibration hold that was learned elsewhere."""
    calibration.apply_calibration(CalibrationBody(toml=forms.given("toml") or ""))
    flash("The calibration holds from now on.")
    return forms.back_to("calibration_page.show")


@blueprint.post("/calibration/withdraw")
@policy("manager", scope="calibration:write")
def withdraw() -> Response:
    """Take the calibration that holds back."""
    told: Any = calibration.withdraw_calibration().get_json()
    flash("It is taken back." + (" The one before it holds again." if told["current"] else ""))
    return forms.back_to("calibration_page.show")


def _share(percent: str | None) -> float | None:
    if percent is None:
        return None
    try:
        return float(percent) / 100
    except ValueError as error:
        raise Refusal(422, "bad_parameter", f"error: {percent[:40]!r} is no number.") from error
