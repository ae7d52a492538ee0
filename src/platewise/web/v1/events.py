"""``/v1/events``: what happens, as it happens (server-sent events)."""

import json
from collections.abc import Iterator

from flask import Response, request
from pydantic import Field

from platewise import clock
from platewise.store.protocol import Store
from platewise.store.records import EventRecord
from platewise.web.access import policy
from platewise.web.nouns import content, noun
from platewise.web.parts import parts
from platewise.web.v1.models import Request
from platewise.web.waiting import WaitingRoom

LOOK_EVERY, HEARTBEAT = 0.5, 15.0
"""Seconds between two looks into the store, and at most between two signs of life."""
HEADER = "Last-Event-ID"

blueprint = noun("events", "What happens, as it happens.")


class EventsQuery(Request):
    """Where to begin: after this event; 0 is the first, and with nothing said only new ones come."""

    after: int | None = Field(None, ge=0, le=2**53)


@blueprint.get("/v1/events", responses={200: content("text/event-stream", "One event a new sighting.")})
@policy("viewer", scope="events:read")
def stream_events(query: EventsQuery) -> Response:
    """Send events as they come; a stream that broke goes on after its `Last-Event-ID`."""
    shared = parts()
    given = request.headers.get(HEADER, "")
    start = int(given) if given.isascii() and given.isdigit() and len(given) < 17 else query.after
    if start is None:
        with shared.store.reading() as unit:
            start = unit.events.newest()
    stream = Stream(shared.store, shared.streaming, start)
    return Response(stream, content_type="text/event-stream", headers={"Cache-Control": "no-store"})


class Stream:
    """The events after one, without an end; it holds a place among the streams until it is closed."""

    def __init__(self, store: Store, room: WaitingRoom, after: int) -> None:
        """Take a place; Refusal 503 when there is none."""
        self._store, self._room, self._after = store, room, after
        self._closed = False
        room.enter()

    def __iter__(self) -> Iterator[str]:
        """Yield the text of the stream."""
        yield f"retry: 2000\nid: {self._after}\n\n"  # a stream lost before its first event goes on here
        spoken = clock.ticks()
        while not (self._closed or self._room.closing.is_set()):
            with self._store.reading() as unit:
                events = unit.events.after(self._after)
            for event in events:
                self._after = event.id
                yield _text(event)
            if events:
                spoken = clock.ticks()
                continue
            if clock.ticks() - spoken >= HEARTBEAT:
                spoken = clock.ticks()
                yield ": alive\n\n"
            self._room.closing.wait(LOOK_EVERY)

    def close(self) -> None:
        """Give the place back; the server calls this when the listener is gone."""
        if not self._closed:
            self._closed = True
            self._room.leave()


def _text(event: EventRecord) -> str:
    told = {"id": event.id, "kind": event.kind, "at": event.at.isoformat(), "payload": dict(event.payload)}
    return f"id: {event.id}\nevent: {event.kind}\ndata: {json.dumps(told, ensure_ascii=False)}\n\n"
