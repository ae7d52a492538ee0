"""Watch lists: a vehicle whose plate is on one, misread or not, gives one alert for each passage."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from platewise.gatehouse.listing import STRANGERS
from platewise.gatehouse.telling import tell, told_of
from platewise.regions import confusions
from platewise.register.alerts import ALERTING, Alert, Watching, WatchList, alerts
from platewise.register.opening import Strangers
from platewise.register.readings import Misreads, Reading
from platewise.register.values import Policy, Sighting
from platewise.store.alerts import NewAlert
from platewise.store.protocol import Unit
from platewise.store.queries import SightingQuery
from platewise.store.records import EventRecord, NewEvent, ReadRecord, Review, SightingRecord
from platewise.store.site import Match, Shape

ALERT = "Alert"
PASSAGE: timedelta = Policy().debounce
"""A listed vehicle that is seen again at the same place so soon is still the same passage."""
LATE = timedelta(hours=1)
"""A read that is corrected so long after it was taken gives no alert any more."""
_SEEN = 200
"""How many of the latest sightings say what strangers' plates look like."""
_MISREADS = Misreads(cost=confusions.cost)
_MOMENT = timedelta(microseconds=1)
_ABOUT = ("lot", "visit", "direction", "gate", "free", "capacity")


class Seen(NamedTuple):
    """A sighting that was just kept, the read that shows it best, and the event that it made."""

    sighting: SightingRecord
    read: ReadRecord
    event: EventRecord


def watch(unit: Unit, seen: Seen) -> None:
    """Tell of each watch list that the plate of a sighting is likely on, once a passage."""
    matches = _matches(unit, seen.read, seen.sighting.seen_at)
    if not matches:
        return
    at = seen.sighting.seen_at.astimezone(UTC)
    reading = Reading.of(seen.read.normalised, seen.read.lattice)
    sighting = Sighting(seen.sighting.key, at, reading, confidence=seen.sighting.confidence)
    latest = {one.normalised for one in unit.sightings.find(SightingQuery(limit=_SEEN)).items}
    others = sorted(latest - {seen.read.normalised})  # itself it resembles more than a stranger would
    watching = Watching(Strangers.like(others, STRANGERS), _MISREADS)
    for alert in alerts(sighting, _lists(matches), watching):
        _tell(unit, seen, alert, next(m for m in matches if (m.list.name, m.entry.normalised) == _key(alert)))


def watch_corrected(unit: Unit, review: Review) -> None:
    """Tell of the watch lists that a plate is on which a person has just put right."""
    record = unit.reads.get(review.read)
    at = record.frame.captured_at if record else review.at
    if record is None or review.plate is None or review.at - at > LATE:
        return
    events = unit.events.of_reads([record.id])[record.id]
    made = {event.sighting: event for event in events if event.kind != ALERT}
    query = SightingQuery(text=record.normalised, since=at, until=at + _MOMENT)
    sightings = [one for one in unit.sightings.find(query).items if one.id in made]
    for match in unit.lists.matches(record.normalised, at):
        if match.list.kind in ALERTING:
            for one in sightings:
                alert = Alert(match.list.name, match.entry.normalised, 0.0, exact=True)
                _tell(unit, Seen(one, record, made[one.id]), alert, match)


def _matches(unit: Unit, read: ReadRecord, at: datetime) -> list[Match]:
    """Return the entries of watch lists that a read may show; a vehicle that is known is no other one."""
    kinds = {one.kind for one in unit.lists.lists()}
    if not read.normalised or kinds.isdisjoint(ALERTING):
        return []
    named = unit.lists.matches(read.normalised, at)
    exact = [match for match in named if match.list.kind in ALERTING]
    if len(exact) < len(named):
        return exact
    places = Reading.of(read.normalised, read.lattice).places
    shape = Shape(tuple(frozenset(sign for sign, _ in slot) for slot in places), ALERTING)
    return list({match.entry.id: match for match in (*exact, *unit.lists.alike(shape, at))}.values())


def _lists(matches: Iterable[Match]) -> list[WatchList]:
    plates: dict[str, set[str]] = {}
    kinds = {match.list.name: match.list.kind for match in matches}
    for match in matches:
        plates.setdefault(match.list.name, set()).add(match.entry.normalised)
    return [WatchList(name, kinds[name], frozenset(texts)) for name, texts in plates.items()]


def _key(alert: Alert) -> tuple[str, str]:
    return alert.list, alert.plate


def _tell(unit: Unit, seen: Seen, alert: Alert, match: Match) -> None:
    """Keep an alert and its event, unless the passage is known."""
    place = seen.sighting.gate or seen.sighting.camera or ""
    new = NewAlert(0, alert.list, alert.plate, place, seen.sighting.seen_at)
    if unit.alerts.extend(new, PASSAGE):
        return
    about = {name: seen.event.payload.get(name) for name in _ABOUT}
    listed = {"list": alert.list, "list_label": match.list.label, "listed": match.entry.text}
    sure = {"label": match.entry.label, "exact": alert.exact, "odds": round(min(alert.odds, 1e9), 2)}
    payload = {**told_of(seen.sighting, seen.read), **about, **listed, **sure, "what": seen.event.kind}
    event = tell(unit, NewEvent(ALERT, seen.sighting.seen_at, payload, seen.sighting.id))
    unit.alerts.add(NewAlert(event.id, alert.list, alert.plate, place, seen.sighting.seen_at))
