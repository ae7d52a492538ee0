"""What the pages of toll roads show of journeys: how fast, with what error, and what a person can do."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from platewise.gatehouse.charging import DOUBTFUL, NO_PRICE
from platewise.store.protocol import Unit
from platewise.store.tolling import JourneyRecord, KeptSpeed, MismatchRecord, PassageRecord

ADVICE = {
    "entry missing": "Nobody saw where it came from. Say where it entered, or waive it.",
    "exit missing": "Nobody saw where it went. Say where it left, or waive it.",
    "both missing": "It was seen on its way only. Say where it entered and left, or waive it.",
    DOUBTFUL: "Plate or pairing may be another's. Compare the pictures: accept, or correct the read.",
    NO_PRICE: "The tariff has no price for this way. Add one and complete it, or waive it.",
}
"""What a person can do about each reason to look."""
SCALE = 100.0
_LEAST = 1.2


class Bar(NamedTuple):
    """A speed on a scale of ``SCALE``: where its error bar begins and how long it is."""

    x: float
    width: float


class Row(NamedTuple):
    """A journey in a line: how long it took, and its speed on the scale of the table."""

    record: JourneyRecord
    lasted: timedelta
    bar: Bar | None


class Case(NamedTuple):
    """A journey and its passages."""

    record: JourneyRecord
    passages: tuple[PassageRecord, ...]


class Pair(NamedTuple):
    """A mismatch and its two passages."""

    record: MismatchRecord
    front: PassageRecord | None
    rear: PassageRecord | None


def rows(records: Sequence[JourneyRecord]) -> list[Row]:
    """Return journeys as lines of one table, speeds on one scale."""
    most = max((one.facts.speed.high for one in records if one.facts.speed), default=1.0)
    return [
        Row(one, one.facts.until - one.facts.since, _bar(one.facts.speed, most) if one.facts.speed else None)
        for one in records
    ]


def case(unit: Unit, record: JourneyRecord) -> Case:
    """Return a journey with its passages."""
    return Case(record, tuple(filter(None, map(unit.tolls.passage, record.passages))))


def pair(unit: Unit, record: MismatchRecord) -> Pair:
    """Return a mismatch with its passages."""
    return Pair(record, unit.tolls.passage(record.front), unit.tolls.passage(record.rear))


def labels(unit: Unit) -> Mapping[str, str]:
    """Return what people call the gates."""
    return {gate.name: gate.label or gate.name for gate in unit.site.gates()}


def _bar(speed: KeptSpeed, most: float) -> Bar:
    width = max(SCALE * (speed.high - speed.low) / most, _LEAST)
    return Bar(round(SCALE * speed.kmh / most - width / 2, 2), round(width, 2))
