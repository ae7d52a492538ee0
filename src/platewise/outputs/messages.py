"""How an event is told."""

import json
from typing import Any

from platewise.store.instants import to_micros
from platewise.store.records import EventRecord

UNDELIVERED = "Undelivered"
"""The event that tells of another one that was given up."""
KINDS = ("Entered", "Left", "Refused", "Repeated", "Passed", "Unread", "Opened", UNDELIVERED)
"""The kinds of events that receivers should be ready for."""


def id_of(event: EventRecord) -> str:
    """Return the id under which receivers know an event again, however often it comes.

    The time in it tells events of two databases apart.
    """
    return f"evt_{event.id}_{to_micros(event.at):x}"


def told(event: EventRecord) -> dict[str, Any]:
    """Return all that an event says, flat, with its number as ``event``."""
    return {**event.payload, "event": event.id, "at": event.at.isoformat()}


def as_json(content: Any) -> bytes:
    """Return JSON without spaces, every letter as itself."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
