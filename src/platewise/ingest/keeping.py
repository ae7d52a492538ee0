"""Hands sightings to the gatehouse: each is an arrival of one frame, the one read best, with the vote."""

from platewise import clock, gatehouse
from platewise.core.sighting import Sighting
from platewise.gatehouse import Admitted, Arrival
from platewise.store.protocol import Store
from platewise.store.records import NewFrame
from platewise.store.sharing import Lease
from platewise.vision.protocols import Pipeline


class Keeper:
    """Keeps sightings in a store; one that was kept before changes nothing."""

    def __init__(self, store: Store, pipeline: Pipeline) -> None:
        """Keep what this pipeline reads."""
        self._store, self._pipeline = store, pipeline

    def keep(self, sighting: Sighting) -> Admitted:
        """Keep the evidence, then the sighting and what follows from it in one transaction."""
        arrival = self._arrival(sighting)
        with self._store.writing() as unit:
            return gatehouse.admit(unit, arrival)

    def keep_under(self, lease: Lease, sighting: Sighting) -> Admitted | None:
        """Keep a sighting of a shared camera, unless another worker has taken the camera: then None."""
        arrival = self._arrival(sighting)
        with self._store.writing() as unit:
            return gatehouse.admit(unit, arrival) if unit.leases.holds(lease) else None

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
