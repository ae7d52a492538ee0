"""The tracker of one camera: frames with their reads go in, each passage comes out once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from platewise.core.frame import Frame
from platewise.core.lattice import Lattice
from platewise.core.read import Read
from platewise.core.sighting import Sighting
from platewise.tracking.fusion import fuse, fuse_regions
from platewise.tracking.linking import link
from platewise.tracking.looks import Seen, look
from platewise.tracking.told import Memory
from platewise.tracking.tracks import Track
from platewise.tracking.tuning import TrackerTuning

Decide: TypeAlias = Callable[[Read, Lattice, Mapping[str, float]], Read]
"""The best read, the fused lattice and region shares -> the read of the vote: here the formats speak."""


class Tracker:
    """Links, votes, tells. All times are those of the frames; time that goes back stands still."""

    def __init__(self, decide: Decide, tuning: TrackerTuning | None = None) -> None:
        """Start with an empty road."""
        self._decide, self._tuning = decide, tuning or TrackerTuning()
        self._tracks: list[Track] = []
        self._memory = Memory(self._tuning)
        self._now, self._step = 0.0, 0.0
        self._last: datetime | None = None

    def update(self, frame: Frame, seen: Sequence[Seen]) -> list[Sighting]:
        """Take a frame's reads; return the sightings that are complete now."""
        captured_at = self._advance(frame)
        told = self._end(self._lost)
        looks = [look(one, self._now, captured_at) for one in seen]
        linked = link(self._tracks, looks, self._tuning.link)
        fresh: list[Track] = []
        for number, one in enumerate(looks):
            if number in linked:
                self._tracks[linked[number]].add(one, frame)
            else:
                key = f"{frame.camera or 'camera'}/{captured_at.isoformat()}/{len(fresh)}"
                fresh.append(Track(key, one, frame, self._tuning.most))
        self._tracks += fresh
        return told + self._end(lambda track: self._left(track, frame)) + self._standing()

    def hold(self, frame: Frame) -> list[Sighting]:
        """Take a frame in which nothing has moved since the one before: who was there still is."""
        before = self._now
        self._advance(frame)
        for track in self._tracks:
            if before - track.seen <= self._tuning.lately:
                track.stay(self._now)
        return self._end(self._lost) + self._standing()

    def flush(self) -> list[Sighting]:
        """Return what is not told yet: the camera is gone, or the video has ended."""
        return self._end(lambda _: True)

    def _advance(self, frame: Frame) -> datetime:
        """Move the tracker's own time on to a frame; return when it was captured."""
        if frame.captured_at is None:
            raise ValueError("a tracked frame needs captured_at")
        passed = frame.captured_at - (self._last or frame.captured_at)
        self._last = frame.captured_at
        step = max(passed / timedelta(seconds=1), 0.0)
        self._step = min(step, 2 * self._step) if self._step else step  # one long gap is no slow camera
        self._now += step
        return frame.captured_at

    def _end(self, over: Callable[[Track], bool]) -> list[Sighting]:
        """Let go of the tracks that are over; return their sightings."""
        ended = [track for track in self._tracks if over(track)]
        self._tracks = [track for track in self._tracks if track not in ended]
        return [sighting for track in ended for sighting in self._tell(track)]

    def _lost(self, track: Track) -> bool:
        """Tell whether a track has not been seen for too long."""
        return self._now - track.seen > max(self._tuning.gone, self._tuning.gaps * self._step)

    def _left(self, track: Track, frame: Frame) -> bool:
        """Tell whether an unseen track is expected outside of the frame."""
        if track.seen >= self._now or not track.moves:
            return False
        x, y = track.expected(self._now)
        return not (0 <= x < frame.width and 0 <= y < frame.height)

    def _standing(self) -> list[Sighting]:
        """Tell of vehicles that stand, as at a barrier, or that take very long."""
        tuning, told = self._tuning, list[Sighting]()
        for track in self._tracks:
            if track.count < 3 or track.plate_told or track.seen < self._now:
                continue
            long = track.seen - track.start.at >= tuning.patience
            if long or track.rests >= tuning.stands:
                told += self._tell(track, 0.0 if long else tuning.sure)
        return told

    def _tell(self, track: Track, least: float = 0.0) -> list[Sighting]:
        """Return the track's sighting if its vote is at least that sure, and if it was not told before."""
        if track.plate_told:
            return []
        lattice, read = self._vote(track)
        first = track.times_told == 0
        if read.confidence < (least if first else self._tuning.sure) or not self._counts(track, read):
            return []
        track.tell(read)
        if self._memory.again(lattice, track):
            return []
        self._memory.add(lattice, track)
        return [_sighting(track, read)]

    def _counts(self, track: Track, read: Read) -> bool:
        """Tell whether there is enough to speak of a vehicle."""
        if read.plate is None:
            return track.count >= self._tuning.blind
        return track.count > 1 or read.confidence >= self._tuning.lone

    def _vote(self, track: Track) -> tuple[Lattice | None, Read]:
        voters = track.voters
        if not voters:
            return None, track.best.read
        lattices = [one.lattice for one in voters if one.lattice]
        weights = [one.weight for one in voters]
        fused = fuse(lattices, weights)
        regions = fuse_regions([one.read.regions for one in voters], weights)
        return fused, replace(self._decide(track.best.read, fused, regions), quad=track.best.read.quad)


def _sighting(track: Track, read: Read) -> Sighting:
    return Sighting(
        key=f"{track.key}/{track.times_told}",
        read=read,
        frame=track.evidence,
        first_seen=track.start.captured_at,
        last_seen=track.last.captured_at,
        frames=track.count,
        motion=track.motion(),
        lane=track.lane,
    )
