"""Whether a calibration keeps its word: what it does with today's reads, and how those taken were judged."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from platewise.gatehouse.reviewed import STATES, reviewed
from platewise.gatehouse.trusting import Rules, rules
from platewise.register.decision import Action
from platewise.store.calibrations import CalibrationRecord
from platewise.store.protocol import Store, Unit
from platewise.store.queries import MOST, ReadQuery
from platewise.store.records import ReadRecord


class Check(NamedTuple):
    """How many of the samples that a person looked at since a calibration was applied were wrong."""

    looked_at: int
    wrong: int


def shares(unit: Unit) -> Mapping[str, Mapping[Action, int]]:
    """Count by camera what is done with the newest reads; nothing without a calibration."""
    held = rules(unit)
    counts: dict[str, Counter[Action]] = {}
    for read in unit.reads.find(ReadQuery(limit=MOST)).items if held.calibration else ():
        if action := _action(held, read):
            counts.setdefault(read.frame.camera or "", Counter())[action] += 1
    return counts


def check(store: Store, record: CalibrationRecord) -> Check:
    """Return what came of the samples since a calibration was applied: of the reads that it takes, unseen.

    Only samples count: whoever corrects a read because it looks wrong chooses the wrong ones.
    """
    with store.reading() as unit:
        held = rules(unit)
    learned, looked_at, wrong = held.calibration, 0, 0
    query = ReadQuery(since=record.at, states=STATES)
    for one in reviewed(store, query) if learned else ():
        assert learned
        if learned.audited(str(one.record.id)) and one.read and _action(held, one.record) == "auto":
            looked_at += 1
            wrong += not one.was_right
    return Check(looked_at, wrong)


def _action(held: Rules, read: ReadRecord) -> Action | None:
    stated = read.confidence if read.normalised else 0.0
    return held.trust(stated, read.frame.camera).action
