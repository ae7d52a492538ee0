"""What every worker does, wherever it runs: the pictures of a part -> what was seen in them."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from platewise.batch.items import Item, load
from platewise.batch.plan import Plan
from platewise.errors import ImageError
from platewise.settings import Settings
from platewise.vision.reader import Reader
from platewise.vision.reads import Reads


@dataclass(frozen=True, slots=True)
class Job:
    """How pictures are to be read, and the folder that holds the plan: all that a worker must know."""

    folder: Path
    settings: Settings
    regions: str | None = None
    pipeline: str | None = None
    top: int = 5
    crops: bool = False

    def reader(self, threads: int) -> Reader:
        """Return the reader of one worker, which computes with so many threads."""
        import cv2

        cv2.setNumThreads(1)
        settings = replace(self.settings, threads=threads)
        return Reader(self.regions, self.pipeline, top=self.top, crops=self.crops, settings=settings)


class Seen(NamedTuple):
    """One picture: its reads or its error, when it was last changed (seconds since 1970), its SHA-256."""

    reads: Reads
    at: float
    digest: str


class Part(NamedTuple):
    """All that was seen in the pictures of a part."""

    number: int
    seen: list[Seen]


class Worker:
    """Reads parts; it loads the networks once."""

    def __init__(self, job: Job, threads: int = 1, stopped: Callable[[], bool] = lambda: False) -> None:
        """Get ready; where ``stopped`` says so between two pictures, the rest of a part is left out."""
        self._reader, self._stopped = job.reader(threads), stopped
        self._folder = job.folder

    def part(self, number: int) -> Part:
        """Return what is seen in a part."""
        return Part(number, self.look(self._plan.items(number)))

    @cached_property
    def _plan(self) -> Plan:
        return Plan(self._folder)

    def look(self, items: Sequence[Item]) -> list[Seen]:
        """Return what is seen in pictures; what is wrong with one is in its ``error``."""
        return [self._one(item) for item in items if not self._stopped()]

    def _one(self, item: Item) -> Seen:
        data, at = b"", item.at or 0.0
        try:
            data, at = load(item, self._reader.settings.max_bytes)
            reads = self._reader.read(data)
        except ImageError as error:
            reads = Reads.failed(item.name, str(error))
        return Seen(replace(reads, image=item.name, source=None), at, hashlib.sha256(data).hexdigest())
