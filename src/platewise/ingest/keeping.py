"""Hands sightings to the gatehouse: each is an arrival of one frame, the one read best, with the vote."""

from platewise import clock, gatehouse
from platewise.core.sighting import Sighting
from platewise.gatehouse import Admitted, Arrival
from platewise.store.protocol import Store
from platewise.store.records import NewFrame
from platewise.vision.protocols import Pipeline


class Keeper:
    """Keeps sightings in a store; one that was kept before changes nothing."""

    def __init__(self, store: Store, pipeline: Pipeline) -> None:
        """Keep what this pipeline reads."""
        self._store, self._pipeline = store, pipeline

    def keep(self, sighting: Sighting) -> Admitted:
        """Keep the evidence, then the sighting and what follows from it in one transaction."""
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
        arrival = Arrival(sighting.key, kept, (sighting.read,), self._pipeline.name, model, crops)
        with self._store.writing() as unit:
            return gatehouse.admit(unit, arrival)
