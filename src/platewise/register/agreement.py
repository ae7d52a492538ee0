"""What several readings of one plate say together."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import NamedTuple

from platewise.core.plate import SIGNS
from platewise.register.readings import Misreads, Reading, Slot, evidence

_OTHERS = len(SIGNS) - 1
_RIVALS = 35
"""Signs that one may be taken for: the other letters and digits."""
_NEGLIGIBLE = 1e-3


class Agreed(NamedTuple):
    """What several readings say together, how probably its text is right, how many of them read that text."""

    reading: Reading
    probability: float
    backing: int


def agreed(readings: Sequence[Reading], misreads: Misreads) -> Agreed:
    """Return what readings of one plate say together; those of another length than the first are left out.

    Give the surest first. Each reading may err in any sign, whatever it says of itself, so two that agree
    are surer than either. The text is one of those that were read: a mixture might be no plate at all.
    """
    read = [reading for reading in readings if reading.text]
    if not read:
        return Agreed(Reading(""), 0.0, 0)
    alike = [reading for reading in read if len(reading.slots) == len(read[0].slots)]
    doubted = ([_doubted(slot, misreads.sign) for slot in reading.slots] for reading in alike)
    slots = reduce(_together, doubted)
    texts = dict.fromkeys(reading.text for reading in alike)
    text = max(texts, key=lambda text: _probability(slots, text))
    backing = sum(reading.text == text for reading in read)
    return Agreed(Reading(text, tuple(map(_slot, slots))), _probability(slots, text), backing)


def one_plate(one: Agreed, other: Agreed, misreads: Misreads) -> float:
    """Return the log-likelihood ratio in nats of one plate against two, from groups of readings.

    A sign that several readings agree on is misread only where all of them err alike.
    """
    wrong = (_all_wrong(one.backing, misreads.sign) + _all_wrong(other.backing, misreads.sign)) / 2
    return evidence(one.reading, other.reading, replace(misreads, sign=wrong))


def _all_wrong(readings: int, sign: float) -> float:
    return float(sign * (sign / _RIVALS) ** max(readings - 1, 0))


class _Doubt(NamedTuple):
    """One place: the signs that were named, that it has none, and any one of the signs not named."""

    signs: dict[str, float]
    none: float
    other: float


def _doubted(slot: Slot, wrong: float) -> _Doubt:
    signs = {sign: (1 - wrong) * p + wrong / _OTHERS for sign, p in slot}
    return _Doubt(signs, (1 - wrong) * max(0.0, 1 - sum(p for _, p in slot)), wrong / _OTHERS)


def _together(one: Sequence[_Doubt], other: Sequence[_Doubt]) -> list[_Doubt]:
    return [_multiplied(a, b) for a, b in zip(one, other, strict=True)]


def _multiplied(a: _Doubt, b: _Doubt) -> _Doubt:
    names = dict.fromkeys([*a.signs, *b.signs])
    signs = {name: a.signs.get(name, a.other) * b.signs.get(name, b.other) for name in names}
    none, rest = a.none * b.none, a.other * b.other
    whole = sum(signs.values()) + none + rest * (len(SIGNS) - len(names))
    return _Doubt({name: p / whole for name, p in signs.items()}, none / whole, rest / whole)


def _probability(slots: Sequence[_Doubt], text: str) -> float:
    """Return the probability that the places carry a text, some of them perhaps nothing."""
    best = [1.0] + [0.0] * len(text)  # the first i signs placed
    for slot in slots:
        placed = [best[i] * slot.signs.get(sign, slot.other) for i, sign in enumerate(text)]
        best = [p * slot.none + new for p, new in zip(best, [0.0, *placed], strict=True)]
    return best[-1]


def _slot(doubt: _Doubt) -> Slot:
    return tuple((sign, p) for sign, p in doubt.signs.items() if p > _NEGLIGIBLE)
