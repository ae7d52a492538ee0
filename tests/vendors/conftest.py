"""A running server, and what the clients of other systems send to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

pytest.importorskip("requests", reason="needs the [dev] extra")

from platewise.core.frame import Frame
from platewise.core.read import Read
from platewise.store.memory import MemoryStore
from platewise.store.protocol import Store
from platewise.store.queries import ReadQuery, SightingQuery
from platewise.store.records import ReadRecord
from platewise.store.site import Camera, Gate, Lane
from platewise.vision.reader import Reader
from platewise.web import create_app
from platewise.web.access import people, tokens
from serving import Served


class Seen:
    """A pipeline that sees these reads in every picture."""

    name = "seen"

    def __init__(self, *reads: Read) -> None:
        self._reads = reads

    def __call__(self, frame: Frame) -> list[Read]:
        return list(self._reads)


@dataclass
class Running:
    """A server on a port of this machine, its store, and shorthands for what a test looks at."""

    served: Served
    store: Store

    @property
    def url(self) -> str:
        return self.served.address

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def token(self, *scopes: str) -> str:
        """Let the server have people, and return the secret of a token: from now on it asks for one."""
        with self.store.reading() as unit:
            is_known = bool(unit.access.users())
        if not is_known:
            people.add(self.store, "owner", "manager", "a long password", by="test")
        return tokens.create(self.store, "client", scopes, by="test")[1]

    def reads(self) -> list[ReadRecord]:
        """Return all kept reads, oldest first."""
        with self.store.reading() as unit:
            return list(reversed(unit.reads.find(ReadQuery(limit=100)).items))

    def plates(self) -> list[str]:
        return [read.normalised for read in self.reads()]

    def cameras(self) -> list[str | None]:
        with self.store.reading() as unit:
            return [one.camera for one in unit.sightings.find(SightingQuery(limit=100)).items]

    def events(self) -> list[str]:
        with self.store.reading() as unit:
            return [event.kind for event in unit.events.after(0)]

    def park(self, camera: str) -> None:
        """Put the camera at the entrance of the car park ``main``."""
        with self.store.writing() as unit:
            unit.site.put(Gate("north", direction="in", lot="main"))
            unit.site.put(Lane("north-1", "north"))
            unit.site.put(Camera(camera, lane="north-1"))


@pytest.fixture
def run(tiny_reader: Reader) -> Iterator[Callable[..., Running]]:
    """Return what runs a server with some settings."""
    started: list[Served] = []

    def run(fetch: Any = None, pipeline: Any = None, **settings: Any) -> Running:
        store = MemoryStore()
        reader = Reader(pipeline=pipeline, settings=replace(tiny_reader.settings, **settings))
        started.append(Served(create_app(None, reader, store, fetch)))
        return Running(started[-1], store)

    yield run
    for served in started:
        served.close()


@pytest.fixture
def site(run: Callable[..., Running]) -> Running:
    """Return a server as it is by default, at home."""
    return run()
