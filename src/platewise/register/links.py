"""How likely two passages follow each other on one vehicle's journey."""

from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import inf, log
from operator import eq

from platewise.register.agreement import one_plate
from platewise.register.choosing import Gains
from platewise.register.passages import Passage
from platewise.register.readings import Misreads
from platewise.register.roads import Roads, Way

_PIECE = 3
_MOST_WRONG = 3
_SURE = 12.0
_Place = tuple[str, str, str]


def links(passages: Sequence[Passage], roads: Roads, misreads: Misreads) -> Gains:
    """Return for each passage (by key) those that may follow it, with their log odds in nats, where positive.

    The odds are of one journey against two, the first unseen from here on and the second unseen until here
    (Zhang, Li and Nevatia, 2008: data association as network flow). Where one text was read at two gates in
    a row and nowhere else about that time, no other link of these two is looked for: that saves nearly all
    comparisons. Of the others, only texts that share a piece are compared.
    """
    index = _Index(passages, roads)
    sure = {one.key: (later.key, gain) for one, later, gain in _sure(passages, index, misreads)}
    followed = {key for key, _ in sure.values()}
    found: dict[str, dict[str, float]] = {}
    for passage in passages:
        if passage.key in sure:
            found[passage.key] = dict([sure[passage.key]])
            continue
        near = (later for later in index.alike(passage) if later.key not in followed)
        gains = {later.key: link(passage, later, roads, misreads) for later in near}
        found[passage.key] = {key: gain for key, gain in gains.items() if gain > 0}
    return found


def link(one: Passage, later: Passage, roads: Roads, misreads: Misreads) -> float:
    """Return the log odds in nats that a passage is the next one of another one's journey."""
    odds = prior(one, later, roads)
    return odds if odds == -inf else odds + one_plate(one.told, later.told, misreads)


def prior(one: Passage, later: Passage, roads: Roads) -> float:
    """Return the same log odds before the plates are compared: by place and time alone."""
    seconds = (later.at - one.at).total_seconds()
    came = sum(way.chance * way.density(seconds) for way in roads.ways.get((one.gate, later.gate), ()))
    strangers = roads.last[one.gate] * roads.first[later.gate] * roads.flow[later.gate]
    return log(came / strangers) if came else -inf


def likeliest_way(one: Passage, later: Passage, roads: Roads) -> Way:
    """Return the likeliest way from one passage to the next of its journey."""
    seconds = (later.at - one.at).total_seconds()
    return max(roads.ways[one.gate, later.gate], key=lambda way: way.chance * way.density(seconds))


def _sure(
    passages: Sequence[Passage], index: "_Index", misreads: Misreads
) -> Iterator[tuple[Passage, Passage, float]]:
    """Yield the pairs at neighbouring gates that alone bear their text and are likely one journey's."""
    pairs = [(one, later) for one in passages for later in index.same(one)]
    onwards = Counter((one.key, later.gate) for one, later in pairs)
    back = Counter((one.gate, later.key) for one, later in pairs)
    for one, later in pairs:
        alone = onwards[one.key, later.gate] == back[one.gate, later.key] == 1
        if alone and (one.gate, later.gate) in index.neighbours:
            gain = link(one, later, index.roads, misreads)
            if gain > _SURE:
                yield one, later, gain


class _Index:
    """Passages by gate and pieces of their texts, in the order of time.

    Two texts with two signs misread still share a piece: begin, middle, end, or every other sign.
    """

    def __init__(self, passages: Sequence[Passage], roads: Roads) -> None:
        self.roads = roads
        self.neighbours = {ends for ends, ways in roads.ways.items() if any(len(w.gates) == 2 for w in ways)}
        self._found: dict[_Place, list[Passage]] = {}
        for passage in sorted(passages, key=lambda passage: (passage.at, passage.key)):
            for name, piece in (*pieces(passage.reading.text), ("whole", passage.reading.text)):
                self._found.setdefault((passage.gate, name, piece), []).append(passage)
        self._times = {place: [p.at for p in found] for place, found in self._found.items()}

    def same(self, passage: Passage) -> Iterator[Passage]:
        """Yield the passages with the same text that may follow one."""
        if passage.reading.text:
            yield from self._after(passage, "whole", passage.reading.text)

    def alike(self, passage: Passage) -> Iterator[Passage]:
        """Yield the passages with a text alike that may follow one, each once."""
        seen: set[str] = set()
        for name, piece in pieces(passage.reading.text):
            for later in self._after(passage, name, piece):
                if later.key not in seen and _alike(passage.reading.text, later.reading.text):
                    seen.add(later.key)
                    yield later

    def _after(self, passage: Passage, name: str, piece: str) -> Iterator[Passage]:
        for (begin, end), ways in self.roads.ways.items():
            place = (end, name, piece)
            if begin == passage.gate and place in self._times:
                since, until = _span(passage.at, ways)
                times = self._times[place]
                yield from self._found[place][bisect(times, since) : bisect(times, until)]


def _span(at: datetime, ways: Sequence[Way]) -> tuple[datetime, datetime]:
    """Return between which times a vehicle may arrive that was seen at a time."""
    since = min(way.fastest for way in ways)
    return at + timedelta(seconds=since), at + timedelta(seconds=max(way.slowest for way in ways))


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """Yield pieces of a text, by name, of which texts with two signs misread still share one."""
    if text:
        yield "begin", text[:_PIECE]
        yield "middle", text[2:-2]
        yield "end", text[-_PIECE:]
        yield "even", text[::2]
        yield "odd", text[1::2]


def _alike(a: str, b: str) -> bool:
    """Tell whether two texts are worth a comparison: of one length, not too many signs differ."""
    return len(a) != len(b) or sum(map(eq, a, b)) >= len(a) - _MOST_WRONG
