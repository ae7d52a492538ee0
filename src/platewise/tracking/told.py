"""What was told of late: a parked car, or one that was lost and found again, is not told twice."""

from dataclasses import dataclass

import numpy as np

from platewise.core.geometry import corners_box, iou
from platewise.core.lattice import Lattice
from platewise.core.sighting import Motion
from platewise.tracking.likeness import length, share
from platewise.tracking.tracks import Track
from platewise.tracking.tuning import TrackerTuning

PLACE = 0.4
"""Plates without text are the same if they overlap by so much (intersection over union)."""


@dataclass(eq=False)
class Told:
    """One telling: what was read, where, and the track that last showed it."""

    lattice: Lattice | None
    motion: Motion
    track: Track

    def same(self, lattice: Lattice | None, track: Track, tuning: TrackerTuning) -> bool:
        """Tell whether a track that ends now shows the vehicle that was told."""
        if lattice is None or self.lattice is None or not length(lattice) or not length(self.lattice):
            return _overlap(self.track, track) > PLACE
        if "still" not in (self.motion, track.motion()) and self.motion != track.motion():
            return False
        missed = track.start.at - self.track.seen
        return share(self.lattice, lattice) >= (tuning.quick if missed < tuning.soon else tuning.same)


class Memory:
    """The tellings that still keep their plates from being told again."""

    def __init__(self, tuning: TrackerTuning) -> None:
        """Start with none."""
        self._tuning = tuning
        self._told: list[Told] = []

    def again(self, lattice: Lattice | None, track: Track) -> bool:
        """Tell whether the track's vehicle was told; from then on its absence counts from this track."""
        self._told = [t for t in self._told if track.start.at - t.track.seen <= self._tuning.rearm]
        for told in reversed(self._told):
            if told.track is not track and told.same(lattice, track, self._tuning):
                if track.seen >= told.track.seen:
                    told.track = track
                return True
        return False

    def add(self, lattice: Lattice | None, track: Track) -> None:
        """Remember a telling."""
        self._told.append(Told(lattice, track.motion(), track))


def _overlap(one: Track, other: Track) -> float:
    boxes = (np.array([corners_box(track.last.box)], np.float32) for track in (one, other))
    return float(iou(*boxes)[0, 0])
