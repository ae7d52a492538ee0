"""The writers that ``test_store_kill`` ends without warning: each prints a key once its unit is kept.

For each line that it reads, this process, which has everything loaded, forks eight writers into a group.
"""

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


def main(url: str, images: str, writers: str) -> None:
    open_store(url, Path(images)).close()  # what is loaded late is loaded now
    for turn in map(str.strip, sys.stdin):
        group = 0
        for i in range(int(writers)):
            process = os.fork()
            if process == 0:
                os.setpgid(0, group)
                write(url, images, f"{turn}-{i}")
            group = group or process
            os.setpgid(process, group)
        os.write(1, f"group {group}\n".encode())
        for _ in range(int(writers)):
            os.waitpid(-group, 0)
        os.write(1, b"over\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
