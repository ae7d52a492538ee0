"""The cameras that this worker has leased, watched as long as it holds them."""

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from platewise import clock
from platewise.errors import InputError, StoreError
from platewise.ingest.camera import Patience, Pauses
from platewise.ingest.shares import Held, Shares
from platewise.ingest.watch import Event, Watch
from platewise.store.sharing import Lease
from platewise.store.site import Camera

log = logging.getLogger(__name__)
MOMENT = 0.2
"""Seconds after which the listener may look whether to stop."""


class Told(NamedTuple):
    """What a leased camera told; what follows from it counts only while the lease does."""

    watch: Watch
    event: Event
    lease: Lease


@dataclass
class _Running:
    """A camera that is being watched."""

    held: Held
    stop: threading.Event = field(default_factory=threading.Event)


class _Ended(NamedTuple):
    """A camera is watched no more, and all that it saw was told before."""

    running: _Running


_Message: TypeAlias = Told | _Ended | Exception


class Fleet:
    """Watches the cameras of one share; they come and go."""

    def __init__(
        self,
        shares: Shares,
        build: Callable[[Camera], Watch],
        stop: threading.Event,
        patience: Patience | None = None,
    ) -> None:
        """Prepare; ``build`` makes what watches a camera, InputError where its source is not there (yet)."""
        self._shares, self._build, self._stop = shares, build, stop
        self._patience = patience or Patience()
        self._told: queue.Queue[_Message] = queue.Queue()
        self._running: dict[str, _Running] = {}
        self._threads: list[threading.Thread] = []
        self._over: dict[str, Camera] = {}

    def events(self) -> Iterator[Told | None]:
        """Yield what the cameras tell until stopped, None where nothing is told for a moment.

        What is yielded is dealt with when the next is asked for: only then is its camera given back.
        """
        beats = threading.Thread(target=self._beat, name="beats")
        beats.start()
        try:
            while beats.is_alive() or self._running or not self._told.empty():
                try:
                    message = self._told.get(timeout=MOMENT)
                except queue.Empty:
                    yield None
                    continue
                if isinstance(message, Exception):
                    raise message
                if isinstance(message, Told):
                    yield message
                else:
                    self._end(message.running)
        finally:
            self._stop.set()
            for thread in (beats, *self._threads):
                thread.join()
        try:
            self._shares.leave()
        except StoreError as error:
            log.error("the cameras could not be given back, their leases will end: %s", error)

    def _beat(self) -> None:
        """Keep the leases alive until stopped; without them nothing is watched."""
        try:
            self._prolong()
        except Exception as error:  # noqa: BLE001  raised again in the thread that listens
            self._told.put(error)
        self._follow({})

    def _prolong(self) -> None:
        """Follow the leases; stop watching when the database was out of reach until they ended."""
        terms, alive = self._shares.terms, clock.ticks()
        while not self._stop.is_set():
            try:
                began = clock.ticks()
                held: dict[str, Held] | None = self._shares.beat()
                alive = began
            except StoreError as error:
                log.error("the leases of the cameras cannot be prolonged: %s", error)
                held = {} if clock.ticks() - alive > terms.lease else None
            if held is not None:
                self._follow(held)
            self._stop.wait(terms.beat)

    def _follow(self, held: dict[str, Held]) -> None:
        """Stop what is no longer held or has changed, start what is new."""
        for name, running in list(self._running.items()):
            now = held.get(name)
            before = running.held
            if now is None or now.surplus or now.camera != before.camera or _other(now.lease, before.lease):
                running.stop.set()
        for name, one in held.items():
            if name not in self._running and not one.surplus and self._over.get(name) != one.camera:
                self._start(name, one)

    def _start(self, name: str, held: Held) -> None:
        running = self._running[name] = _Running(held)
        thread = threading.Thread(target=self._watch, args=(running,), name=name, daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()

    def _watch(self, running: _Running) -> None:
        try:
            if watch := self._built(running):
                for event in watch.events(running.stop):
                    self._told.put(Told(watch, event, running.held.lease))
        except Exception as error:  # noqa: BLE001  raised again in the thread that listens
            self._told.put(error)
        self._told.put(_Ended(running))

    def _built(self, running: _Running) -> Watch | None:
        """Return what watches a camera, as soon as its source is there; None if stopped before."""
        pauses, told = Pauses(self._patience), ""
        while not running.stop.is_set():
            try:
                return self._build(running.held.camera)
            except InputError as error:
                if str(error) != told:
                    told = str(error)
                    log.error("camera %s cannot be watched, trying again: %s", running.held.camera.name, told)
            running.stop.wait(pauses.next())
        return None

    def _end(self, running: _Running) -> None:
        """Give a camera back whose watch was stopped; a video that has ended is not begun again."""
        name = running.held.camera.name
        if not running.stop.is_set():
            self._over[name] = running.held.camera
        self._running.pop(name, None)
        if running.stop.is_set() and not self._stop.is_set():
            try:
                self._shares.release(running.held.lease)
            except StoreError as error:
                log.error("a camera could not be given back, its lease will end: %s", error)


def _other(lease: Lease, before: Lease) -> bool:
    """Tell whether somebody else had the lease in between."""
    return lease.fence != before.fence
