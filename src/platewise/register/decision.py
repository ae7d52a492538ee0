"""What to do with a read: take it, show it to a person, or give it up, so that a promised error holds.

``platewise calibrate`` learns a calibration from reviewed reads (``train.calibrate``); here it is applied.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from math import exp, log
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, Field

from platewise.register.toml_text import Strict, validated

Action = Literal["auto", "review", "reject"]
Item = TypeVar("Item")
Share = Annotated[float, Field(ge=0, le=1)]
_SUREST = 1e-6


class Curve(Strict):
    """From a stated confidence to the probability that a text is right.

    Its log odds are divided by ``temperature``, then ``shift`` is added (Platt, 1999; Guo et al., 2017).
    """

    temperature: Annotated[float, Field(gt=0)] = 1.0
    shift: float = 0.0

    def __call__(self, confidence: float) -> float:
        """Return the probability that a text of this confidence is right."""
        odds = log_odds(confidence) / self.temperature + self.shift
        small = exp(-abs(odds))
        return (1 if odds > 0 else small) / (1 + small)

    def inverse(self, probability: float) -> float:
        """Return the confidence that this probability comes from."""
        odds = (log_odds(probability) - self.shift) * self.temperature
        small = exp(-abs(odds))
        return (1 if odds > 0 else small) / (1 + small)


class Promise(Strict):
    """Of the reads at or above probability ``auto``, at most the share ``error`` is wrong.

    That holds with probability ``confidence`` for reads like the ``reads`` that it was learned from, of which
    ``taken`` were taken and ``wrong`` of these wrong. Where nothing can be promised, ``auto`` is None.
    """

    error: Share
    confidence: Share
    auto: Share | None = None
    reads: int
    taken: int
    wrong: int


class CameraRule(Strict):
    """What was learned of one camera; ``promise`` is None where it had too few reads for one of its own.

    ``ladder`` are its promises of other errors.
    """

    curve: Curve
    promise: Promise | None = None
    ladder: tuple[Promise, ...] = ()


class Calibration(Strict):
    """What was learned of all cameras together and of those with reads enough; ``ladder`` as there.

    Reads with a probability under ``reject`` are not worth a person's look. Of those taken automatically the
    share ``audit`` is shown to a person all the same, so that the promise can be checked and learned anew.
    """

    curve: Curve = Curve()
    promise: Promise
    ladder: tuple[Promise, ...] = ()
    reject: Share = 0.0
    audit: Share = 0.02
    cameras: dict[str, CameraRule] = Field(default_factory=dict)

    def probability(self, confidence: float, camera: str | None = None) -> float:
        """Return the probability that a read is right."""
        rule = self.cameras.get(camera or "")
        return (rule.curve if rule else self.curve)(confidence)

    def promised(self, camera: str | None = None, error: float | None = None) -> Promise:
        """Return the promise that holds for a camera: its own, or that of all cameras together.

        Where another ``error`` is wanted, it is that which takes most reads and errs no more.
        """
        rule = self.cameras.get(camera or "")
        own = rule if rule and rule.promise else self
        assert own.promise
        if error is None:
            return own.promise
        kept = [one for one in (own.promise, *own.ladder) if one.error <= error]
        nothing = Promise(error=error, confidence=own.promise.confidence, reads=0, taken=0, wrong=0)
        return max(kept, key=lambda one: (one.taken, one.error), default=nothing)

    def action(self, confidence: float, camera: str | None = None, error: float | None = None) -> Action:
        """Return what to do with a read of this confidence; a read without a text has 0."""
        probability, auto = self.probability(confidence, camera), self.promised(camera, error).auto
        if confidence and auto is not None and probability >= auto:
            return "auto"
        return "review" if confidence and probability >= self.reject else "reject"

    def audited(self, key: str) -> bool:
        """Tell whether a read is shown to a person although it is taken; a key always says the same."""
        digest = hashlib.sha256(b"audit:" + key.encode()).digest()
        return int.from_bytes(digest[:4], "big") < self.audit * 2**32


def parse(toml: str) -> Calibration:
    """Return the calibration that a TOML text says; ``InputError`` says where and why it cannot."""
    return validated(toml, Calibration, "calibration", float)


def by_stake(items: Iterable[tuple[Item, float, float]]) -> list[Item]:
    """Return what to review in the order of what is at stake, most first.

    Each item comes with its probability to be right and what it costs to be wrong: the toll, the fee, a gate
    opened. What a look can gain is the product of cost and doubt.
    """
    return [item for item, right, cost in sorted(items, key=lambda one: (1 - one[1]) * one[2], reverse=True)]


def log_odds(confidence: float) -> float:
    """Return the log odds of a confidence; what claims to be certain counts as one in a million wrong."""
    p = min(max(confidence, _SUREST), 1 - _SUREST)
    return log(p / (1 - p))


def to_toml(calibration: Calibration) -> str:
    """Return the calibration as a TOML text that ``parse`` reads."""
    lines: list[str] = [f"reject = {calibration.reject}", f"audit = {calibration.audit}"]
    lines += _rule("", calibration.curve, calibration.promise, calibration.ladder)
    for name, rule in sorted(calibration.cameras.items()):
        lines += _rule(f"cameras.{_quoted(name)}.", rule.curve, rule.promise, rule.ladder)
    return "\n".join(lines) + "\n"


def _rule(place: str, curve: Curve, promise: Promise | None, ladder: Iterable[Promise]) -> list[str]:
    lines = _table(f"[{place}curve]", curve)
    lines += _table(f"[{place}promise]", promise) if promise else []
    return lines + [line for one in ladder for line in _table(f"[[{place}ladder]]", one)]


def _table(head: str, value: BaseModel) -> list[str]:
    fields: Mapping[str, object] = value.model_dump(exclude_none=True)
    return ["", head, *(f"{key} = {one!r}" for key, one in fields.items())]


def _quoted(name: str) -> str:
    """Return a name as a TOML key."""
    return json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f")
