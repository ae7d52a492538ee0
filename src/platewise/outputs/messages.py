"""How an event is told."""

import json
from typing import Any

from platewise import clock
from platewise.store.instants import to_micros
from platewise.store.outputs import HEARTBEAT
from platewise.store.records import EventRecord

UNDELIVERED = "Undelivered"
"""The event that tells of another one that was given up."""
ALERT, LOST, TEST = "Alert", "Lost", "Test"
"""The events that tell of a listed plate, of a stay given up, and that a person sends to try an output."""
CHANGED = "Changed"
"""The event that tells of a change by hand: only what shows how things stand is told."""
SEEN = ("Entered", "Left", "Refused", "Repeated", "Passed", "Unread")
KINDS = (*SEEN, LOST, "Travelled", "Opened", ALERT, UNDELIVERED, HEARTBEAT, TEST)
"""The kinds of events that receivers should be ready for."""


def id_of(event: EventRecord) -> str:
    """Return the id under which receivers know an event again, however often it comes.

    The time in it tells events of two databases apart.
    """
    return f"evt_{event.id}_{to_micros(event.at):x}"


def test() -> EventRecord:
    """Return an event that says only that an output works."""
    return EventRecord(0, TEST, clock.now(), {}, None)


def told(event: EventRecord) -> dict[str, Any]:
    """Return all that an event says, flat, with its number as ``event``."""
    return {**event.payload, "event": event.id, "at": event.at.isoformat()}


def as_json(content: Any) -> bytes:
    """Return JSON without spaces, every letter as itself."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
