"""How often two different vehicles show the same sign: plates of one town begin alike."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import prod

from platewise.core.plate import normalise

_RAREST, _ROUNDS = 1e-3, 40


def chance(texts: Iterable[str], otherwise: float) -> float:
    """Return ``Misreads.chance`` of a site, from plates of the usual length that were seen there.

    It is the one number for which as many vehicles are one sign apart as the signs at each place let expect.
    ``otherwise`` is returned for fewer than two plates.
    """
    known = [text for text in map(normalise, texts) if text]
    length = max(Counter(map(len, known)).items(), key=lambda pair: pair[1], default=(0, 0))[0]
    usual = [text for text in known if len(text) == length]
    if len(usual) < 2:
        return otherwise
    agree = [_agreement(signs) for signs in zip(*usual, strict=True)]
    wanted = sum(prod(agree[:i] + agree[i + 1 :]) * (1 - p) for i, p in enumerate(agree))
    low, high = _RAREST, 1 - 1 / length  # beyond the upper end more agreement means fewer neighbours
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        fewer = length * (1 - middle) * middle ** (length - 1) < wanted
        low, high = (middle, high) if fewer else (low, middle)
    return low


def _agreement(signs: Sequence[str]) -> float:
    """Return the probability that two of the vehicles show the same sign at this place."""
    others = len(signs) * (len(signs) - 1)
    return sum(n * (n - 1) for n in Counter(signs).values()) / others
