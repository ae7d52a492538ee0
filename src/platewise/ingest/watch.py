"""One camera being watched: its frames are read, its vehicles told."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from platewise.core.frame import Frame
from platewise.core.read import Read
from platewise.core.sighting import Sighting
from platewise.ingest.camera import Camera, Offline, Online
from platewise.ingest.capture import Bad
from platewise.ingest.consensus import decider
from platewise.ingest.glances import CLOSELY, Glances
from platewise.ingest.motion import MotionGate
from platewise.ingest.sharpness import sharpness
from platewise.ingest.zones import Zones
from platewise.tracking.looks import Seen
from platewise.tracking.tracker import Tracker
from platewise.tracking.tuning import STILLS, TrackerTuning
from platewise.vision.reader import Reader

Event: TypeAlias = Sighting | Online | Offline | Bad


@dataclass
class Watch:
    """A camera and what reads it; ``shown`` hears of every frame that was read, and its reads."""

    camera: Camera
    reader: Reader
    zones: Zones = field(default_factory=Zones)
    gated: bool = True
    tuning: TrackerTuning | None = None
    shown: Callable[[Frame, list[Read]], None] | None = None

    def events(self, stop: threading.Event) -> Iterator[Event]:
        """Yield each passage once it is over, and what happens to the camera, until ``stop`` is set."""
        stills = self.camera.address.stills
        tuning = self.tuning or (STILLS if stills else TrackerTuning())
        tracker = Tracker(decider(self.reader.pipeline), tuning)
        gate = MotionGate() if self.gated and not stills else None
        glances = Glances(self.reader, 1 if stills else CLOSELY)
        for happening in self.camera.frames(stop):
            if not isinstance(happening, Frame):
                if isinstance(happening, Offline):
                    yield from self._told(tracker.flush())
                yield happening
                continue
            if gate and not gate.opens(happening.pixels):
                self.camera.counters.still += 1
                glances.closely_next()
                yield from self._told(tracker.hold(happening))
                continue
            yield from self._told(tracker.update(happening, self._seen(happening, glances)))
            if stills:
                yield from self._told(tracker.flush())
        yield from self._told(tracker.flush())

    def _told(self, sightings: list[Sighting]) -> list[Sighting]:
        self.camera.counters.sightings += len(sightings)
        return sightings

    def _seen(self, frame: Frame, read: Glances) -> list[Seen]:
        """Return what the reader sees where it counts."""
        rows, columns = self.zones.window(frame)
        part = replace(frame, pixels=frame.pixels[rows, columns])
        shift = (columns.start, rows.start)
        found = [replace(one, quad=one.quad + shift) for one in read(part)]
        reads = [one for one in found if self._counts(one, frame)]
        self.camera.counters.reads += len(reads)
        if self.shown:
            self.shown(frame, reads)
        return [
            Seen(one, sharpness(frame.pixels, one.quad), self.zones.lane(one.quad, frame)) for one in reads
        ]

    def _counts(self, read: Read, frame: Frame) -> bool:
        return read.confidence >= self.reader.settings.min_confidence and self.zones.counts(read.quad, frame)
