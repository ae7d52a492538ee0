"""Sends what waits in the outbox.

A delivery is claimed for a while, sent, and taken off the outbox: whoever is killed in between leaves it to
be sent again under the same id, by any process. Each output with something due has a thread of its own, so
that one that does not answer holds nobody up.
"""

import logging
import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import NamedTuple

from platewise import clock
from platewise.errors import InputError, OutputError, StoreError
from platewise.outputs.broker import Brokers
from platewise.outputs.desk import Desk
from platewise.outputs.gates import PREFIX
from platewise.outputs.messages import UNDELIVERED
from platewise.outputs.registry import Means
from platewise.outputs.safe_http import SafeHttp
from platewise.outputs.schedule import next_delay, patience
from platewise.outputs.switchboard import Switchboard
from platewise.settings import Settings
from platewise.store.protocol import Store, Unit
from platewise.store.records import Delivery, NewEvent

log = logging.getLogger(__name__)


class Timing(NamedTuple):
    """Seconds between two looks into the outbox, and for which a delivery is claimed."""

    look: float = 0.25
    claim: float = 60.0


USUAL = Timing()


def dispatcher(store: Store, private: Iterable[str] = ()) -> "Dispatcher":
    """Return the dispatcher of a store, which may reach public hosts and those of ``private`` networks."""
    return Dispatcher(store, Switchboard(means(private)))


def for_settings(store: Store, settings: Settings) -> "Dispatcher":
    """Return the dispatcher of a server's store."""
    return Dispatcher(store, Switchboard(means_of(settings)))


def means_of(settings: Settings) -> Means:
    """Return what outputs reach the world by, as a server is set up."""
    return replace(means(settings.private_receivers), folder=settings.data / "events", zone=settings.zone)


def means(private: Iterable[str] = ()) -> Means:
    """Return what outputs reach the world by: public hosts, and those of ``private`` networks."""
    http = SafeHttp(private, advice=": PLATEWISE_PRIVATE_RECEIVERS allows what is in the own network")
    return Means(http, Brokers(http))


