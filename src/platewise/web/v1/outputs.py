"""``/v1/outputs``: where events are sent, and how that goes. Secrets go in and never come out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from flask import Response, jsonify
from pydantic import BaseModel, Field, RootModel

from platewise import clock
from platewise.errors import OutputError
from platewise.gatehouse.listing import check_presence
from platewise.store.outputs import OutputRecord, OutputState
from platewise.store.protocol import Unit
from platewise.web.access import audit, caller, policy
from platewise.web.errors import Refusal
from platewise.web.nouns import noun
from platewise.web.once import once
from platewise.web.parts import Sender, parts
from platewise.web.v1.lists import RemovedAnswer
from platewise.web.v1.models import Name, Request

SECRETS = ("secret", "password", "token", "url")
"""Options that are never shown, and kept where they are not given again; a URL may hold a key."""
SENT_THERE, THERE = ("password", "token"), ("host", "port", "tls", "security", "api")
"""What is sent to the receiver itself is not kept where that becomes another one."""

blueprint = noun("outputs", "Where events are sent.")

_Words = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]
_Whole = Annotated[int, Field(ge=-(2**53), le=2**53)]


class OutputPath(BaseModel):
    """The name of an output."""

    name: Name


class OutputOptions(RootModel[dict[Name, bool | _Whole | _Words | list[_Words]]]):
    """What the kind asks for."""


class OutputBody(Request):
    """An output; `events` are the kinds that it is told, all where there are none."""

    kind: Name
    options: OutputOptions = Field(OutputOptions({}), validate_default=True)
    events: list[Name] = Field([], max_length=50)


class StateAnswer(BaseModel):
    """How an output fares: what waits, what was given up, the last success and the last failure."""

    waiting: int
    next_at: datetime | None
    given_up: int
    sent_at: datetime | None
    failed_at: datetime | None
    error: str


class OutputAnswer(BaseModel):
    """An output without its secrets; `kept` names those it has. `disabled` says why nothing is sent there."""

    name: str
    kind: str
    options: dict[str, Any]
    kept: list[str]
    events: list[str]
    disabled: str
    state: StateAnswer


class OutputsAnswer(BaseModel):
    """All outputs by name, and the kinds there are."""

    items: list[OutputAnswer]
    kinds: list[str]


class MadeAnswer(OutputAnswer):
    """The output, and the `secret` that was made for it: nothing can show that again."""

    secret: str | None


class TriedAnswer(BaseModel):
    """Whether an event arrived, and why not."""

    arrived: bool
    error: str


@blueprint.get("/v1/outputs", responses={200: OutputsAnswer})
@policy("manager", scope="outputs:read")
def get_outputs() -> dict[str, Any]:
    """Return all outputs and how they fare."""
    sender = parts().sender
    with parts().store.reading() as unit:
        items = [shown.model_dump(mode="json") for shown in fares(unit)]
    return {"items": items, "kinds": list(sender.kinds) if sender else []}


@blueprint.put("/v1/outputs/<name>", responses={200: MadeAnswer})
@policy("manager", scope="outputs:write")
def put_output(path: OutputPath, body: OutputBody) -> Response:
    """Add an output, or set it up anew, in use again. A webhook without a secret gets one, told this once."""
    with parts().store.reading() as unit:
        former = unit.outputs.output(path.name)
    options = merged(former, body.kind, body.options.root)
    record, secret = _sender().prepare(OutputRecord(path.name, body.kind, options, tuple(body.events)))

    def work(unit: Unit) -> Response:
        """Keep the output."""
        check_presence(unit, record.options)
        unit.outputs.put(record)
        (shown,) = (one for one in fares(unit) if one.name == record.name)
        return jsonify(MadeAnswer(**shown.model_dump(), secret=secret).model_dump(mode="json"))

    return once(work)


@blueprint.delete("/v1/outputs/<name>", responses={200: RemovedAnswer})
@policy("manager", scope="outputs:write")
def remove_output(path: OutputPath) -> Response:
    """Remove an output with all that waits for it or was given up."""

    def work(unit: Unit) -> Response:
        """Remove it, or say that it is not there."""
        if not unit.outputs.remove(path.name):
            raise no_output(path.name)
        return jsonify(removed=1)

    return once(work)


@blueprint.post("/v1/outputs/<name>/test", responses={200: TriedAnswer})
@policy("manager", scope="outputs:write")
def try_output(path: OutputPath) -> dict[str, Any]:
    """Send an output one event of the kind Test, now, and say whether it arrived."""
    with parts().store.reading() as unit:
        record = unit.outputs.output(path.name)
    if record is None:
        raise no_output(path.name)
    error = ""
    try:
        _sender().test(record)
    except OutputError as failure:
        error = str(failure)
    with parts().store.writing() as unit:
        unit.outputs.note(record.name, clock.now(), error)
        audit.write(unit, caller().name, "try_output", record.name)
    return {"arrived": not error, "error": error}


def fares(unit: Unit) -> list[OutputAnswer]:
    """Return all outputs and how they fare."""
    states = {one.name: one for one in unit.outputs.states()}
    return [_shown(one, states.get(one.name, OutputState(one.name))) for one in unit.outputs.outputs()]


def merged(former: OutputRecord | None, kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options to keep: those given, and the secrets that an output of this kind already has."""
    if former is None or former.kind != kind:
        return dict(given)
    moved = any((former.options.get(name) or None) != (given.get(name) or None) for name in THERE)
    kept = [name for name in SECRETS if name in former.options and not (moved and name in SENT_THERE)]
    return {name: former.options[name] for name in kept} | dict(given)


def no_output(name: str) -> Refusal:
    """Return the refusal for a name that no output has."""
    return Refusal(404, "not_found", f"There is no output {name!r}.")


def _sender() -> Sender:
    sender = parts().sender
    if sender is None:
        raise Refusal(409, "sends_nothing", "This server sends no events: start it with platewise serve.")
    return sender


def _shown(one: OutputRecord, state: OutputState) -> OutputAnswer:
    return OutputAnswer(
        name=one.name,
        kind=one.kind,
        options={name: value for name, value in one.options.items() if name not in SECRETS},
        kept=sorted(name for name in SECRETS if one.options.get(name)),
        events=list(one.events),
        disabled=one.disabled,
        state=StateAnswer(
            waiting=state.waiting,
            next_at=state.next_at,
            given_up=state.dead,
            sent_at=state.sent_at,
            failed_at=state.failed_at,
            error=state.error,
        ),
    )
