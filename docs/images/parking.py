"""Draws docs/images/parking.png: the page of a car park after a drawn day, in Debian's chromium."""

import random
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright
from waitress import create_server

from platewise import clock, gatehouse
from platewise.core.geometry import quad_of
from platewise.core.lattice import Lattice
from platewise.core.plate import Plate
from platewise.core.read import Character, Read
from platewise.regions import library
from platewise.register.values import Lot
from platewise.settings import Settings
from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.store.records import NewFrame
from platewise.store.site import Camera, Entry, Gate, Lane, PlateList
from platewise.synth.degrade import photograph
from platewise.synth.plates import DrawnPlate, draw_plate
from platewise.vision.encode import jpeg
from platewise.vision.reader import Reader
from platewise.web import create_app

NOW = datetime(2026, 11, 20, 16, 42, tzinfo=UTC)
REGIONS = library.load()
CODES = ("de", "gb", "cn", "hr", "nl", "fr", "it", "at", "pl")
TARIFF = """
name = "Town"
currency = "EUR"
zone = "UTC"
[[bands]]
name = "all day"
steps = [{minutes = 60, price = 2.00}, {minutes = 30, price = 0.80}]
cap = 15.00
[[permits]]
list = "staff"
"""


def see(store: Store, at: datetime, camera: str, plate: DrawnPlate, text: str) -> None:
    """Let a camera see a drawn plate and read this text."""
    region = REGIONS[plate.region]
    shown = Plate(text, plate.region, region.display(text) or text)
    sure = 0.99 if text == plate.text else 0.7
    read = Read(
        shown,
        sure,
        quad_of((0, 0, 160, 48)),
        0.9,
        tuple(Character(s, sure) for s in text),
        (),
        (),
        Lattice.of(text, 10, sure),
    )
    pixels, _ = photograph(np.random.default_rng(int(at.timestamp())), plate, strength=0.4)
    frame = NewFrame(at, at, 160, 48, camera, "", None)
    crop = store.images.save(jpeg(pixels), "plate")
    with store.writing() as unit:
        arrival = gatehouse.Arrival(f"{camera}{plate.text}", frame, (read,), "drawn", "", (crop,))
        gatehouse.admit(unit, arrival)


def day(store: Store) -> None:
    """Let 150 cars come and go; one exit is read badly, and one car stayed over night."""
    rng = random.Random(3)
    plates = [draw_plate(random.Random(i), [REGIONS[CODES[i % len(CODES)]]]) for i in range(150)]
    with store.writing() as unit:
        unit.lots.put(Lot("main", 100, label="Main car park", tariff=TARIFF))
        for way in ("in", "out"):
            unit.site.put(Gate(way, direction=way, lot="main"))
            unit.site.put(Lane(way, way))
            unit.site.put(Camera(way, lane=way))
        unit.lists.put(PlateList("staff", "known"))
        unit.lists.add("staff", [Entry(plate.text) for plate in plates[:30:5]])
    midnight, passings = NOW.replace(hour=0, minute=0), [(NOW - timedelta(hours=26), "in", 0)]
    for number in range(1, 150):
        came = midnight + timedelta(hours=min(max(rng.gauss(9.5, 3), 5), 16.4))
        gone = came + timedelta(hours=rng.gammavariate(2.2, 1.9))
        passings += [(came, "in", number)] + [(gone, "out", number)] * (gone < NOW)
    for turn, (at, way, number) in enumerate(sorted(passings)):
        text = plates[number].text
        badly = way == "out" and turn in (150, 151)
        see(store, at, way, plates[number], text[:-3] + "7" if badly else text)


clock.now = lambda: NOW
with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
    store = open_store("memory:", Path(folder))
    day(store)
    reader = Reader(settings=Settings(data=Path(folder)))
    server = create_server(create_app(None, reader, store), host="127.0.0.1", port=0)
    threading.Thread(target=server.run, daemon=True).start()
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": 1200, "height": 1000})
    page.goto(f"http://127.0.0.1:{server.effective_port}/parking")
    page.wait_for_timeout(1000)
    page.screenshot(path=Path(__file__).with_suffix(".png"))
    browser.close()
