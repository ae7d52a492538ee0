"""The ways between gates: how likely, how long, how fast, and which gates a vehicle slips past unseen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from math import exp, hypot, log, pi, sqrt
from typing import NamedTuple

from platewise.register.site_map import Gate, Segment, SiteMap

MOST_MISSED = 2
"""How many gates one after the other a vehicle may pass unseen."""
VANISHED = 1e-3
"""Share of vehicles that appear or disappear between gates: a covered plate, a breakdown, a field track."""
_RARE, _LONG_STOPS = 5.0, 7.0


class Way(NamedTuple):
    """A way from one gate to another, past ``gates`` (both ends with them) of which only the ends saw it.

    ``chance`` is that a vehicle seen at the first is seen next at the last, by this way. ``metres`` have the
    standard deviation ``uncertain``, ``seconds`` is the median time without a stop, ``spread`` the deviation
    of its logarithm; the share ``stops`` rests, ``stop`` seconds on average.
    """

    gates: tuple[str, ...]
    chance: float
    metres: float
    uncertain: float
    seconds: float
    spread: float
    stops: float
    stop: float

    @property
    def fastest(self) -> float:
        """The least seconds that are worth a thought."""
        return self.seconds * exp(-_RARE * self.spread)

    @property
    def slowest(self) -> float:
        """The most seconds that are worth a thought."""
        return self.seconds * exp(_RARE * self.spread) + _LONG_STOPS * self.stop

    def density(self, seconds: float) -> float:
        """Return the probability density of a travel time, per second."""
        if not self.fastest <= seconds <= self.slowest:
            return 0.0
        off = log(seconds / self.seconds) / self.spread
        driven = exp(-off * off / 2) / (seconds * self.spread * sqrt(2 * pi))
        late = seconds - self.seconds
        rested = exp(-late / self.stop) / self.stop if late > 0 else 0.0
        return (1 - self.stops) * driven + self.stops * rested


@dataclass(frozen=True, slots=True)
class Roads:
    """All ways of a site, by their two ends.

    ``first[gate]``: probability that a vehicle seen there was seen nowhere before on its journey;
    ``last[gate]``: that it will be seen nowhere after. ``entered`` and ``ended``: that the journey of one
    first or last seen there truly began or ended there. ``flow[gate]``: vehicles a second.
    """

    ways: Mapping[tuple[str, str], tuple[Way, ...]]
    first: Mapping[str, float]
    last: Mapping[str, float]
    entered: Mapping[str, float]
    ended: Mapping[str, float]
    flow: Mapping[str, float]

    @classmethod
    def of(cls, site: SiteMap) -> "Roads":
        """Return the ways of a site."""
        graph = _Graph(site)
        ways: dict[tuple[str, str], list[Way]] = {}
        for gate in graph.gates:
            for way in graph.ways(gate):
                ways.setdefault((gate, way.gates[-1]), []).append(way)
        return cls(
            ways={ends: tuple(found) for ends, found in ways.items()},
            first={name: min(graph.unseen_before(name) + VANISHED, 1.0) for name in graph.gates},
            last={name: min(graph.unseen_after(name) + VANISHED, 1.0) for name in graph.gates},
            entered={name: _part(graph.begins(name), graph.unseen_before(name)) for name in graph.gates},
            ended={name: _part(graph.ends(name), graph.unseen_after(name)) for name in graph.gates},
            flow={gate.name: gate.vehicles_an_hour / 3600 for gate in graph.gates.values()},
        )

    def shortest(self, begin: str, end: str) -> Way | None:
        """Return the shortest way between two gates, None where none leads there."""
        return min(self.ways.get((begin, end), ()), key=lambda way: way.metres, default=None)

    def slowest(self, begin: str) -> float:
        """Return after how many seconds a vehicle will not be seen again after a gate, unless it vanished."""
        return max(
            (way.slowest for (a, _), ways in self.ways.items() if a == begin for way in ways), default=0
        )


def route(site: SiteMap, begin: str, end: str) -> tuple[str, ...] | None:
    """Return the gates on the shortest way between two, however many; None where none leads there."""
    waiting: list[tuple[float, tuple[str, ...]]] = [(0.0, (begin,))]
    done: set[str] = set()
    while waiting:
        metres, gates = heappop(waiting)
        if gates[-1] == end:
            return gates
        if gates[-1] not in done:
            done.add(gates[-1])
            for one in site.segments:
                if one.begin == gates[-1]:
                    heappush(waiting, (metres + one.metres, (*gates, one.end)))
    return None


class _Graph:
    """The gates and segments of a site, forwards and backwards."""

    def __init__(self, site: SiteMap) -> None:
        self.gates: dict[str, Gate] = {gate.name: gate for gate in site.gates}
        self._out: dict[str, list[Segment]] = {name: [] for name in self.gates}
        self._in: dict[str, list[Segment]] = {name: [] for name in self.gates}
        for segment in site.segments:
            self._out[segment.begin].append(segment)
            self._in[segment.end].append(segment)

    def begins(self, name: str) -> float:
        """Return the share of vehicles whose journey begins at a gate."""
        gate = self.gates[name]
        return 1.0 if not self._in[name] else _given(gate.begins, gate.direction == "in")

    def ends(self, name: str) -> float:
        """Return the share of vehicles whose journey ends at a gate."""
        gate = self.gates[name]
        return 1.0 if not self._out[name] else _given(gate.ends, gate.direction == "out")

    def unseen_before(self, name: str, depth: int = MOST_MISSED) -> float:
        """Return the probability that no earlier gate of its journey saw a vehicle."""
        own, total = self.begins(name), sum(s.share for s in self._in[name])
        for segment in self._in[name] if depth else ():
            missed = self.gates[segment.begin].missed * self.unseen_before(segment.begin, depth - 1)
            own += (1 - self.begins(name)) * segment.share / total * missed
        return own

    def unseen_after(self, name: str, depth: int = MOST_MISSED) -> float:
        """Return the probability that no later gate of its journey sees a vehicle."""
        own, total = self.ends(name), sum(s.share for s in self._out[name])
        for segment in self._out[name] if depth else ():
            missed = self.gates[segment.end].missed * self.unseen_after(segment.end, depth - 1)
            own += (1 - self.ends(name)) * segment.share / total * missed
        return own

    def ways(self, begin: str) -> Iterator[Way]:
        """Yield all ways out of a gate, past up to ``MOST_MISSED`` that do not see the vehicle."""
        yield from self._further((begin,), (), 1.0)

    def _further(self, gates: tuple[str, ...], road: tuple[Segment, ...], chance: float) -> Iterator[Way]:
        goes_on = 1 - self.ends(gates[-1])
        total = sum(segment.share for segment in self._out[gates[-1]])
        for segment in self._out[gates[-1]] if goes_on else ():
            reached = chance * goes_on * segment.share / total
            missed = self.gates[segment.end].missed
            path, driven = (*gates, segment.end), (*road, segment)
            yield _way(path, driven, reached * (1 - missed))
            if len(driven) <= MOST_MISSED:
                yield from self._further(path, driven, reached * missed)


def _part(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _given(value: float | None, otherwise: bool) -> float:
    return float(otherwise) if value is None else value


def _way(gates: tuple[str, ...], road: tuple[Segment, ...], chance: float) -> Way:
    times = [3.6 * segment.metres / segment.usual for segment in road]
    keeps_on = 1.0
    for segment in road:
        keeps_on *= 1 - segment.stops
    return Way(
        gates=gates,
        chance=chance,
        metres=sum(segment.metres for segment in road),
        uncertain=hypot(*(segment.tolerance / 2 for segment in road)),
        seconds=sum(times),
        spread=sum(t * s.spread for t, s in zip(times, road, strict=True)) / sum(times),
        stops=1 - keeps_on,
        stop=max(60 * segment.stop_minutes for segment in road),
    )
