"""Photos of drawn cars go the whole way: Bot API, bot, server, networks, database. Each car comes and goes.

With ``PLATEWISE_BOT_PHOTOS=200`` they show 100 cars, each from two sides of a drawn street; else some of the
repository's samples are sent twice.
"""

import json
import os
import random
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
from fake_telegram import FakeTelegram
from running import Bot, Site

from platewise import clock
from platewise.regions.library import select
from platewise.settings import Settings
from platewise.store.protocol import Store
from platewise.synth.cache import plate_at
from platewise.synth.vehicles import vehicle_scene
from platewise.vision.encode import jpeg
from platewise.vision.reader import Reader

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PHOTOS = int(os.environ.get("PLATEWISE_BOT_PHOTOS", "12"))
REGIONS = ["gb", "de", "fr", "pl", "br", "us", "cn", "in", "vn", "ar"]
SEED = 11


class Shot(NamedTuple):
    """A photo of a car that comes or goes, and what its plate says."""

    text: str
    told: str
    inside: int
    picture: bytes


def _samples(cars: int) -> Iterator[Shot]:
    lines = [json.loads(line) for line in (SAMPLES / "index.jsonl").read_text("utf-8").splitlines()[:cars]]
    for told, inside in (("In", range(1, cars + 1)), ("Out", range(cars)[::-1])):
        for line, count in zip(lines, inside, strict=True):
            yield Shot(line["plates"][0]["text"], told, count, (SAMPLES / line["image"]).read_bytes())


def _scenes(cars: int) -> Iterator[Shot]:
    regions = select(REGIONS)
    going = random.Random(SEED).sample(range(cars), cars)
    for told, order, side in (("In", range(cars), 0), ("Out", going, 1)):
        for n, car in enumerate(order):
            plate = plate_at(SEED, car, [regions[car % len(regions)]])
            pixels, _ = vehicle_scene(np.random.default_rng((SEED, car, side)), plate)
            yield Shot(plate.text, told, n + 1 if told == "In" else cars - n - 1, jpeg(pixels))


def test_every_car_comes_in_and_goes_out(
    telegram: FakeTelegram,
    kept: Store,
    run_bot: Callable[..., Bot],
    times: Callable[[float], datetime],
    tmp_path: Path,
) -> None:
    site = Site(kept, Reader(settings=Settings(reads_per_minute=0, data=tmp_path)))
    run_bot(site)
    cars = PHOTOS // 2
    wrong, read_right, took = [], 0, []
    for n, shot in enumerate(_samples(cars) if PHOTOS == 12 else _scenes(cars)):
        photo = telegram.photo(shot.picture, date=times(n))
        start = clock.ticks()
        told = telegram.answer(photo, 60)["text"]
        took.append(clock.ticks() - start)
        plate, _, way = told.rpartition(" ")
        read_right += "".join(filter(str.isalnum, plate)) == shot.text
        if (way, site.inside) != (shot.told, shot.inside):
            wrong.append((n, shot.text, shot.told, told, site.inside))
    site.close()
    print(
        f"{2 * cars} photos, {read_right} read sign by sign, {2 * cars - len(wrong)} told and counted right,"
    )
    print(f"median {median(took):.2f} s from photo to answer; wrong: {wrong}")
    assert wrong == []
