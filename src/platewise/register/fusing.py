"""From the views of a gantry's cameras to passages: which of them show one vehicle."""

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf, log
from typing import NamedTuple

from platewise.errors import InputError
from platewise.register.agreement import agreed, one_plate
from platewise.register.choosing import choose
from platewise.register.passages import Passage, View
from platewise.register.readings import Misreads
from platewise.register.site_map import SiteMap

_SEEN_BY = {0: 0.96, 1: 0.05}
"""How likely another camera sees the same vehicle, by how many lanes they are apart."""
_TWICE = 0.005
"""How likely a camera tells one passing twice."""
_SPAN = 3
"""How many windows a group of views may span."""


class Mismatch(NamedTuple):
    """Two passages, by key, that are one vehicle with two plates unless each camera missed a vehicle."""

    front: str
    rear: str


class Fused(NamedTuple):
    """The passages in the order of time, and where front and rear differ."""

    passages: tuple[Passage, ...]
    mismatches: tuple[Mismatch, ...]


@dataclass(frozen=True, slots=True)
class Fusing:
    """Two views of one vehicle lie at most ``window`` apart; from ``sure`` nats on they are joined."""

    window: timedelta = timedelta(seconds=2)
    sure: float = 3.0
    misreads: Misreads = field(default_factory=Misreads)


_FUSING = Fusing()


def fuse(views: Iterable[View], site: SiteMap, rules: Fusing = _FUSING) -> Fused:
    """Return the passages of these views, in any order; ``InputError`` for a camera that the site lacks.

    The cameras of a lane are laid side by side, then the lanes, and the likeliest assignment of all joins
    them: alike plates, close in time. A view without a text joins the passage of its lane. Later views change
    nothing that is older than some windows: it can be called again and again.
    """
    by_gate: dict[str, list[View]] = {}
    for view in views:
        by_gate.setdefault(_gate_of(view, site), []).append(view)
    passages: list[Passage] = []
    for gate, mine in by_gate.items():
        passages += _Gantry(gate, site, rules).passages(mine)
    passages.sort(key=_order)
    return Fused(tuple(passages), tuple(_mismatches(passages, site, rules.window)))


def passage_of(gate: str, views: Iterable[View], misreads: Misreads) -> Passage:
    """Return the passage of these views, which are one vehicle's."""
    in_time = sorted(views, key=lambda view: (view.sighting.seen_at, view.sighting.key))
    surest_first = sorted(in_time, key=lambda view: -view.sighting.confidence)
    return Passage(gate, tuple(in_time), agreed([view.sighting.reading for view in surest_first], misreads))


def _gate_of(view: View, site: SiteMap) -> str:
    camera = site.camera(view.camera)
    lane = site.lane(camera.lane) if camera else None
    if not lane:
        raise InputError(f"the site {site.name!r} has no camera {view.camera!r}")
    return lane.gate


class _Gantry:
    """The cameras of one gantry."""

    def __init__(self, gate: str, site: SiteMap, rules: Fusing) -> None:
        self.gate, self._rules = gate, rules
        places = {lane.name: place for place, lane in enumerate(site.lanes) if lane.gate == gate}
        self._place = {camera.name: places[camera.lane] for camera in site.cameras if camera.lane in places}
        an_hour = next(one.vehicles_an_hour for one in site.gates if one.name == gate)
        self._flow = an_hour / 3600 / len(places)

    def passages(self, views: Iterable[View]) -> list[Passage]:
        """Return the passages of this gantry's views."""
        seen: dict[str, list[View]] = {camera: [] for camera in self._place}
        for view in sorted(views, key=lambda view: (view.sighting.seen_at, view.sighting.key)):
            seen[view.camera].append(view)
        lanes: dict[int, list[Passage]] = {}
        for camera, mine in seen.items():
            place = self._place[camera]
            lanes[place] = self._joined(lanes.get(place, []), self._told_once(mine))
        whole: list[Passage] = []
        for passages in lanes.values():
            whole = self._joined(whole, passages)
        return whole

    def _told_once(self, views: Iterable[View]) -> list[Passage]:
        """Return what one camera saw, views that tell one passing twice together."""
        found: list[Passage] = []
        for view in views:
            new = self._of((view,))
            if found and self._gain(found[-1], new) > self._rules.sure:
                found[-1] = self._of((*found[-1].views, view))
            else:
                found.append(new)
        return found

    def _joined(self, found: list[Passage], new: Sequence[Passage]) -> list[Passage]:
        """Return what was found with what is new, each joined to its likeliest or by itself."""
        found.sort(key=_order)
        times = [passage.at for passage in found]
        known, gains = {passage.key: passage for passage in found}, {}
        for one in new:
            first, last = (bisect(times, one.at + n * self._rules.window) for n in (-_SPAN, _SPAN))
            told = {other.key: self._gain(other, one) for other in found[first:last]}
            gains[one.key] = {key: gain for key, gain in told.items() if gain > self._rules.sure}
        partner = choose(gains).partner
        for one in new:
            key = partner.get(one.key, one.key)
            known[key] = self._of((*known[key].views, *one.views)) if key in known else one
        return list(known.values())

    def _of(self, views: Iterable[View]) -> Passage:
        return passage_of(self.gate, views, self._rules.misreads)

    def _gain(self, one: Passage, other: Passage) -> float:
        """Return the log odds in nats that two groups of views show one vehicle rather than two."""
        shared = max(self._shared(a, b) for a in one.views for b in other.views)
        if not shared:
            return -inf
        met_by_chance = 2 * self._rules.window.total_seconds() * self._flow * (1 - shared)
        odds = log(shared / met_by_chance)
        if one.reading.text and other.reading.text:
            return odds + one_plate(one.told, other.told, self._rules.misreads)
        return odds if shared == _SEEN_BY[0] else -inf

    def _shared(self, a: View, b: View) -> float:
        """Return how likely it is that the camera of one sees what the other's saw; 0 where it cannot."""
        if abs(a.sighting.seen_at - b.sighting.seen_at) > self._rules.window:
            return 0.0
        if a.camera == b.camera:
            return _TWICE * (a.sighting.reading.text == b.sighting.reading.text)
        return _SEEN_BY.get(abs(self._place[a.camera] - self._place[b.camera]), 0.0)


def _order(passage: Passage) -> tuple[datetime, str]:
    return passage.at, passage.key


def _mismatches(passages: Iterable[Passage], site: SiteMap, window: timedelta) -> Iterator[Mismatch]:
    """Yield the passages that only one side saw while the other side of the lane saw another plate."""
    cameras = {camera.name: camera for camera in site.cameras}
    lone: dict[tuple[str, str], list[Passage]] = {}
    for passage in passages:
        seen = {(cameras[name].lane, cameras[name].side) for name in passage.cameras}
        if len(seen) == 1 and passage.reading.text:
            lone.setdefault(seen.pop(), []).append(passage)
    for (lane, side), fronts in lone.items():
        for front in fronts if side == "front" else ():
            near = [rear for rear in lone.get((lane, "rear"), ()) if abs(rear.at - front.at) <= window]
            if len(near) == 1:
                yield Mismatch(front.key, near[0].key)
