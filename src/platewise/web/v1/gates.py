"""``/v1/gates``: places with a direction, and opening them by hand."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from platewise import clock
from platewise.errors import Conflict
from platewise.gatehouse.telling import tell
from platewise.store.protocol import Unit
from platewise.store.records import Direction, NewEvent
from platewise.store.site import Gate
from platewise.web.access import caller, line, policy
from platewise.web.errors import Refusal
from platewise.web.nouns import noun
from platewise.web.once import once
from platewise.web.parts import parts
from platewise.web.v1.lists import RemovedAnswer
from platewise.web.v1.models import Name, Request, Text
from platewise.web.v1.outputs import SENT_THERE, THERE
from platewise.web.v1.visits import ReasonBody

OPENED = "Opened"
SECRETS = ("secret", "password")
"""Options that are never shown, and kept where they are not given again and the driver stays."""
PUBLIC = ("driver", "on")
"""Options that are shown to those who may not change them."""

blueprint = noun("gates", "Places with a direction, by name.")

_Words = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]
_Real = Annotated[float, Field(allow_inf_nan=False)]


class GatePath(BaseModel):
    """The name of a gate."""

    name: Name


class GateOptions(BaseModel):
    """How a gate is opened: by which driver, after which events, and what that driver asks for besides."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, bool | int | _Real | _Words | list[_Words]]

    driver: Literal["webhook", "mqtt", "simulated"] | None = None
    on: list[Literal["Entered", "Left", "Refused", "Repeated", "Passed", "Unread"]] | None = None


class GateBody(Request):
    """A gate; `lot` is the car park that it leads into."""

    label: Text = ""
    direction: Direction = "both"
    lot: Name | None = None
    options: GateOptions = Field({}, validate_default=True)


class GateAnswer(BaseModel):
    """A gate. Secrets among the options are never shown, and most others only to managers."""

    name: str
    label: str
    direction: Direction
    lot: str | None
    options: dict[str, Any]


class GatesAnswer(BaseModel):
    """All gates, by name."""

    items: list[GateAnswer]


class OpenedAnswer(BaseModel):
    """That the gate's driver will be told, by an event of that number."""

    event: int
    gate: str
    at: datetime


@blueprint.get("/v1/gates", responses={200: GatesAnswer})
@policy("viewer", scope="lots:read")
def get_gates() -> dict[str, Any]:
    """Return all gates."""
    with parts().store.reading() as unit:
        return {"items": [_shown(one) for one in unit.site.gates()]}


@blueprint.get("/v1/gates/<name>", responses={200: GateAnswer})
@policy("viewer", scope="lots:read")
def get_gate(path: GatePath) -> dict[str, Any]:
    """Return one gate."""
    with parts().store.reading() as unit:
        return _shown(_known(unit, path.name))


@blueprint.put("/v1/gates/<name>", responses={200: GateAnswer})
@policy("manager", scope="lots:write")
def put_gate(path: GatePath, body: GateBody) -> Response:
    """Add a gate, or change it; 422 where its driver cannot be set up so."""
    given = body.options.model_dump(exclude_none=True)
    with parts().store.reading() as unit:
        former = next((one.options for one in unit.site.gates() if one.name == path.name), {})
    options = _secrets(former, given) | given
    gate = Gate(path.name, body.label, body.direction, options, body.lot)
    sender = parts().sender
    if sender and body.options.driver:
        sender.check(gate)

    def work(unit: Unit) -> Response:
        """Keep the gate, and its secrets where they are not given."""
        unit.site.put(gate)
        return jsonify(_shown(gate))

    return once(work)


@blueprint.delete("/v1/gates/<name>", responses={200: RemovedAnswer})
@policy("manager", scope="lots:write")
def remove_gate(path: GatePath) -> Response:
    """Remove a gate with its lanes."""

    def work(unit: Unit) -> Response:
        """Remove it, or say that it is not there."""
        unit.site.remove(_known(unit, path.name))
        unit.outputs.remove(f"gate:{path.name}")
        return jsonify(removed=1)

    return once(work)


@blueprint.post("/v1/gates/<name>/open", responses={200: OpenedAnswer})
@policy("operator", scope="gates:open")
def open_gate(path: GatePath, body: ReasonBody) -> Response:
    """Open a gate by hand; 409 where it has no driver."""

    def work(unit: Unit) -> Response:
        """Let the gate's driver be told, and the audit log why."""
        gate, now = _known(unit, path.name), clock.now()
        if "driver" not in gate.options:
            raise Conflict(f"gate {gate.name!r} has no driver that could open it")
        told = {"gate": gate.name, "lot": gate.lot, "direction": gate.direction, "reason": body.reason}
        event = tell(unit, NewEvent(OPENED, now, told, outputs=(f"gate:{gate.name}",)))
        unit.journal.append(line("open_gate", gate.name, body.reason))
        answer = OpenedAnswer(event=event.id, gate=gate.name, at=event.at)
        return jsonify(answer.model_dump(mode="json"))

    return once(work)


def _secrets(former: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the secrets that stay: another driver has none, and a password goes to no other broker."""
    if former.get("driver") != given.get("driver"):
        return {}
    moved = any((former.get(name) or None) != (given.get(name) or None) for name in THERE)
    return {name: former[name] for name in SECRETS if name in former and not (moved and name in SENT_THERE)}


def _known(unit: Unit, name: str) -> Gate:
    found = next((one for one in unit.site.gates() if one.name == name), None)
    if found is None:
        raise Refusal(404, "not_found", f"There is no gate {name!r}.")
    return found


def _shown(one: Gate) -> dict[str, Any]:
    may = caller().role == "manager"
    options = {k: v for k, v in one.options.items() if k not in SECRETS and (may or k in PUBLIC)}
    shown = GateAnswer(name=one.name, label=one.label, direction=one.direction, lot=one.lot, options=options)
    return shown.model_dump(mode="json")
