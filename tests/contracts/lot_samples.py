"""What the tests of car parks put into a store."""

from datetime import datetime, timedelta

from store_samples import NOON

from platewise.core.lattice import Lattice
from platewise.register.desk import By
from platewise.register.lots import admit
from platewise.register.readings import Reading
from platewise.register.values import Decision, Direction, Listed, Lot, LotState, Policy, Sighting
from platewise.store.parking import VisitRecord, with_confusions
from platewise.store.protocol import Store, Unit

YARD = with_confusions(Lot("yard", 3, Policy(debounce=timedelta(seconds=5)), "The yard", 'name = "x"'))
BY = By("ann", NOON + timedelta(hours=9), "seen from the window")


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def car(
    minutes: float, text: str, way: Direction = "both", read: int | None = None, key: str = ""
) -> Sighting:
    """Return a sighting with a lattice that is sure of no sign, of a plate on a list."""
    reading = Reading.of(text, Lattice.of(text, 10, 0.99) if text else None)
    name = key or f"{way}@{minutes}"
    return Sighting(name, at(minutes), reading, "gate", way, 0.9, (Listed("staff", "known"),), read)


def park(unit: Unit, *sightings: Sighting, lot: str = "yard") -> LotState:
    """Admit sightings one after the other; return what the register says, computed without the store."""
    state = unit.lots.state(lot, NOON)
    for sighting in sightings:
        decision = admit(sighting, unit.lots.state(lot, sighting.seen_at))
        unit.lots.apply(lot, decision)
        state = state.after(decision)
    return state


def opened(store: Store, *sightings: Sighting) -> LotState:
    """Make the yard and admit sightings to it."""
    with store.writing() as unit:
        unit.lots.put(YARD)
        return park(unit, *sightings)


def decide(store: Store, decision: Decision, lot: str = "yard") -> None:
    with store.writing() as unit:
        unit.lots.apply(lot, decision)


def shown(records: tuple[VisitRecord, ...]) -> list[tuple[str, str]]:
    return [(record.visit.plate, record.visit.state) for record in records]
