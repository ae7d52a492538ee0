"""``/v1/lots``: car parks, by name, with their rules and tariffs."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from flask import Response, jsonify
from pydantic import BaseModel, Field

from platewise import clock, gatehouse
from platewise.register.tariffs.library import parse
from platewise.register.values import Lot, LotState, Policy
from platewise.store.protocol import Unit
from platewise.web.access import caller, policy
from platewise.web.errors import Refusal
from platewise.web.nouns import noun
from platewise.web.once import once
from platewise.web.parts import parts
from platewise.web.v1.lists import RemovedAnswer
from platewise.web.v1.models import Name, Request, Text

WAITS = timedelta(days=90)
"""How long a visit waits for a person's look, before it is history."""

blueprint = noun("lots", "Car parks, by name.")

Seconds = Annotated[int, Field(ge=1, le=400 * 86_400)]
_SPANS = ("debounce", "longest_stay", "lost_after", "usual_stay", "memory")


class LotPath(BaseModel):
    """The name of a car park."""

    name: Name


class PolicyBody(Request):
    """The rules of a car park; spans of time in seconds."""

    debounce: int = Field(30, ge=0, le=3600, description="A vehicle in view that long has passed once.")
    double_entry: Literal["mend", "refuse"] = Field(
        "mend", description="A plate that is inside comes again: its former stay is lost, or it is refused."
    )
    allowed_only: bool = Field(False, description="Let in only plates on an allowed list.")
    longest_stay: Seconds = Field(86_400, description="A longer stay is an overstay.")
    lost_after: Seconds = Field(259_200, description="A stay is given up after that long.")
    usual_stay: Seconds = 7200
    missed_entry: float = Field(0.02, ge=1e-6, le=0.5, description="The share of entries that nobody saw.")
    sure: float = Field(3.0, ge=0, le=50, description="The margin in nats from which a pairing is final.")
    memory: int = Field(86_400, ge=3600, le=400 * 86_400, description="How long an exit may be paired anew.")

    def to_policy(self, former: Policy) -> Policy:
        """Return the rules; how readings err stays as it was."""
        spans = {name: timedelta(seconds=getattr(self, name)) for name in _SPANS}
        return replace(former, **self.model_dump() | spans)


class LotBody(Request):
    """A car park; `tariff` is TOML, empty where parking is free. What is left out takes its default."""

    label: Text = ""
    capacity: int = Field(100, ge=1, le=100_000)
    policy: PolicyBody = Field({}, validate_default=True)
    tariff: str = Field("", max_length=20_000, pattern=r"^[^\x00]*$")


class PolicyAnswer(BaseModel):
    """The rules of a car park; spans of time in seconds."""

    debounce: int
    double_entry: Literal["mend", "refuse"]
    allowed_only: bool
    longest_stay: int
    lost_after: int
    usual_stay: int
    missed_entry: float
    sure: float
    memory: int


class LotAnswer(BaseModel):
    """A car park, how full it is and its rules."""

    name: str
    label: str
    capacity: int
    inside: int
    free: int
    policy: PolicyAnswer
    tariff: str


class LotsAnswer(BaseModel):
    """All car parks, by name."""

    items: list[LotAnswer]


@blueprint.get("/v1/lots", responses={200: LotsAnswer})
@policy("viewer", scope="lots:read")
def get_lots() -> dict[str, Any]:
    """Return all car parks."""
    now = clock.now()
    with parts().store.reading() as unit:
        return {"items": [_shown(unit.lots.state(lot.name, now)) for lot in unit.lots.lots()]}


@blueprint.get("/v1/lots/<name>", responses={200: LotAnswer})
@policy("viewer", scope="lots:read")
def get_lot(path: LotPath) -> dict[str, Any]:
    """Return one car park."""
    with parts().store.reading() as unit:
        return _shown(state_of(unit, path.name, clock.now()))


@blueprint.put("/v1/lots/<name>", responses={200: LotAnswer})
@policy("manager", scope="lots:write")
def put_lot(path: LotPath, body: LotBody) -> Response:
    """Add a car park, or change it; 409 where more vehicles are inside than it would hold."""
    if body.tariff.strip():
        parse(body.tariff)

    def work(unit: Unit) -> Response:
        """Keep the car park."""
        former = unit.lots.lot(path.name) or Lot(path.name)
        rules = body.policy.to_policy(former.policy)
        unit.lots.put(Lot(path.name, body.capacity, rules, body.label, body.tariff.strip()))
        gatehouse.changed_by_hand(unit, path.name, clock.now(), caller().name)
        return jsonify(_shown(unit.lots.state(path.name, clock.now())))

    return once(work)


@blueprint.delete("/v1/lots/<name>", responses={200: RemovedAnswer})
@policy("manager", scope="lots:write")
def remove_lot(path: LotPath) -> Response:
    """Remove a car park; 409 while a vehicle is inside or a gate leads to it."""

    def work(unit: Unit) -> Response:
        """Remove it, or say that it is not there."""
        if not unit.lots.remove(path.name):
            raise no_lot(path.name)
        return jsonify(removed=1)

    return once(work)


def state_of(unit: Unit, name: str, at: datetime) -> LotState:
    """Return the state of the car park of that name; 404 when there is none."""
    if unit.lots.lot(name) is None:
        raise no_lot(name)
    return unit.lots.state(name, at)


def review_of(unit: Unit, name: str, at: datetime) -> LotState:
    """Return the state with all that waits for somebody to look at it, however long it has waited."""
    if unit.lots.lot(name) is None:
        raise no_lot(name)
    return unit.lots.state(name, at, unit.lots.unreviewed(name, at - WAITS))


def no_lot(name: str) -> Refusal:
    """Return the refusal for a name that no car park has."""
    return Refusal(404, "not_found", f"There is no car park {name!r}.")


def _shown(state: LotState) -> dict[str, Any]:
    lot = state.lot
    answer = LotAnswer(
        name=lot.name,
        label=lot.label,
        capacity=lot.capacity,
        inside=state.occupied,
        free=state.free,
        policy=_rules(lot.policy),
        tariff=lot.tariff,
    )
    return answer.model_dump(mode="json")


def _rules(rules: Policy) -> PolicyAnswer:
    values = {name: getattr(rules, name) for name in PolicyAnswer.model_fields}
    return PolicyAnswer(**values | {name: int(values[name].total_seconds()) for name in _SPANS})
