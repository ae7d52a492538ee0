"""Journeys: which passages are one vehicle's way from an entry to an exit.

Readings err and cameras miss, so the likeliest chains of all passages together decide: how alike the plates
are, which way leads from gate to gate past how many that did not see it, and whether the time fits the road.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import exp, inf, prod
from typing import Literal

from platewise.register.agreement import agreed, one_plate
from platewise.register.choosing import Choice, choose
from platewise.register.links import likeliest_way, links, prior
from platewise.register.passages import Passage
from platewise.register.readings import Misreads, Reading
from platewise.register.roads import Roads

State = Literal["under way", "complete", "entry missing", "exit missing", "both missing"]
_LIKELY = 0.5
_MISREADS = Misreads()


@dataclass(frozen=True, slots=True)
class Journey:
    """One vehicle's way: its passages in the order of time and all gates on it, seen or not.

    ``reading`` is what they read together, ``probability`` that its text is right, if the passages are one
    vehicle's; ``margin`` says in nats how much worse the next best pairing is at its weakest link, and
    ``paired`` how probably all of them are right. ``began`` and ``done`` are the probabilities that it began
    at its first and ends at its last gate. Nothing can follow after ``over_at``.
    """

    passages: tuple[Passage, ...]
    gates: tuple[str, ...]
    reading: Reading
    probability: float
    margin: float
    paired: float
    began: float
    done: float
    over_at: datetime

    @property
    def id(self) -> str:
        """The key of its first passage."""
        return self.passages[0].key

    @property
    def plate(self) -> str:
        """The text of its plate, empty where none was read."""
        return self.reading.text

    @property
    def confidence(self) -> float:
        """How probably the plate, the pairing and both ends are right."""
        return self.probability * self.paired * self.began * self.done

    @property
    def entered(self) -> bool:
        """Whether it likely began at its first gate."""
        return self.began > _LIKELY

    @property
    def ended(self) -> bool:
        """Whether it likely ends at its last gate."""
        return self.done > _LIKELY

    @property
    def unseen(self) -> tuple[str, ...]:
        """The gates between its first and last passage that did not see it."""
        seen = {passage.gate for passage in self.passages}
        return tuple(gate for gate in self.gates if gate not in seen)

    def state(self, at: datetime) -> State:
        """Return where it stands at a time: until another gate can see it no more, it is under way."""
        if at <= self.over_at and self.over_at > self.passages[-1].at:
            return "under way"
        if not self.ended:
            return "exit missing" if self.entered else "both missing"
        return "complete" if self.entered else "entry missing"


def pair(passages: Iterable[Passage], roads: Roads, misreads: Misreads = _MISREADS) -> tuple[Journey, ...]:
    """Return the journeys that these passages most likely are, in the order of their first passage.

    Give all passages since the first one of a journey that is not over; those of journeys that are over
    (``over_at``) need not come again. ``misreads.chance`` should be that of the site, see ``chance``.
    """
    in_time = sorted(passages, key=lambda passage: (passage.at, passage.key))
    choice = choose(links(in_time, roads, misreads))
    known = {passage.key: passage for passage in in_time}
    followers = set(choice.partner.values())
    chains = (_chain(passage, choice.partner, known) for passage in in_time if passage.key not in followers)
    parts = sorted((part for chain in chains for part in _torn(chain, choice, roads, misreads)), key=_begin)
    return tuple(_journey(part, choice, roads, misreads) for part in parts)


def _begin(chain: Sequence[Passage]) -> tuple[datetime, str]:
    return chain[0].at, chain[0].key


def _chain(first: Passage, partner: Mapping[str, str], known: Mapping[str, Passage]) -> list[Passage]:
    chain = [first]
    while chain[-1].key in partner:
        chain.append(known[partner[chain[-1].key]])
    return chain


def _torn(chain: list[Passage], choice: Choice, roads: Roads, misreads: Misreads) -> Iterator[list[Passage]]:
    """Yield the parts of a chain, cut where all before and all after it together say two vehicles.

    What was chosen there is then as sure as these odds.

    Two neighbours may look alike enough; but where two gates read one plate and the next two another one, it
    takes two misreads of the same kind.
    """
    for place in range(1, len(chain)):
        before, after = chain[:place], chain[place:]
        if before[-1].reading.text == after[0].reading.text:
            continue
        one, other = (agreed(_readings(part), misreads) for part in (before, after))
        odds = prior(before[-1], after[0], roads) + one_plate(one, other, misreads)
        if odds < 0:
            choice.row_margin[before[-1].key] = choice.column_margin[after[0].key] = -odds
            yield from _torn(before, choice, roads, misreads)
            yield from _torn(after, choice, roads, misreads)
            return
    yield chain


def _readings(passages: Iterable[Passage]) -> list[Reading]:
    """Return what each camera read, surest first."""
    seen = (view.sighting for passage in passages for view in passage.views)
    return [sighting.reading for sighting in sorted(seen, key=lambda sighting: -sighting.confidence)]


def _journey(chain: Sequence[Passage], choice: Choice, roads: Roads, misreads: Misreads) -> Journey:
    first, last = chain[0], chain[-1]
    told = agreed(_readings(chain), misreads)
    gates = [first.gate]
    for one, later in pairwise(chain):
        gates += likeliest_way(one, later, roads).gates[1:]
    margins = [choice.row_margin[p.key] for p in chain if p.key in choice.row_margin]
    margins += [choice.column_margin[first.key]] if first.key in choice.column_margin else []
    return Journey(
        passages=tuple(chain),
        gates=tuple(gates),
        reading=told.reading,
        probability=told.probability,
        margin=min(margins, default=inf),
        paired=prod(1 / (1 + exp(-margin)) for margin in margins),
        began=roads.entered[first.gate],
        done=roads.ended[last.gate],
        over_at=last.at + timedelta(seconds=roads.slowest(last.gate)),
    )
