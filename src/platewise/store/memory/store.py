"""The Store in dicts."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Lock

from platewise import clock
from platewise.errors import StoreBusy, StoreError
from platewise.register.values import Lot
from platewise.store.bell import Bell
from platewise.store.images import key_of as image_key
from platewise.store.matching import key_of
from platewise.store.memory import removal
from platewise.store.memory.access import MemoryAccess, MemoryJournal
from platewise.store.memory.alerts import MemoryAlerts, MemoryCalibrations
from platewise.store.memory.happenings import MemoryEvents, MemorySightings
from platewise.store.memory.lots import MemoryLots
from platewise.store.memory.outbox import MemoryOutputs
from platewise.store.memory.reads import MemoryReads
from platewise.store.memory.sharing import MemoryLeases, MemoryRuns
from platewise.store.memory.site import MemoryLists, MemorySite
from platewise.store.memory.tables import KeptImage, Tables
from platewise.store.memory.tolls import MemoryTolls
from platewise.store.parking import DEFAULTS, with_confusions
from platewise.store.queries import Held, Removed, Retention
from platewise.store.records import ImageKind, StoredImage

PATIENCE_S = 10
"""How long a writer waits for its turn, in seconds."""


class MemoryUnit:
    """The Unit of one moment of the tables."""

    def __init__(self, tables: Tables) -> None:
        self.reads = MemoryReads(tables)
        self.sightings = MemorySightings(tables)
        self.events = MemoryEvents(tables)
        self.outputs = MemoryOutputs(tables)
        self.site = MemorySite(tables)
        self.lists = MemoryLists(tables)
        self.lots = MemoryLots(tables)
        self.tolls = MemoryTolls(tables)
        self.alerts = MemoryAlerts(tables)
        self.calibrations = MemoryCalibrations(tables)
        self.access = MemoryAccess(tables)
        self.journal = MemoryJournal(tables)
        self.leases = MemoryLeases(tables)
        self.runs = MemoryRuns(tables)


class MemoryStore:
    """The Store in dicts: as strict as the others, and gone at the end."""

    def __init__(self, quota: int | None = None) -> None:
        self._tables: Tables | None = _fresh()
        self._turn = Lock()
        self._images = MemoryImages(self, quota)
        self.bell = Bell(listens=True)
        self.calls = None

    @property
    def images(self) -> "MemoryImages":
        """The evidence pictures."""
        return self._images

    @contextmanager
    def reading(self) -> Iterator[MemoryUnit]:
        """Open a unit that sees one moment and cannot write."""
        yield MemoryUnit(self._now())

    @contextmanager
    def writing(self) -> Iterator[MemoryUnit]:
        """Open a unit that writes, alone among all writers."""
        with self.changing() as tables:
            yield MemoryUnit(tables)

    @contextmanager
    def changing(self) -> Iterator[Tables]:
        """Lend a copy of the tables; it takes their place unless an error comes out."""
        if not self._turn.acquire(timeout=PATIENCE_S):
            raise StoreBusy("the store is busy; try again")
        try:
            tables = self._now().copy()
            yield tables
            self._tables = tables.seal()
            self.bell.ring()
        finally:
            self._turn.release()

    def expire(self, retention: Retention, at: datetime) -> Removed:
        """Remove what is too old, pictures first."""
        with self.changing() as tables:
            gone, pictures = removal.expire(tables, retention, at)
        return Removed(dict(gone), self._images.drop(pictures))

    def erase(self, text: str, at: datetime) -> Removed:
        """Leave no trace of a plate."""
        key = key_of(text)
        with self.changing() as tables:
            pictures = removal.about(tables, key).images
            gone = removal.erase(tables, key)
        return Removed(dict(gone), self._images.drop(pictures))

    def about(self, text: str) -> Held:
        """Return everything that is held on a plate."""
        return removal.about(self._now(), key_of(text))

    def check(self) -> None:
        """Return when the store answers."""
        self._now()

    def close(self) -> None:
        """Forget all."""
        self._tables = None

    def _now(self) -> Tables:
        if self._tables is None:
            raise StoreError("the store is closed")
        return self._tables


class MemoryImages:
    """The ImageStore in a dict."""

    def __init__(self, store: MemoryStore, quota: int | None) -> None:
        self._store, self._quota = store, quota
        self._bytes: dict[str, bytes] = {}

    def save(self, jpeg: bytes, kind: ImageKind) -> StoredImage:
        """Keep the JPEG bytes as they are."""
        key = image_key(jpeg)
        self._bytes[key] = jpeg
        self.trim(clock.now())
        return StoredImage(key, kind, len(jpeg))

    def load(self, key: str) -> bytes | None:
        """Return the bytes of a picture."""
        return self._bytes.get(key)

    def trim(self, at: datetime) -> int:
        """Remove the oldest pictures, down to nine tenths of the quota, where they exceed it."""
        with self._store.changing() as tables:
            kept = sorted(tables.all(KeptImage).values(), key=lambda kept: (kept.created_at, kept.image.key))
            total = sum(one.image.size for one in kept)
            excess = 0 if self._quota is None or total <= self._quota else total - self._quota * 9 // 10
            old = []
            for one in kept:
                if excess > 0:
                    excess -= one.image.size
                    old.append(one.image.key)
            removal.forget(tables, old)
        return self.drop(old)

    def drop(self, keys: Collection[str]) -> int:
        """Remove the bytes of pictures; return how many were there."""
        return sum(self._bytes.pop(key, None) is not None for key in keys)


def _fresh() -> Tables:
    """Return the tables of a new store."""
    tables = Tables().copy()
    for record in DEFAULTS:
        tables.put(record.name, with_confusions(record) if isinstance(record, Lot) else record)
    return tables.seal()
