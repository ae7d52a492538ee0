"""Parts into the database: each in one transaction with the note that it is done."""

import hashlib
from datetime import UTC, datetime

from platewise import clock, gatehouse
from platewise.batch.work import Part, Seen
from platewise.gatehouse import Arrival
from platewise.store.protocol import Store
from platewise.store.records import NewFrame


class Database:
    """Hands pictures to the gatehouse, as if they had been uploaded; a read has no evidence pictures."""

    def __init__(self, store: Store, run: str, camera: str | None, pipeline: tuple[str, str]) -> None:
        """Keep the parts of a run, taken by a camera and read by a pipeline, given as name and version."""
        self._store, self._run, self._camera, self._pipeline = store, run, camera, pipeline

    def done(self) -> set[int]:
        """Return the numbers of the parts that are kept."""
        with self._store.reading() as unit:
            return unit.runs.done(self._run)

    def write(self, part: Part) -> None:
        """Keep a part, whole; pictures that could not be read are nowhere."""
        with self._store.writing() as unit:
            if unit.runs.note(self._run, part.number, clock.now()):
                for seen in part.seen:
                    if seen.reads.error is None:
                        gatehouse.admit(unit, self._arrival(seen))

    def _arrival(self, seen: Seen) -> Arrival:
        reads, at = seen.reads, datetime.fromtimestamp(seen.at, UTC)
        words = (seen.digest, self._camera or "", at.isoformat(), reads.image or "")
        assert reads.width is not None
        assert reads.height is not None
        frame = NewFrame(at, clock.now(), reads.width, reads.height, self._camera, reads.image)
        key = hashlib.sha256("\0".join(words).encode()).hexdigest()
        return Arrival(key, frame, reads.reads, *self._pipeline)
