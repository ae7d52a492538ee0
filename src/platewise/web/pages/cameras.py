"""``/cameras``: cameras, and the gates and lanes where they stand."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from flask import flash, render_template
from pydantic import Field
from werkzeug.wrappers import Response

from platewise.store.records import Direction
from platewise.store.site import Gate, Lane
from platewise.web.access import note, policy
from platewise.web.errors import Refusal
from platewise.web.pages import forms
from platewise.web.parts import parts
from platewise.web.v1 import cameras, gates
from platewise.web.v1.cameras import CameraBody, CameraPath
from platewise.web.v1.gates import GateBody, GatePath
from platewise.web.v1.models import Name, Request, Text

Driver = Literal["webhook", "mqtt", "simulated"]
ADDRESSES = {"webhook": "url", "mqtt": "host"}
"""The option in which a driver finds whom to tell."""
WANTED = {"url": "URL", "host": "broker"}
EVERYWHERE = ("on", "fresh", "strangers")
"""Options that hold for every driver."""

blueprint = forms.page("cameras")


class GateForm(Request):
    """A gate as it is filled in."""

    name: Name
    label: Text = ""
    direction: Direction = "both"
    lot: Name | None = Field(None, description="The car park that it leads into.")
    driver: Driver | None = Field(None, description="What opens it.")
    address: Text = Field("", description="Whom the driver tells; empty keeps what it has.")
    topic: Text = Field("", description="The MQTT topic; empty keeps what it has.")


class LaneForm(Request):
    """A lane as it is filled in."""

    name: Name
    gate: Name = Field(description="The gate that it leads through.")
    label: Text = ""


@blueprint.get("/cameras")
@policy("viewer", scope="cameras:read")
def index() -> str:
    """Return cameras, gates and lanes."""
    with parts().store.reading() as unit:
        site = unit.site
        return render_template(
            "cameras.html",
            cameras=site.cameras(),
            gates=site.gates(),
            lanes=site.lanes(),
            lots=unit.lots.lots(),
            lot_names={lot.name: lot.label or lot.name for lot in unit.lots.lots()},
            directions=get_args(Direction),
            drivers=get_args(Driver),
        )


@blueprint.post("/cameras")
@policy("manager", scope="cameras:write")
def put() -> Response:
    """Add a camera, or change it; an empty source keeps the one it has."""
    path = CameraPath(name=forms.given("name") or "")
    with parts().store.reading() as unit:
        forms.refuse_known("a camera", path.name, (one.name for one in unit.site.cameras()))
    body = CameraBody(
        label=forms.given("label") or "",
        source=forms.given("source"),
        lane=forms.given("lane"),
        enabled=forms.ticked("enabled"),
    )
    cameras.put_camera(path, body)
    flash(f"The camera {path.name} is kept.")
    return forms.back_to("cameras_page.index")


@blueprint.post("/cameras/<name>/remove")
@policy("manager", scope="cameras:write")
def remove(name: str) -> Response:
    """Remove a camera."""
    cameras.remove_camera(CameraPath(name=name))
    flash(f"The camera {name} is removed; what was read with it stays.")
    return forms.back_to("cameras_page.index")


@blueprint.post("/gates")
@policy("manager", scope="cameras:write")
def put_gate() -> Response:
    """Add a gate, or change it; options that the form does not show stay."""
    form = GateForm.model_validate(_filled(*GateForm.model_fields))
    with parts().store.reading() as unit:
        known = {gate.name: gate.options for gate in unit.site.gates()}
    forms.refuse_known("a gate", form.name, known)
    body = {"label": form.label, "direction": form.direction, "lot": form.lot}
    options = _options(form, known.get(form.name, {}))
    gates.put_gate(GatePath(name=form.name), GateBody.model_validate({**body, "options": options}))
    flash(f"The gate {form.name} is kept.")
    return forms.back_to("cameras_page.index", "gates")


@blueprint.post("/lanes")
@policy("manager", scope="cameras:write")
def put_lane() -> Response:
    """Add a lane, or change it."""
    form = LaneForm.model_validate(_filled("name", "gate", "label"))
    with parts().store.writing() as unit:
        forms.refuse_known("a lane", form.name, (one.name for one in unit.site.lanes()))
        unit.site.put(Lane(form.name, form.gate, form.label))
        note(unit)
    flash(f"The lane {form.name} is kept.")
    return forms.back_to("cameras_page.index", "gates")


@blueprint.post("/gates/<name>/remove")
@policy("manager", scope="cameras:write")
def remove_gate(name: str) -> Response:
    """Remove a gate with its lanes."""
    return _remove(Gate(name))


@blueprint.post("/lanes/<name>/remove")
@policy("manager", scope="cameras:write")
def remove_lane(name: str) -> Response:
    """Remove a lane."""
    return _remove(Lane(name, ""))


def _options(form: GateForm, former: Mapping[str, Any]) -> dict[str, Any]:
    """Return a gate's options; those of another driver go with it, and secrets stay where they can."""
    stays, hidden = former.get("driver") == form.driver, ("driver", *gates.SECRETS)
    options = {k: v for k, v in former.items() if k not in hidden and (stays or k in EVERYWHERE)}
    if form.driver is None:
        return options
    place = ADDRESSES.get(form.driver)
    if place and form.address:
        options[place] = form.address
    if form.driver == "mqtt" and form.topic:
        options["topic"] = form.topic
    if place and place not in options:
        raise Refusal(422, "bad_parameter", f"The driver {form.driver} needs its {WANTED[place]}.")
    return {**options, "driver": form.driver}


def _remove(record: Gate | Lane) -> Response:
    with parts().store.writing() as unit:
        if not unit.site.remove(record):
            raise Refusal(404, "not_found", f"There is nothing named {record.name!r} here.")
        note(unit)
    flash(f"{record.name} is removed.")
    return forms.back_to("cameras_page.index", "gates")


def _filled(*names: str) -> dict[str, Any]:
    return {name: value for name in names if (value := forms.given(name)) is not None}
