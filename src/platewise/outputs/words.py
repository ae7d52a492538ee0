"""An event in words, for people: what mail and messengers say."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from platewise.outputs import messages
from platewise.store.records import EventRecord

_TOLD = {
    "listed": "Listed",
    "list": "List",
    "what": "What it did",
    "lot": "Car park",
    "gate": "Gate",
    "camera": "Camera",
    "user": "By",
    "reason": "Why",
    "free": "Places free",
    "output": "Output",
}
"""What is worth a line of its own, and its name."""


def headline(event: EventRecord) -> str:
    """Return an event in one line, such as ``Alert: AB12 CDE (list stolen), north``."""
    told = messages.told(event)
    listed = f"(list {told['list']})" if told.get("list") else ""
    name = " ".join(part for part in (_plain(told.get("display") or told.get("plate")), listed) if part)
    place = _plain(told.get("lot") or told.get("gate") or told.get("camera"))
    about = ", ".join(part for part in (name, place) if part)
    return f"{event.kind}: {about}" if about else event.kind


def lines(event: EventRecord, zone: ZoneInfo) -> Iterator[str]:
    """Yield what there is to say of an event, a line each, its times in a zone."""
    told = messages.told(event)
    seen = told.get("seen_at")
    at = datetime.fromisoformat(seen) if isinstance(seen, str) else event.at
    yield f"Time: {at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
    if plate := told.get("display") or told.get("plate"):
        yield f"Plate: {_plain(plate)}"
    for name, label in _TOLD.items():
        if told.get(name) not in (None, ""):
            yield f"{label}: {_plain(told[name])}"
    if isinstance(sure := told.get("confidence"), float):
        yield f"Probability: {sure:.1%}"
    yield f"Event: {messages.id_of(event)}"


def _plain(value: object) -> str:
    """Return a value on one line: a line break in a camera's name must not begin a header of its own."""
    return "".join(c if c.isprintable() else " " for c in str(value)) if value is not None else ""
