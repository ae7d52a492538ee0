"""Average speed between two gantries, with what is not known of road and clocks.

Distance and travel time are each taken as normal around what was measured. So a claim "faster than X" is the
probability that the distance is longer than X times the time, exactly.
"""

from dataclasses import dataclass
from math import hypot, sqrt
from statistics import NormalDist

from platewise.register.passages import Passage, View
from platewise.register.roads import Roads
from platewise.register.site_map import Camera, SiteMap

_KMH = 3.6
_NORMAL = NormalDist()
_BAR = 0.95
_LEAST_CLOCKS = 10
"""A travel time of fewer deviations of the clocks tells no speed."""


@dataclass(frozen=True, slots=True)
class Speed:
    """An average speed: ``metres`` in ``seconds``, each with its standard deviation."""

    metres: float
    seconds: float
    metres_off: float
    seconds_off: float

    @property
    def kmh(self) -> float:
        """The speed in km/h."""
        return _KMH * self.metres / self.seconds

    @property
    def bar(self) -> tuple[float, float]:
        """The km/h between which the true speed lies with 95 %."""
        return self.surely_above((1 + _BAR) / 2), self.surely_above((1 - _BAR) / 2)

    def faster_than(self, kmh: float) -> float:
        """Return the probability that it was faster."""
        ahead = self.metres - kmh / _KMH * self.seconds
        return _NORMAL.cdf(ahead / hypot(self.metres_off, kmh / _KMH * self.seconds_off))

    def surely_above(self, confidence: float) -> float:
        """Return the highest km/h that it exceeded with this probability (Fieller, 1954)."""
        z = _NORMAL.inv_cdf(confidence)
        sure = self.seconds**2 - (z * self.seconds_off) ** 2
        under = (self.metres * self.seconds_off) ** 2 + self.metres_off**2 * sure
        return _KMH * (self.metres * self.seconds - z * sqrt(under)) / sure


def average_speed(one: Passage, later: Passage, site: SiteMap, roads: Roads) -> Speed | None:
    """Return the average speed between two passages by the shortest way, which does no driver wrong.

    Both must be seen from the same side: from a front to a rear plate lies the unknown length of a vehicle.
    None where they are not, where no way leads there, or where the clocks are too bad to tell any speed.
    """
    way = roads.shortest(one.gate, later.gate)
    ends = _alike(one, later, site)
    if not way or not ends:
        return None
    (view, camera), (other, its) = ends
    speed = Speed(
        metres=way.metres + its.offset - camera.offset,
        seconds=(other.sighting.seen_at - view.sighting.seen_at).total_seconds(),
        metres_off=way.uncertain,
        seconds_off=hypot(camera.clock_error, its.clock_error) / 2,
    )
    return speed if speed.seconds > _LEAST_CLOCKS * speed.seconds_off and speed.metres > 0 else None


_Seen = tuple[View, Camera]


def _alike(one: Passage, later: Passage, site: SiteMap) -> tuple[_Seen, _Seen] | None:
    """Return the views of two passages from the same side that have the best clocks."""
    pairs = [(a, b) for a in _seen(one, site) for b in _seen(later, site) if a[1].side == b[1].side]
    return min(pairs, key=lambda pair: hypot(pair[0][1].clock_error, pair[1][1].clock_error), default=None)


def _seen(passage: Passage, site: SiteMap) -> list[_Seen]:
    """Return the views of cameras that are still there: of others it is not known where they stood."""
    lanes = {lane.name for lane in site.lanes if lane.gate == passage.gate}
    cameras = {camera.name: camera for camera in site.cameras if camera.lane in lanes}
    return [(view, cameras[view.camera]) for view in passage.views if view.camera in cameras]
