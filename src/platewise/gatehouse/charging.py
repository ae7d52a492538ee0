"""What a paired journey is for the store: its state, speed and price, and why a person should look at it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from math import inf
from typing import NamedTuple

from platewise.errors import InputError
from platewise.gatehouse.listing import listed
from platewise.register.journeys import Journey
from platewise.register.roads import Roads
from platewise.register.site_file import SiteFile, parse
from platewise.register.site_map import SiteMap
from platewise.register.speed import average_speed
from platewise.register.tariffs.quoting import Receipt, Stay
from platewise.register.tolls import TollTariff, Trip, class_of, quote
from platewise.store.protocol import Unit
from platewise.store.records import NewEvent
from platewise.store.tolling import JourneyFacts, JourneyRecord, KeptSpeed

TRAVELLED, WITHDRAWN = "Travelled", "withdrawn"
PATIENCE = timedelta(seconds=60)
"""How long after the last moment at which it may go on a journey is over: what comes late opens it again."""
SURE = 0.9
"""A journey that is less probably right is shown to a person."""
DOUBTFUL, NO_PRICE = "doubtful", "no price"
_PLACES = 6


class Road(NamedTuple):
    """What journeys are judged by."""

    site: SiteFile
    roads: Roads

    @classmethod
    def of(cls, site: SiteFile) -> "Road":
        """Return the road of a site."""
        return cls(site, _roads(site.model_dump_json(by_alias=True, include={"name", "gates", "segments"})))


@lru_cache(maxsize=4)
def _roads(site: str) -> Roads:
    """Return the ways of a site, which hardly ever changes.

    Gates and segments alone: a tariff may name a gate that was removed by hand since.
    """
    return Roads.of(SiteMap.model_validate_json(site))


def facts_of(unit: Unit, journey: Journey, road: Road, at: datetime) -> JourneyFacts:
    """Return what is kept of a journey at a time."""
    first, last = journey.passages[0], journey.passages[-1]
    facts = JourneyFacts(
        plate=journey.plate,
        gates=journey.gates,
        state=journey.state(at),
        since=first.at,
        until=last.at,
        over_at=journey.over_at,
        final=at >= journey.over_at + PATIENCE,
        probability=round(journey.probability, _PLACES),
        margin=None if journey.margin == inf else round(journey.margin, _PLACES),
        paired=round(journey.paired, _PLACES),
        began=round(journey.began, _PLACES),
        done=round(journey.done, _PLACES),
        speed=_speed(journey, road),
    )
    if facts.state == "under way":
        return facts
    return charged(unit, facts, entered=journey.entered, ended=journey.ended)


def charged(unit: Unit, facts: JourneyFacts, *, entered: bool, ended: bool) -> JourneyFacts:
    """Return a journey with what it costs by the tariff that held when it began, or why a person must say."""
    missing = "" if facts.state == "complete" else facts.state
    doubt = missing or (DOUBTFUL if facts.confidence < SURE else "")
    tariff = tariff_at(unit, facts.since)
    if tariff is None:
        return replace(facts, look=doubt)
    lists = tuple(one.name for one in listed(unit, facts.plate, facts.since))
    vehicle = class_of(tariff, lists)
    try:
        receipt = quoted(tariff, Trip(facts.gates, entered, ended, Stay(facts.since, facts.until, lists)))
    except InputError:  # an end was not seen, or no price fits
        return replace(facts, vehicle=vehicle, receipt=None, look=missing or NO_PRICE)
    look = DOUBTFUL if facts.confidence < SURE and not missing else ""
    return replace(facts, vehicle=vehicle, receipt=receipt, look=look)


def quoted(tariff: TollTariff, trip: Trip) -> Receipt:
    """Return the receipt of a trip, every price with the decimals of the currency."""
    receipt, cent = quote(tariff, trip), Decimal(1).scaleb(-tariff.places)
    return replace(
        receipt, lines=tuple(replace(one, price=one.price.quantize(cent)) for one in receipt.lines)
    )


def tariff_at(unit: Unit, at: datetime) -> TollTariff | None:
    """Return the tariff that held at a time."""
    record = unit.tolls.site(at)
    return parse(record.toml).tariff if record else None


def event_of(record: JourneyRecord, reason: str = "", replaces: Sequence[int] = ()) -> NewEvent:
    """Return the event of a journey that is over."""
    facts = record.facts
    speed, receipt = facts.speed, facts.receipt
    payload = {
        "journey": record.id,
        "plate": facts.plate or None,
        "display": record.display or None,
        "passages": list(record.passages),
        "gates": list(facts.gates),
        "state": facts.state,
        "since": facts.since.isoformat(),
        "until": facts.until.isoformat(),
        "confidence": round(facts.confidence, 4),
        "kmh": speed and list(speed),
        "vehicle": facts.vehicle or None,
        "total": f"{receipt.total:f}" if receipt else None,
        "currency": receipt.currency if receipt else None,
        "look": facts.look,
        "verdict": facts.verdict,
        "replaces": list(replaces),
        "reason": reason,
    }
    return NewEvent(TRAVELLED, facts.until, payload)


def withdrawn(record: JourneyRecord) -> NewEvent:
    """Return the event of a journey that was told and is none: its plate was no plate."""
    event = event_of(record, WITHDRAWN)
    return replace(event, payload={**event.payload, "state": WITHDRAWN, "total": None})


def _speed(journey: Journey, road: Road) -> KeptSpeed | None:
    first, last = journey.passages[0], journey.passages[-1]
    if len(journey.passages) < 2:
        return None
    speed = average_speed(first, last, road.site, road.roads)
    return KeptSpeed(*(round(kmh, 2) for kmh in (speed.kmh, *speed.bar))) if speed else None
