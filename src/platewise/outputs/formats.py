"""Events as other systems' receivers expect them: the option ``format`` of webhooks and MQTT.

Those systems tell of plates alone: an event without one has no form there and is not sent.
"""

import uuid
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from platewise.core.read import Read
from platewise.dialects import events, frigate, openalpr, plate_recognizer
from platewise.outputs import messages
from platewise.store.records import EventRecord

WebhookFormat = Literal["platewise", "platerecognizer", "openalpr", "openalpr-group"]
MqttFormat = Literal["platewise", "frigate"]
JSON = "application/json"
_NAMESPACE = uuid.UUID("0e0a8f1c-5a55-4ea0-9d0b-3f5f1d3a6c11")


class Body(NamedTuple):
    """The type and the bytes of what is sent."""

    kind: str
    data: bytes


def webhook(form: WebhookFormat, event: EventRecord, target: str) -> Body | None:
    """Return what a webhook of that format posts to ``target``; None where it says nothing of the event."""
    if form == "platewise":
        content = {"type": event.kind, "timestamp": event.at.isoformat(), "data": messages.told(event)}
        return Body(JSON, messages.as_json(content))
    read = _seen(event)
    return _WEBHOOKS[form](event, read, target) if read else None


def mqtt(event: EventRecord) -> bytes | None:
    """Return Frigate's message about a plate; None where the event tells of none."""
    read = _seen(event)
    if read is None:
        return None
    return messages.as_json(frigate.update(read, event.payload, events.seen_at(event.payload, event.at)))


def _seen(event: EventRecord) -> Read | None:
    """Return the Read of an event that a camera made, and for a person's test one of the plate TEST."""
    if event.kind == messages.TEST:
        return events.read_of({"plate": messages.TEST.upper(), "confidence": 1.0})
    is_seen = event.kind != messages.ALERT and event.payload.get("sighting") is not None
    return events.read_of(event.payload) if is_seen else None


def _platerecognizer(event: EventRecord, read: Read, target: str) -> Body:
    """Return the form that a Stream posts, with the one field ``json``."""
    at = events.seen_at(event.payload, event.at)
    content = messages.as_json(plate_recognizer.stream(read, event.payload, at, target))
    boundary = uuid.uuid5(_NAMESPACE, messages.id_of(event)).hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="json"\r\n\r\n'
    data = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return Body(f"multipart/form-data; boundary={boundary}", data)


def _openalpr(event: EventRecord, read: Read, _: str) -> Body:
    content = openalpr.results([read], _shot(event))
    known = {"uuid": _uuid(event), **openalpr.sender(event.payload)}
    return Body(JSON, messages.as_json({**content, **known}))


def _openalpr_group(event: EventRecord, read: Read, _: str) -> Body:
    content = openalpr.group(read, _shot(event), event.payload, _uuid(event))
    return Body(JSON, messages.as_json(content))


def _shot(event: EventRecord) -> openalpr.Shot:
    width, height = event.payload.get("size") or (0, 0)
    return openalpr.Shot(width, height, openalpr.epoch(events.seen_at(event.payload, event.at)), 0.0)


def _uuid(event: EventRecord) -> str:
    """Return the same name for an event however often it is sent."""
    return str(uuid.uuid5(_NAMESPACE, messages.id_of(event)))


_WEBHOOKS: Mapping[WebhookFormat, Callable[[EventRecord, Read, str], Body]] = {
    "platerecognizer": _platerecognizer,
    "openalpr": _openalpr,
    "openalpr-group": _openalpr_group,
}
