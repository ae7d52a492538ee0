"""Sightings of the register as plain values, for JSON columns."""

from collections.abc import Mapping
from typing import Any

from platewise.register.readings import Reading, Slot
from platewise.register.values import Listed, Sighting
from platewise.store.instants import from_micros, to_micros


def sighting_values(sighting: Sighting) -> dict[str, Any]:
    """Return a sighting as plain values, without the number of its read, which a column keeps."""
    return {
        "key": sighting.key,
        "at": to_micros(sighting.seen_at),
        "text": sighting.reading.text,
        "slots": sighting.reading.slots,
        "gate": sighting.gate,
        "direction": sighting.direction,
        "confidence": sighting.confidence,
        "lists": [[listed.name, listed.kind] for listed in sighting.lists],
    }


def sighting_of(values: Mapping[str, Any], read: int | None) -> Sighting:
    """Return the sighting of these values."""
    return Sighting(
        key=values["key"],
        seen_at=from_micros(values["at"]),
        reading=Reading(values["text"], slots_of(values["slots"])),
        gate=values["gate"],
        direction=values["direction"],
        confidence=values["confidence"],
        lists=tuple(Listed(*listed) for listed in values["lists"]),
        read=read,
    )


def slots_of(values: Any) -> tuple[Slot, ...]:
    """Return the slots of a reading."""
    return tuple(tuple((sign, p) for sign, p in slot) for slot in values)
