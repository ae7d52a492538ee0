"""What was read of a plate, and how much two readings speak for one and the same plate."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate
from math import inf, log

from platewise.core.lattice import Lattice
from platewise.core.plate import SIGNS, normalise

Slot = tuple[tuple[str, float], ...]
"""The signs that one place of a plate may carry, with their probabilities; what lacks to 1 is 'no sign'."""
_NEGLIGIBLE = 1e-3
_RATHER = 0.5


@dataclass(frozen=True, slots=True)
class Reading:
    """A normalised text and the signs of its slots; no text where the plate was not readable."""

    text: str
    slots: tuple[Slot, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, text: str, lattice: Lattice | None = None) -> "Reading":
        """Return the reading of a text; without a lattice each sign is taken as read."""
        known = normalise(text)
        if not known or lattice is None:
            return cls(known, tuple(((sign, 1.0),) for sign in known))
        return cls(known, tuple(filter(None, map(_slot, lattice.probabilities.tolist()))))

    @property
    def places(self) -> tuple[Slot, ...]:
        """The slots that rather carry a sign than none."""
        return tuple(slot for slot in self.slots if sum(p for _, p in slot) >= _RATHER)


def _slot(row: list[float]) -> Slot:
    return tuple((SIGNS[i], round(p, 4)) for i, p in enumerate(row[1:]) if p > _NEGLIGIBLE)


def unequal(a: str, b: str) -> float:
    """Return the cost of reading one sign for the other where nothing is known of look-alikes."""
    return float(a != b)


@dataclass(frozen=True, slots=True)
class Misreads:
    """How reading errs.

    ``sign``: probability that a sign is misread; ``slip``: that one is dropped or added; ``chance``: that two
    different vehicles show the same sign at one place, high because plates of a town begin alike. ``cost`` is
    0 for one sign, 1 for two that nobody confuses (``regions.confusions.cost``).
    """

    sign: float = 0.005
    slip: float = 0.002
    chance: float = 0.07
    cost: Callable[[str, str], float] = unequal

    def __post_init__(self) -> None:
        """Check that nothing is certain or impossible."""
        if not (0 < self.sign < 0.5 and 0 < self.slip < 1 and 0 < self.chance < 1):
            raise ValueError("misreads are probabilities between 0 and 1, sign below a half")


def evidence(a: Reading, b: Reading, misreads: Misreads) -> float:
    """Return the log-likelihood ratio in nats of one plate against two, over the best alignment.

    Minus infinity where fewer than half of the places can agree: no alignment makes those one plate.
    """
    if 2 * min(_shared(a, b), _shared(b, a)) < max(len(a.slots), len(b.slots)):
        return -inf
    without = [_skipped(slot, misreads) for slot in b.slots]
    best = list(accumulate(without, initial=0.0))
    for slot in a.slots:
        skipped = _skipped(slot, misreads)
        above, best = best, [best[0] + skipped]
        for j, other in enumerate(b.slots):
            together = above[j] + _together(slot, other, misreads)
            best.append(max(together, above[j + 1] + skipped, best[j] + without[j]))
    return best[-1]


def _shared(a: Reading, b: Reading) -> int:
    """Count the slots of one reading with a sign that the other may carry anywhere."""
    signs = {sign for slot in b.slots for sign, _ in slot}
    return sum(any(sign in signs for sign, _ in slot) for slot in a.slots)


def _together(a: Slot, b: Slot, misreads: Misreads) -> float:
    """Return the evidence of two slots that show the same place of a plate."""
    other = dict(b)
    agree = sum(p * other.get(sign, 0.0) for sign, p in a)
    wrong = 2 * misreads.sign  # either of the two readings may err
    alike = 10 ** (1 - misreads.cost(_likeliest(a), _likeliest(b)))
    same = (1 - wrong) * agree / misreads.chance
    return log(same + min(wrong * alike, 1.0) * (1 - min(agree, 1.0)) / (1 - misreads.chance))


def _skipped(slot: Slot, misreads: Misreads) -> float:
    """Return the evidence of a slot that the other reading lacks."""
    return log(max(misreads.slip, 1 - sum(p for _, p in slot)))


def _likeliest(slot: Slot) -> str:
    return max(slot, key=lambda option: option[1])[0]
