"""Short ways to say what the tests of the toll road need: in at west, past mid, out at east."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from platewise.core.lattice import Lattice
from platewise.register.agreement import agreed
from platewise.register.passages import Passage, View
from platewise.register.readings import Misreads, Reading
from platewise.register.roads import Roads
from platewise.register.site_map import SiteMap, parse
from platewise.register.values import Direction, Sighting

START = datetime(2026, 7, 1, 8, tzinfo=UTC)
METRES, TOLERANCE, CLOCK = 6000.0, 10.0, 0.2
ROAD = """
name = "road"
gates = [{name = "west", direction = "in"}, {name = "mid"}, {name = "east", direction = "out"}]
segments = [
  {from = "west", to = "mid", metres = 6000, tolerance = 10, usual = 108},
  {from = "mid", to = "east", metres = 6000, tolerance = 10, usual = 108},
]
lanes = [
  {name = "west-1", gate = "west"}, {name = "west-2", gate = "west"}, {name = "west-3", gate = "west"},
  {name = "mid-1", gate = "mid"}, {name = "east-1", gate = "east"},
]
cameras = [
  {name = "w1f", lane = "west-1"}, {name = "w1r", lane = "west-1", side = "rear"},
  {name = "w2f", lane = "west-2"}, {name = "w2r", lane = "west-2", side = "rear"},
  {name = "w3f", lane = "west-3"},
  {name = "m1f", lane = "mid-1", clock_error = 0.2, offset = 3},
  {name = "m1r", lane = "mid-1", clock_error = 0.2, side = "rear"},
  {name = "e1f", lane = "east-1", clock_error = 0.2}, {name = "e1r", lane = "east-1", side = "rear"},
]
"""
SITE: SiteMap = parse(ROAD)
ROADS = Roads.of(SITE)
USUAL = 200.0
"""Seconds from gate to gate."""
CAMERAS = {"west": "w1f", "mid": "m1f", "east": "e1f"}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def reading(text: str, unsure: dict[int, str] | None = None) -> Reading:
    """Return a reading; some places may as well carry another sign."""
    if not unsure:
        return Reading.of(text)
    p = Lattice.of(text, 10).probabilities.copy()
    for place, sign in unsure.items():
        p[place] = p[place] * 0.55 + Lattice.of(sign * 10, 10).probabilities[place] * 0.45
    return Reading.of(text, Lattice(p))


def view(camera: str, seconds: float, text: str, confidence: float = 0.9, key: str = "") -> View:
    way: Direction = "both"
    name = key or f"{camera}@{seconds}"
    return View(camera, Sighting(name, at(seconds), reading(text), direction=way, confidence=confidence))


def passage(gate: str, seconds: float, text: str, read: Reading | None = None) -> Passage:
    seen = view(CAMERAS[gate], seconds, text)
    if read:
        seen = View(seen.camera, replace(seen.sighting, reading=read))
    return Passage(gate, (seen,), agreed([seen.sighting.reading], Misreads()))
