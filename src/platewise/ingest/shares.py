"""Which of the site's cameras this worker watches, where several workers share them.

Each worker holds a lease on itself, by which the others count it, and one on each of its cameras. All are
prolonged with every beat; who stops beating loses them, and the others take over.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from platewise.store.protocol import Store
from platewise.store.sharing import Lease
from platewise.store.site import Camera

WORKER, CAMERA = "worker/", "camera/"
"""What the names of leases begin with."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Seconds: leases last for ``lease`` and are prolonged every ``beat``.

    A dead worker's cameras are taken over after ``lease`` + ``beat`` at the latest.
    """

    lease: float = 10.0
    beat: float = 2.0


@dataclass(frozen=True, slots=True)
class Held:
    """A camera of this worker; ``surplus``: another worker should have it, so finish and release it."""

    camera: Camera
    lease: Lease
    surplus: bool


class Shares:
    """One worker's share of the cameras of a store."""

    def __init__(self, store: Store, worker: str, terms: Terms | None = None) -> None:
        """Prepare; ``worker`` is a name that no other worker has or will have."""
        self._store, self._worker = store, worker
        self.terms = terms or Terms()

    def beat(self) -> dict[str, Held]:
        """Prolong what is held, take what is free up to a fair share; return all that is held, by camera."""
        with self._store.writing() as unit:
            now = unit.leases.now()
            until = now + timedelta(seconds=self.terms.lease)
            unit.leases.claim(WORKER + self._worker, self._worker, now, until)
            leases = {one.name: one for one in unit.leases.leases()}
            cameras = [one for one in unit.site.cameras() if one.enabled and one.source]
            share = math.ceil(len(cameras) / _workers(leases.values(), now))
            mine = {one.name for one in leases.values() if one.holder == self._worker}
            held: dict[str, Held] = {}
            for camera in sorted(cameras, key=lambda one: CAMERA + one.name not in mine):
                name = CAMERA + camera.name
                if name in mine or len(held) < share:
                    lease = unit.leases.claim(name, self._worker, now, until)
                    if lease:
                        held[camera.name] = Held(camera, lease, len(held) >= share)
            return held

    def release(self, lease: Lease) -> None:
        """Give a camera back, once all that was seen of it is kept."""
        with self._store.writing() as unit:
            unit.leases.release(lease)

    def leave(self) -> None:
        """Give everything back: the others need not wait until the leases end."""
        with self._store.writing() as unit:
            for lease in unit.leases.leases():
                if lease.holder == self._worker:
                    unit.leases.release(lease)


def _workers(leases: Iterable[Lease], now: datetime) -> int:
    """Return how many workers are alive."""
    return sum(one.name.startswith(WORKER) and bool(one.holder) and one.until > now for one in leases)
