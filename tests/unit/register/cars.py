"""Short ways to say what the tests of the car park need."""

from datetime import UTC, datetime, timedelta

from platewise.core.lattice import Lattice
from platewise.register.desk import By
from platewise.register.lots import admit
from platewise.register.readings import Reading
from platewise.register.values import Direction, Event, Listed, ListKind, Lot, LotState, Policy, Sighting

START = datetime(2026, 7, 1, 8, tzinfo=UTC)
ADA = By("ada", START + timedelta(hours=9), "seen from the window")


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def car(
    minutes: float,
    text: str,
    way: Direction = "both",
    kind: ListKind | None = None,
    confidence: float = 0.9,
    key: str = "",
) -> Sighting:
    lists = (Listed("list", kind),) if kind else ()
    return Sighting(key or f"{way}@{minutes}", at(minutes), Reading.of(text), way, way, confidence, lists)


def blurred(minutes: float, text: str, way: Direction, unsure: dict[int, str]) -> Sighting:
    """Return a sighting whose lattice gives some places also to another sign."""
    p = Lattice.of(text, 10, 0.99).probabilities
    for place, other in unsure.items():
        p[place] = (
            Lattice.of(text, 10).probabilities[place] + Lattice.of(other * 10, 10).probabilities[place]
        ) / 2
    return Sighting(f"{way}@{minutes}", at(minutes), Reading.of(text, Lattice(p)), way, way, 0.5)


def lot(capacity: int = 100, **policy: object) -> LotState:
    return LotState(Lot("yard", capacity, Policy(**policy)))  # type: ignore[arg-type]


def run(state: LotState, *sightings: Sighting) -> tuple[LotState, list[Event]]:
    events = []
    for sighting in sightings:
        decision = admit(sighting, state)
        assert decision.event
        events.append(decision.event)
        state = state.after(decision)
    return state, events


def told(events: list[Event]) -> list[str]:
    return [event.kind for event in events]
