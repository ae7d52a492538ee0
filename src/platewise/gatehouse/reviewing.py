"""Which reads a person should look at, in the order of what is at stake."""

from typing import NamedTuple

from platewise.gatehouse.trusting import EVERYWHERE, Rules, Trust, rules
from platewise.register.decision import Calibration, by_stake
from platewise.register.stakes import stake
from platewise.store.protocol import Unit
from platewise.store.queries import MOST, ReadQuery
from platewise.store.records import ReadRecord

WINDOW = 200
"""How many of the newest doubtful reads are put in order at once."""
_SURE = 1.0


class Doubt(NamedTuple):
    """A read to look at: how far it is trusted, what it costs if it is wrong, and whether it is a sample.

    A sample was taken; it is shown all the same, so that the promised error can be checked.
    """

    read: ReadRecord
    trust: Trust
    cost: float
    sample: bool


def doubtful(unit: Unit, under: float) -> list[Doubt]:
    """Return the doubtful reads, most at stake first, those without a text last.

    Without a calibration a read is doubtful that states less than ``under``.
    """
    held = rules(unit)
    found = [(read, False) for read in _unsure(unit, held, under)]
    found += [(read, True) for read in _samples(unit, held)]
    events = unit.events.of_reads([read.id for read, _ in found])
    doubts = [_doubt(read, held, [e.kind for e in events[read.id]], is_sample) for read, is_sample in found]
    ranked = by_stake((one, one.trust.probability, one.cost) for one in doubts)
    return sorted(ranked, key=lambda one: not one.read.normalised)


def _doubt(read: ReadRecord, held: Rules, kinds: list[str], sample: bool) -> Doubt:
    return Doubt(read, _trust(held, read), stake(kinds), sample)


def _trust(held: Rules, read: ReadRecord) -> Trust:
    return held.trust(read.confidence if read.normalised else 0.0, read.frame.camera)


def _unsure(unit: Unit, held: Rules, under: float) -> list[ReadRecord]:
    if held.calibration is None:
        query = ReadQuery(max_confidence=under, states=("new",), limit=WINDOW)
        return list(unit.reads.find(query).items)
    low, high = _bounds(held, held.calibration)
    query = ReadQuery(min_confidence=low, max_confidence=high, states=("new",), limit=WINDOW)
    return [read for read in unit.reads.find(query).items if _trust(held, read).action == "review"]


def _samples(unit: Unit, held: Rules) -> list[ReadRecord]:
    """Return those of the newest reads taken that chance wants to be looked at."""
    learned = held.calibration
    if learned is None:
        return []
    newest = unit.reads.find(ReadQuery(states=("new",), limit=MOST)).items
    chosen = (read for read in newest if read.normalised and learned.audited(str(read.id)))
    return [read for read in chosen if _trust(held, read).action == "auto"]


def _bounds(held: Rules, learned: Calibration) -> tuple[float, float]:
    """Return between which stated confidences the reads of any camera are doubtful."""
    lowest, highest = _SURE, 0.0
    for camera in {EVERYWHERE, *learned.cameras, *held.errors}:
        rule = learned.cameras.get(camera)
        curve = rule.curve if rule else learned.curve
        auto = learned.promised(camera, held.error(camera)).auto
        lowest = min(lowest, curve.inverse(learned.reject))
        highest = max(highest, _SURE if auto is None else curve.inverse(auto))
    return lowest, highest
