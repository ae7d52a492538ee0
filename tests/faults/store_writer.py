"""The writers that ``test_store_kill`` ends without warning: each prints a key once its unit is kept."""

import os
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from store_samples import keep, new_sighting

from platewise.store.opening import open_store
from platewise.store.records import NewEvent


def write(url: str, images: str, name: str) -> None:
    store = open_store(url, Path(images))
    at = datetime(2026, 3, 29, tzinfo=UTC)
    for i in count():
        key = f"{name}-{i}"
        with store.writing() as unit:
            read = keep(unit, f"AB{i}", i)
            sighting, _ = unit.sightings.save(new_sighting(key, f"AB{i}", i, read.id))
            unit.events.add(NewEvent("passed", at, {"key": key}, sighting.id, ("mqtt",)))
        os.write(1, f"{key}\n".encode())  # one call, so that lines of several writers do not mix


def main(url: str, images: str, name: str, writers: str) -> None:
    for i in range(1, int(writers)):
        if os.fork() == 0:
            write(url, images, f"{name}-{i}")
    write(url, images, f"{name}-0")


if __name__ == "__main__":
    main(*sys.argv[1:])
