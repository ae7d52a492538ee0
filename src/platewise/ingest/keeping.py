"""Hands sightings to the gatehouse: each is an arrival of one frame, the one read best, with the vote."""

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from platewise import clock, gatehouse
from platewise.core.sighting import Sighting
from platewise.errors import StoreError
from platewise.gatehouse import Admitted, Arrival
from platewise.store.protocol import Store
from platewise.store.records import NewFrame
from platewise.store.sharing import Lease
from platewise.vision.protocols import Pipeline

log = logging.getLogger(__name__)
T = TypeVar("T")
FIRST, LONGEST, WAKE = 0.5, 30.0, 0.25
"""Seconds between two tries, at first and at most; and after which a wait looks whether it should end."""


class Keeper:
    """Keeps sightings in a store; one that was kept before changes nothing.

    A vehicle passes but once: while the database is busy, full or away, keeping is tried again.
    """

    def __init__(self, store: Store, pipeline: Pipeline, stopped: Callable[[], bool] = lambda: False) -> None:
        """Keep what this pipeline reads; once ``stopped`` says so, what fails is not tried again."""
        self._store, self._pipeline, self._stopped = store, pipeline, stopped

    def keep(self, sighting: Sighting) -> Admitted:
        """Keep the evidence, then the sighting and what follows from it in one transaction."""
        return self._surely(lambda: self._keep(sighting))

    def keep_under(self, lease: Lease, sighting: Sighting) -> Admitted | None:
        """Keep a sighting of a shared camera, unless another worker has taken the camera: then None."""
        return self._surely(lambda: self._keep_under(lease, sighting))

    def _keep(self, sighting: Sighting) -> Admitted:
        arrival = self._arrival(sighting)
        with self._store.writing() as unit:
            return gatehouse.admit(unit, arrival)

    def _keep_under(self, lease: Lease, sighting: Sighting) -> Admitted | None:
        arrival = self._arrival(sighting)
        with self._store.writing() as unit:
            return gatehouse.admit(unit, arrival) if unit.leases.holds(lease) else None

    def _surely(self, work: Callable[[], T]) -> T:
        """Do work again and again while the store cannot."""
        pause = FIRST
        while True:
            try:
                return work()
            except StoreError as error:
                if self._stopped():
                    raise
                log.warning("what was seen cannot be kept, trying again in %g s: %s", pause, error)
            until = clock.ticks() + pause
            while clock.ticks() < until and not self._stopped():
                threading.Event().wait(WAKE)
            pause = min(2 * pause, LONGEST)

    def _arrival(self, sighting: Sighting) -> Arrival:
        """Keep the evidence of a sighting and return what the gatehouse is to admit."""
        frame = sighting.frame
        image, crops = gatehouse.evidence(self._store.images, frame, [sighting.read])
        kept = NewFrame(
            captured_at=sighting.seen_at,
            received_at=clock.now(),
            width=frame.width,
            height=frame.height,
            camera=frame.camera,
            name=frame.id,
            image=image,
        )
        model = str(getattr(self._pipeline, "version", ""))
        return Arrival(sighting.key, kept, (sighting.read,), self._pipeline.name, model, crops)
