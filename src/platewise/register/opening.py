"""Whether to open a gate for what was read.

Neighbours' plates look alike, so one that differs from a listed plate in a single sign may as well be
another car's as a misread. The odds weigh the listed plates against all vehicles that are on no list, and
the gate opens where they are worth the risk.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import prod

from platewise.core.plate import SIGNS, normalise
from platewise.register.readings import Misreads, Reading, Slot

_CHANCE = Misreads().chance
_KNOWN = frozenset(SIGNS)
_CAUTION = 4
"""How many plates seen weigh as much as the assumption that strangers' plates resemble any other."""
_OTHERS = 35
"""Signs that one may be taken for: the other letters and digits."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What the two mistakes cost, in any unit: to let a stranger in, to leave a listed vehicle outside."""

    false_open: float = 100.0
    false_refuse: float = 1.0

    def __post_init__(self) -> None:
        """Check that both mistakes cost something."""
        if not (self.false_open > 0 and self.false_refuse > 0):
            raise ValueError("a mistake costs more than nothing")

    @property
    def least_odds(self) -> float:
        """The odds from which opening is the cheaper choice: then at most 1 in 1 + these is wrong."""
        return self.false_open / self.false_refuse


@dataclass(frozen=True, slots=True)
class Strangers:
    """The vehicles on no list: ``count`` of them come as often as a listed one, with plates like those seen.

    ``shares`` says which part of their plates has so many signs, ``signs`` how likely one shows each sign at
    each place of a plate of that length. Of lengths that were never seen nothing is known: any sign is taken
    to be shown with probability ``chance``.
    """

    count: int
    shares: Mapping[int, float] = field(default_factory=dict, repr=False)
    signs: Mapping[int, tuple[Mapping[str, float], ...]] = field(default_factory=dict, repr=False)
    chance: float = _CHANCE

    def __post_init__(self) -> None:
        """Check that somebody else may come."""
        if self.count < 1:
            raise ValueError("somebody else may always come: count is at least 1")

    @classmethod
    def like(cls, seen: Iterable[str], count: int, chance: float = _CHANCE) -> "Strangers":
        """Return strangers whose plates are like some that were seen, in any spelling."""
        texts: dict[int, list[str]] = {}
        for text in filter(None, map(normalise, seen)):
            texts.setdefault(len(text), []).append(text)
        total = sum(map(len, texts.values())) + _CAUTION
        shares = {length: (len(same) + _CAUTION) / total for length, same in texts.items()}
        signs = {
            length: tuple(_frequencies(place, chance) for place in zip(*same, strict=True))
            for length, same in texts.items()
        }
        return cls(count, shares, signs, chance)

    def share(self, length: int) -> float:
        """Return which part of the strangers has plates of that length; the least known for an unseen one."""
        return self.shares.get(length, min(self.shares.values(), default=1.0))

    def shown(self, length: int) -> tuple[Mapping[str, float], ...]:
        """Return how likely one of them shows each sign, at each place of a plate of that length."""
        return self.signs.get(length, (dict.fromkeys(SIGNS, self.chance),) * length)


def _frequencies(place: tuple[str, ...], chance: float) -> dict[str, float]:
    counts, total = Counter(place), len(place) + _CAUTION
    return {sign: (counts[sign] + _CAUTION * chance) / total for sign in SIGNS}


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether to open, the likeliest listed plate (None where none can be), and the odds for the list."""

    open: bool
    plate: str | None
    odds: float


def decide(
    reading: Reading, listed: Iterable[str], strangers: Strangers, misreads: Misreads, costs: Costs
) -> Opening:
    """Decide on a reading; ``listed`` are the normalised plates that may enter.

    No two vehicles bear one plate: what looks exactly like a listed one is that one, or a misread stranger.
    Plates with another number of signs than were read do not count.
    """
    length = len(reading.places)
    looks = [_looks(slot, misreads) for slot in reading.places]
    shown = strangers.shown(length)
    listed = {text for text in listed if len(text) == length and _KNOWN.issuperset(text)}
    likely = {text: prod(look[s] for look, s in zip(looks, text, strict=True)) for text in listed}
    if not length or not likely:
        return Opening(False, None, 0.0)
    anybody = prod(sum(show[s] * look[s] for s in SIGNS) for show, look in zip(shown, looks, strict=True))
    theirs = sum(likely[text] * prod(show[s] for show, s in zip(shown, text, strict=True)) for text in listed)
    other = max(anybody - theirs, misreads.slip * anybody)  # a stranger's plate may also have lost a sign
    odds = sum(likely.values()) / (strangers.count * strangers.share(length) * other)
    return Opening(odds >= costs.least_odds, max(sorted(likely), key=likely.__getitem__), odds)


def _looks(slot: Slot, misreads: Misreads) -> dict[str, float]:
    """Return how likely each sign looks as this slot does, up to a factor that is the same for all."""
    looks = dict.fromkeys(SIGNS, 0.0)
    for shown, p in slot:
        for sign, mistaken in _mistakes(shown, misreads.cost).items():
            looks[sign] += p * (1 - misreads.sign if sign == shown else misreads.sign * mistaken)
    return looks


@lru_cache(maxsize=4 * len(SIGNS))
def _mistakes(shown: str, cost: Callable[[str, str], float]) -> dict[str, float]:
    """Return how likely a sign that is misread is taken for the one shown: look-alikes rather."""
    return {sign: 10 ** (1 - cost(shown, sign)) / _OTHERS for sign in SIGNS}
