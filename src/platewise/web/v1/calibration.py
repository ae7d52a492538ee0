"""``/v1/calibration``: what a confidence is worth, and which error each camera may make."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from flask import Response, jsonify
from pydantic import BaseModel, Field

from platewise import clock
from platewise.gatehouse.checking import check, shares
from platewise.gatehouse.trusting import EVERYWHERE, Rules, rules, set_errors
from platewise.register.decision import Action, Promise, parse
from platewise.store.calibrations import CalibrationRecord
from platewise.store.protocol import Unit
from platewise.train.binomial import upper_bound
from platewise.web.access import caller, policy
from platewise.web.errors import Refusal
from platewise.web.nouns import noun
from platewise.web.once import once
from platewise.web.parts import parts
from platewise.web.v1.models import Request

blueprint = noun("calibration", "What a confidence is worth.")

Share = Annotated[float, Field(gt=0, lt=1)]
Camera = Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f]*$")]


class CalibrationBody(Request):
    """A calibration as `platewise calibrate --out` writes it."""

    toml: Annotated[str, Field(min_length=1, max_length=500_000, pattern=r"^[^\x00]*$")]


class ErrorsBody(Request):
    """The wanted share of wrong reads by camera, of all others under the empty name; null takes one away."""

    errors: dict[Camera, Share | None] = Field(max_length=1000)


class YieldAnswer(BaseModel):
    """For a promised `error`: the share of reads taken, and of these the share wrong when it was learned.

    `bound` is what the true share of wrong ones exceeds with the probability that the promise leaves;
    `auto` is the probability from which on reads are taken, null where nothing can be promised.
    """

    error: float
    auto: float | None
    reads: int
    taken: float
    wrong: float
    bound: float


class CalibratedCamera(BaseModel):
    """What holds for a camera: the error that it may make, what keeps it, and what is done with new reads.

    The empty name stands for all cameras without a rule of their own.
    """

    camera: str
    own: bool
    error: float
    set: bool
    promise: YieldAnswer
    yields: list[YieldAnswer]
    now: dict[Action, int]


class AppliedAnswer(BaseModel):
    """A calibration that holds, or did."""

    id: int
    at: datetime
    user: str
    withdrawn_at: datetime | None


class CheckAnswer(BaseModel):
    """Of the reads taken unseen since then, how many a person looked at as a sample, and found wrong."""

    looked_at: int
    wrong: int


class CalibrationAnswer(BaseModel):
    """The calibration that holds, null where none does; all that ever did; and what it promises."""

    current: AppliedAnswer | None
    toml: str | None
    confidence: float | None
    cameras: list[CalibratedCamera]
    check: CheckAnswer | None
    history: list[AppliedAnswer]


@blueprint.get("/v1/calibration", responses={200: CalibrationAnswer})
@policy("viewer", scope="calibration:read")
def get_calibration() -> dict[str, Any]:
    """Return the calibration that holds, its yield against error, and whether it keeps its word."""
    with parts().store.reading() as unit:
        answer = _told(unit)
        current = unit.calibrations.current()
    if current:
        looked_at, wrong = check(parts().store, current)
        answer.check = CheckAnswer(looked_at=looked_at, wrong=wrong)
    return answer.model_dump(mode="json")


@blueprint.post("/v1/calibration", responses={200: CalibrationAnswer})
@policy("manager", scope="calibration:write")
def apply_calibration(body: CalibrationBody) -> Response:
    """Let a calibration hold for everything that is read from now on."""
    parse(body.toml)

    def work(unit: Unit) -> Response:
        """Keep it."""
        unit.calibrations.apply(body.toml, caller().name, clock.now())
        return jsonify(_told(unit).model_dump(mode="json"))

    return once(work)


@blueprint.delete("/v1/calibration", responses={200: CalibrationAnswer})
@policy("manager", scope="calibration:write")
def withdraw_calibration() -> Response:
    """Take the calibration that holds back; the one before it holds again."""

    def work(unit: Unit) -> Response:
        """Take it back, or say that there is none."""
        if unit.calibrations.withdraw(clock.now()) is None:
            raise Refusal(404, "not_found", "No calibration holds.")
        return jsonify(_told(unit).model_dump(mode="json"))

    return once(work)


@blueprint.put("/v1/calibration/errors", responses={200: CalibrationAnswer})
@policy("manager", scope="calibration:write")
def put_errors(body: ErrorsBody) -> Response:
    """Set which share of the reads taken from a camera may be wrong; those not named stay as they are."""

    def work(unit: Unit) -> Response:
        """Keep what is given."""
        set_errors(unit, body.errors)
        return jsonify(_told(unit).model_dump(mode="json"))

    return once(work)


def _told(unit: Unit) -> CalibrationAnswer:
    held, current = rules(unit), unit.calibrations.current()
    done = shares(unit)
    learned = held.calibration
    names = sorted({EVERYWHERE, *held.errors, *done, *(learned.cameras if learned else ())})
    return CalibrationAnswer(
        current=_applied(current) if current else None,
        toml=current.text if current else None,
        confidence=learned.promise.confidence if learned else None,
        cameras=[_camera(held, name, done.get(name, {})) for name in names] if learned else [],
        check=None,
        history=[_applied(one) for one in unit.calibrations.all()],
    )


def _camera(held: Rules, name: str, done: Any) -> CalibratedCamera:
    learned = held.calibration
    assert learned
    rule = learned.cameras.get(name)
    own = rule if rule and rule.promise else learned
    promise = learned.promised(name, held.error(name))
    return CalibratedCamera(
        camera=name,
        own=own is rule,
        error=held.error(name) or promise.error,
        set=name in held.errors,
        promise=_yield(promise),
        yields=_yields([own.promise or promise, *own.ladder]),
        now={action: done.get(action, 0) for action in ("auto", "review", "reject")},
    )


def _yields(promises: Iterable[Promise]) -> list[YieldAnswer]:
    return [_yield(one) for one in sorted(promises, key=lambda one: one.error)]


def _yield(one: Promise) -> YieldAnswer:
    bound = upper_bound(one.wrong, one.taken, one.confidence) if one.taken else 0.0
    return YieldAnswer(
        error=one.error,
        auto=one.auto,
        reads=one.reads,
        taken=one.taken / one.reads if one.reads else 0.0,
        wrong=one.wrong / one.taken if one.taken else 0.0,
        bound=bound,
    )


def _applied(one: CalibrationRecord) -> AppliedAnswer:
    return AppliedAnswer(id=one.id, at=one.at, user=one.user, withdrawn_at=one.withdrawn_at)