class Dispatcher:
    """Tells every output what happened, for as long as it runs."""

    def __init__(
        self, store: Store, switchboard: Switchboard, timing: Timing = USUAL, rng: Random | None = None
    ) -> None:
        """Prepare; ``rng`` scatters the times of retries."""
        self._store, self._switchboard, self._timing = store, switchboard, timing
        self._rng = rng or Random()
        self._stopped, self._woken = threading.Event(), threading.Event()
        self._workers: dict[str, threading.Thread] = {}
        self._patience: dict[str, float] = {}
        self._resume: dict[str, float] = {}
        self._watch = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._watch.start()

    @property
    def desk(self) -> Desk:
        """What sets its outputs up and tries them."""
        return Desk(self._switchboard)

    def wake(self) -> None:
        """Look into the outbox now: something was just put there."""
        self._woken.set()

    def stop(self, seconds: float = 20.0) -> None:
        """Finish what is being sent, for so long, and give all connections back."""
        until = clock.ticks() + seconds
        self._stopped.set()
        self._woken.set()
        for thread in (self._watch, *self._workers.values()):
            if thread.is_alive():
                thread.join(max(until - clock.ticks(), 0.0))
        self._switchboard.close()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._look()
            except StoreError as error:
                log.error("the outbox cannot be read: %s", error)
            except Exception:
                log.exception("the outbox cannot be looked through")
            self._woken.wait(self._timing.look)
            self._woken.clear()

    def _look(self) -> None:
        """Start a worker for each output that something is due to."""
        with self._store.reading() as unit:
            names = unit.events.waiting(clock.now())
            setups = unit.outputs.outputs(), unit.site.gates()
        self._switchboard.update(*setups)
        self._workers = {name: worker for name, worker in self._workers.items() if worker.is_alive()}
        for name in names:
            if name not in self._workers and clock.ticks() >= self._resume.get(name, 0.0):
                worker = threading.Thread(target=self._work, args=(name,), name=f"to {name}", daemon=True)
                self._workers[name] = worker
                worker.start()

    def _work(self, name: str) -> None:
        """Send what is due to an output, one after the other, until nothing is or it has to wait."""
        try:
            while not self._stopped.is_set() and (delivery := self._claim(name)):
                if not self._send(delivery):
                    return
        except StoreError as error:
            log.error("what was sent to %s cannot be noted: %s", name, error)

    def _claim(self, name: str) -> Delivery | None:
        now = clock.now()
        with self._store.writing() as unit:
            return unit.events.claim(name, now, now + timedelta(seconds=self._timing.claim))

    def _send(self, delivery: Delivery) -> bool:
        """Send one delivery; tell whether the next may follow at once."""
        try:
            is_set_up = self._deliver(delivery)
        except OutputError as error:
            return self._failed(delivery, error)
        if not is_set_up:
            return self._discard(delivery)
        self._patience.pop(delivery.output, None)
        with self._store.writing() as unit:
            unit.events.delivered(delivery.id)
            unit.outputs.note(delivery.output, clock.now())
        return True

    def _deliver(self, delivery: Delivery) -> bool:
        """Hand an event to its output; False where there is none. What nobody foresaw is a failure too."""
        try:
            output = self._switchboard.find(delivery.output)
            if output is not None:
                output.deliver(delivery.event)
        except OutputError:
            raise
        except Exception as error:
            log.exception("output %s does not work", delivery.output)
            raise OutputError(f"the output does not work: {type(error).__name__}") from error
        return output is not None

    def _discard(self, delivery: Delivery) -> bool:
        """Give up without a word what goes to a disabled output; forget what goes to none that is there."""
        name = delivery.output
        with self._store.writing() as unit:
            gates = {PREFIX + gate.name for gate in unit.site.gates()}
            if name in gates or unit.outputs.output(name):
                unit.events.bury(delivery.id, clock.now(), "no output of that name is in use")
            else:
                unit.events.delivered(delivery.id)
        return True

    def _failed(self, delivery: Delivery, error: OutputError) -> bool:
        log.warning("event %d did not reach %s: %s", delivery.event.id, delivery.output, error)
        wait = error.after or 0.0
        if error.fate == "wait":
            wait = error.after or patience(self._patience.get(delivery.output, 0.0))
            self._patience[delivery.output] = wait
        else:
            self._patience.pop(delivery.output, None)
        self._resume[delivery.output] = clock.ticks() + wait
        try:
            with self._store.writing() as unit:
                self._note(unit, delivery, error, timedelta(seconds=wait))
        except InputError:  # somebody else has delivered it, or erased its event
            log.info("delivery %d has gone meanwhile", delivery.id)
        return not wait and error.fate != "gone"

    def _note(self, unit: Unit, delivery: Delivery, error: OutputError, wait: timedelta) -> None:
        now, told = clock.now(), str(error)
        unit.outputs.note(delivery.output, now, told)
        delay = next_delay(delivery.attempts + 1, self._rng)
        if error.fate == "wait":
            unit.events.release(delivery.id, now + wait, told)
        elif error.fate == "retry" and delay is not None:
            unit.events.postpone(delivery.id, now + max(delay, wait), told)
        else:
            unit.events.bury(delivery.id, now, told)
            if error.fate == "gone":
                unit.outputs.disable(delivery.output, told)
            _tell(unit, delivery, told)


def _tell(unit: Unit, delivery: Delivery, error: str) -> None:
    """Let an event say that another one was given up: to everybody but its receiver, and only once."""
    if delivery.event.kind == UNDELIVERED:
        return
    names = ("plate", "display", "lot", "gate")
    about = {name: delivery.event.payload.get(name) for name in names}
    told = {**about, "output": delivery.output, "reason": error, "undelivered": delivery.event.id}
    told["kind"] = delivery.event.kind
    others = tuple(name for name in unit.outputs.for_event(UNDELIVERED) if name != delivery.output)
    unit.events.add(NewEvent(UNDELIVERED, clock.now(), told, outputs=others))
