"""Passages and journeys: records to rows and back."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from platewise.register.agreement import Agreed
from platewise.register.passages import Passage, View
from platewise.register.readings import Reading
from platewise.register.tariffs.quoting import Line, Receipt, Stay
from platewise.store.instants import from_micros, to_micros
from platewise.store.sql.seen import sighting_of, sighting_values, slots_of
from platewise.store.tolling import JourneyFacts, KeptSpeed, PassageRecord, display_of

PLAIN = (
    *("plate", "state", "since", "until", "over_at", "final", "probability", "margin", "paired", "began"),
    *("done", "vehicle", "look", "verdict"),
)
"""The facts of a journey that are columns as they are."""


def passage_columns(passage: Passage) -> dict[str, Any]:
    """Return the columns of a passage, all but those of its place among journeys."""
    told = passage.told
    return {
        "gate": passage.gate,
        "at": passage.at,
        "text": told.reading.text,
        "told": [told.reading.slots, told.probability, told.backing],
    }


def view_columns(view: View, gate: str) -> dict[str, Any]:
    """Return the columns of a view, all but that of its passage."""
    seen = view.sighting
    return {
        "key": seen.key,
        "gate": gate,
        "camera": view.camera,
        "at": seen.seen_at,
        "text": seen.reading.text,
        "read_id": seen.read,
        "sighting": sighting_values(seen),
    }


def passage_record(row: Row[Any], seen: Sequence[Row[Any]]) -> PassageRecord:
    """Return the passage of a row and of the rows of its views, each with what its read shows."""
    slots, probability, backing = row.told
    told = Agreed(Reading(row.text, slots_of(slots)), probability, backing)
    found = tuple(View(one.camera, sighting_of(one.sighting, one.read_id)) for one in seen)
    passage = Passage(row.gate, found, told)
    display = display_of(passage, {one.normalised: one.display for one in seen if one.normalised})
    crops = tuple(one.crop for one in seen)
    return PassageRecord(row.id, passage, row.version, row.journey_id, row.settled, display, crops)


def journey_columns(facts: JourneyFacts) -> dict[str, Any]:
    """Return the columns of a journey."""
    return {
        **{name: getattr(facts, name) for name in PLAIN},
        "gates": list(facts.gates),
        "first": facts.gates[0],
        "last": facts.gates[-1],
        "speed": facts.speed and list(facts.speed),
        "receipt": facts.receipt and _values(facts.receipt),
    }


def facts_of(row: Row[Any]) -> JourneyFacts:
    """Return the facts of a row of ``journeys``."""
    return JourneyFacts(
        gates=tuple(row.gates),
        speed=KeptSpeed(*row.speed) if row.speed else None,
        receipt=_receipt(row.receipt) if row.receipt else None,
        **{name: getattr(row, name) for name in PLAIN},
    )


def _values(receipt: Receipt) -> dict[str, Any]:
    stay = receipt.stay
    return {
        "tariff": receipt.tariff,
        "currency": receipt.currency,
        "stay": [to_micros(stay.entered), to_micros(stay.left), list(stay.lists)],
        "lines": [[one.text, one.quantity, str(one.price), to_micros(one.at)] for one in receipt.lines],
    }


def _receipt(values: Any) -> Receipt:
    entered, left, lists = values["stay"]
    stay = Stay(from_micros(entered), from_micros(left), tuple(lists))
    return Receipt(values["tariff"], values["currency"], stay, tuple(_lines(values["lines"])))


def _lines(values: Iterable[Any]) -> Iterable[Line]:
    for text, quantity, price, at in values:
        yield Line(text, quantity, Decimal(price), from_micros(at))
