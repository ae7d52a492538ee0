"""``/v1/events``: what happens, as it happens (server-sent events)."""

import json
from collections.abc import Callable, Iterator

from flask import Response, request
from pydantic import Field

from platewise import clock
from platewise.store.protocol import Store
from platewise.store.records import EventRecord
from platewise.web.access import lasting, policy
from platewise.web.nouns import content, noun
from platewise.web.parts import parts
from platewise.web.v1.models import Request
from platewise.web.waiting import WaitingRoom

LOOK_EVERY, LOOK_ANYWAY, HEARTBEAT = 0.5, 5.0, 15.0
"""Seconds between two looks into a store that does not tell of events; into one that does, in case it was not
heard; and at most between two signs of life.
"""
CHECK_EVERY = 1.0
"""Seconds between two looks at whether the listener may still listen."""
HEADER = "Last-Event-ID"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""A proxy such as nginx is to pass on each event at once."""

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
    with shared.store.reading() as unit:
        newest = unit.events.newest()
    begin = newest if start is None else min(start, newest)  # after a restore a listener may know of more
    stream = Stream(shared.store, shared.streaming, begin, lasting())
    return Response(stream, content_type="text/event-stream", headers=HEADERS)


class Stream:
    """The events after one, as long as the listener may hear them; it holds a place until it is closed."""

    def __init__(self, store: Store, room: WaitingRoom, after: int, may: Callable[[], bool]) -> None:
        """Take a place; Refusal 503 when there is none. ``may`` tells whether this may still be heard."""
        self._store, self._room, self._after, self._may = store, room, after, may
        self._closed, self._barred, self._checked = False, False, clock.ticks()
        room.enter()

    def __iter__(self) -> Iterator[str]:
        """Yield the text of the stream."""
        yield f"retry: 2000\nid: {self._after}\n\n"  # a stream lost before its first event goes on here
        spoken = clock.ticks()
        while not self._over:
            rung = self._store.bell.count
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
            self._pause(rung)

    @property
    def _over(self) -> bool:
        return self._closed or self._room.closing.is_set() or self._is_barred()

    def _is_barred(self) -> bool:
        """Tell, once a second, whether a token was revoked, a session ended, a role taken away."""
        if clock.ticks() - self._checked >= CHECK_EVERY:
            self._checked = clock.ticks()
            self._barred = not self._may()
        return self._barred

    def _pause(self, rung: int) -> None:
        """Wait until the bell has rung again, or it is time to look without having heard anything."""
        bell = self._store.bell
        until = clock.ticks() + LOOK_ANYWAY
        while not (bell.wait(rung, LOOK_EVERY) or self._over):
            if not bell.listens or clock.ticks() >= until:
                return

    def close(self) -> None:
        """Give the place back; the server calls this when the listener is gone."""
        if not self._closed:
            self._closed = True
            self._room.leave()


def _text(event: EventRecord) -> str:
    told = {"id": event.id, "kind": event.kind, "at": event.at.isoformat(), "payload": dict(event.payload)}
    return f"id: {event.id}\nevent: {event.kind}\ndata: {json.dumps(told, ensure_ascii=False)}\n\n"
