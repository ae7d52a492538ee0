"""Short ways to say what the tests of toll roads need: in at west, past mid, out at east."""

from datetime import UTC, datetime, timedelta

from platewise import gatehouse
from platewise.core.geometry import quad_of
from platewise.core.lattice import Lattice
from platewise.core.plate import Plate, normalise
from platewise.core.read import Read
from platewise.gatehouse import Admitted, Arrival, applying, pairing
from platewise.register.site_file import SiteFile, parse
from platewise.store.protocol import Store
from platewise.store.records import NewFrame
from platewise.store.tolling import JourneyQuery, JourneyRecord, PassageQuery, PassageRecord

START = datetime(2026, 7, 1, 8, tzinfo=UTC)
QUAD = quad_of((10, 10, 60, 20))
TARIFF = """
[tariff]
name = "Road"
currency = "EUR"
classes = [{name = "car"}, {name = "lorry", list = "lorries"}]
prices = [
  {from = "west", to = "mid", price = {car = 2.10, lorry = 6.00}},
  {from = "mid", to = "east", price = {car = 1.45, lorry = 4.00}},
  {from = "west", to = "east", price = {car = 3.20, lorry = 9.50}},
]
"""
ROAD = """
name = "road"
gates = [{name = "west", direction = "in"}, {name = "mid"}, {name = "east", direction = "out"}]
segments = [
  {from = "west", to = "mid", metres = 6000, tolerance = 10, usual = 108},
  {from = "mid", to = "east", metres = 6000, tolerance = 10, usual = 108},
]
lanes = [
  {name = "west-1", gate = "west"}, {name = "west-2", gate = "west"},
  {name = "mid-1", gate = "mid"}, {name = "east-1", gate = "east"},
]
cameras = [
  {name = "w1f", lane = "west-1"}, {name = "w1r", lane = "west-1", side = "rear"},
  {name = "w2f", lane = "west-2"}, {name = "m1f", lane = "mid-1"},
  {name = "e1f", lane = "east-1"}, {name = "e1r", lane = "east-1", side = "rear"},
]
"""
SITE: SiteFile = parse(ROAD + TARIFF)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def lay(store: Store, site: SiteFile = SITE) -> None:
    """Apply the site long before the first vehicle."""
    with store.writing() as unit:
        applying.apply(unit, site, at(-9999), "ann")


def view(camera: str, seconds: float, text: str, key: str = "") -> Arrival:
    plain = normalise(text)
    shown = Plate(plain, "gb", text) if plain else None
    read = Read(shown, 0.95 if plain else 0.0, QUAD, lattice=Lattice.of(plain, 10, 0.99) if plain else None)
    frame = NewFrame(at(seconds), at(seconds + 0.2), 100, 60, camera)
    return Arrival(key or f"{camera}@{seconds}", frame, (read,), "tiny", "v1")


def admit(store: Store, *arrivals: Arrival) -> list[Admitted]:
    """Admit pictures, each in a unit of its own."""
    found = []
    for arrival in arrivals:
        with store.writing() as unit:
            found.append(gatehouse.admit(unit, arrival))
    return found


def kinds(admitted: list[Admitted]) -> list[str]:
    return [one.outcomes[0].kind for one in admitted]


def travel(text: str, start: float = 0) -> list[Arrival]:
    """Return the views of a vehicle that passes all three gantries as usual."""
    return [view("w1f", start, text), view("m1f", start + 200, text), view("e1f", start + 400, text)]


def pair(store: Store, seconds: float) -> int:
    return pairing.pair_due(store, at(seconds)).changed


def passages(store: Store, **query: object) -> list[PassageRecord]:
    with store.reading() as unit:
        return list(reversed(unit.tolls.passages(PassageQuery(**query)).items))  # type: ignore[arg-type]


def journeys(store: Store, **query: object) -> list[JourneyRecord]:
    with store.reading() as unit:
        return list(reversed(unit.tolls.journeys(JourneyQuery(**query)).items))  # type: ignore[arg-type]


def told(store: Store, kind: str = "Travelled") -> list[dict[str, object]]:
    """Return what the events of a kind said."""
    with store.reading() as unit:
        return [dict(event.payload) for event in unit.events.after(0, 500) if event.kind == kind]
