"""Who must be told that a plate was seen: watch lists, tolerant of misreads."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from platewise.register.opening import Costs, Strangers, decide
from platewise.register.readings import Misreads
from platewise.register.values import ListKind, Sighting

ALERTING: tuple[ListKind, ...] = ("watched", "denied")
EVENLY = Costs(false_open=1, false_refuse=1)
"""A false alert is as bad as a missed one: alert where the listed plate is likelier than a stranger's."""


@dataclass(frozen=True, slots=True)
class WatchList:
    """A list as it holds when a vehicle is seen: its normalised plates."""

    name: str
    kind: ListKind
    plates: frozenset[str]


@dataclass(frozen=True, slots=True)
class Alert:
    """A listed plate was likely seen: ``odds`` weigh it against all strangers, ``exact`` as it was read."""

    list: str
    plate: str
    odds: float
    exact: bool


@dataclass(frozen=True, slots=True)
class Watching:
    """Against whom a listed plate is weighed, how reading errs, and what the two mistakes cost."""

    strangers: Strangers
    misreads: Misreads = field(default_factory=Misreads)
    costs: Costs = EVENLY


def alerts(sighting: Sighting, lists: Iterable[WatchList], watching: Watching) -> tuple[Alert, ...]:
    """Return an alert for each list that the plate of a sighting is likely on, the likeliest first.

    A text that stands on a list as it was read always alerts.
    """
    found = (_alert(sighting, one, watching) for one in lists if one.kind in ALERTING)
    return tuple(sorted(filter(None, found), key=lambda alert: (not alert.exact, -alert.odds, alert.list)))


def _alert(sighting: Sighting, one: WatchList, watching: Watching) -> Alert | None:
    told = decide(sighting.reading, one.plates, watching.strangers, watching.misreads, watching.costs)
    if sighting.reading.text in one.plates:
        return Alert(one.name, sighting.reading.text, told.odds, exact=True)
    return Alert(one.name, told.plate, told.odds, exact=False) if told.open and told.plate else None
