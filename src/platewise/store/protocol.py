"""The Store: what every keeper of reads can do.

Work is done in units. ``with store.writing() as unit:`` is one transaction, alone among writers: it may look
first and then decide, and is kept whole at its end or, after an error, not at all. ``with store.reading() as
unit:`` sees one moment and refuses to write. Keep units short and do not nest them; read pictures before.

Texts of plates are compared normalised, so callers pass them as they have them. Cursors are opaque: a bad
one is an ``InputError``, as is a query that cannot be meant. What is not there is None; to change it is an
``InputError``. ``Conflict`` is raised where something contradicts what is stored, ``StoreFull`` where no
space is left, ``StoreBusy`` where another writer held the store for too long.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from platewise.store.access import AccessStore, Journal
from platewise.store.alerts import AlertStore
from platewise.store.bell import Bell
from platewise.store.calibrations import CalibrationStore
from platewise.store.outputs import Outbox, OutputStore
from platewise.store.parking import LotStore
from platewise.store.queries import (
    EntryQuery,
    Held,
    Imported,
    Page,
    ReadQuery,
    Removed,
    Retention,
    SightingQuery,
    Statistics,
    StatisticsQuery,
)
from platewise.store.records import (
    EventRecord,
    ImageKind,
    NewEvent,
    NewFrame,
    NewRead,
    NewSighting,
    ReadRecord,
    Review,
    ReviewRecord,
    SightingRecord,
    StoredImage,
)
from platewise.store.sharing import CallStore, LeaseStore, RunStore
from platewise.store.site import Camera, Entry, EntryRecord, Gate, Lane, Match, PlateList, Shape
from platewise.store.tolling import TollStore


class ReadStore(Protocol):
    """Frames, what was read in them, and what people made of that."""

    def save(self, frame: NewFrame, reads: Sequence[NewRead]) -> tuple[ReadRecord, ...]:
        """Keep a frame with its reads, in their order; a frame without reads counts as a miss.

        The same picture of the same moment and camera, without reads, counts once.
        """

    def get(self, read: int) -> ReadRecord | None:
        """Return one read."""

    def find(self, query: ReadQuery) -> Page[ReadRecord]:
        """Return one page of reads."""

    def review(self, review: Review) -> ReadRecord:
        """Keep a verdict beside the read and return the read as it is known now; its sightings follow."""

    def reviews(self, read: int) -> tuple[ReviewRecord, ...]:
        """Return all verdicts on a read, oldest first."""

    def statistics(self, query: StatisticsQuery) -> Statistics:
        """Count the reads of a span of time."""


class SightingStore(Protocol):
    """Vehicles that passed."""

    def save(self, sighting: NewSighting) -> tuple[SightingRecord, bool]:
        """Keep a sighting unless its key is there already; return the kept one and whether it is new."""

    def keyed(self, keys: Collection[str]) -> tuple[SightingRecord, ...]:
        """Return the sightings with these keys, as far as they are there, in no order."""

    def find(self, query: SightingQuery) -> Page[SightingRecord]:
        """Return one page of sightings."""

    def latest(
        self, texts: Collection[str], since: datetime | None = None, until: datetime | None = None
    ) -> dict[str, datetime]:
        """Return when each of these plates was last seen in ``since <= t < until``, by the text as given.

        Plates that were not seen are left out.
        """


class EventStore(Outbox, Protocol):
    """What happened, and who has still to be told."""

    def add(self, event: NewEvent) -> EventRecord:
        """Keep an event and a delivery of it, due at once, for each of its outputs."""

    def after(self, event: int, limit: int = 100) -> tuple[EventRecord, ...]:
        """Return the events that followed an event, oldest first; 0 is before the first."""

    def of(self, sightings: Collection[int]) -> tuple[EventRecord, ...]:
        """Return the events of these sightings, oldest first."""

    def of_reads(self, reads: Collection[int]) -> dict[int, tuple[EventRecord, ...]]:
        """Return the events of the sightings that these reads show best, oldest first; none is left out."""

    def newest(self) -> int:
        """Return the number of the newest event, 0 where there is none."""


class SiteStore(Protocol):
    """Cameras, gates and lanes, by name, and the owner's settings. Reads outlive their camera."""

    def cameras(self) -> tuple[Camera, ...]:
        """Return all cameras by name."""

    def gates(self) -> tuple[Gate, ...]:
        """Return all gates by name."""

    def lanes(self) -> tuple[Lane, ...]:
        """Return all lanes by name."""

    def put(self, record: Camera | Gate | Lane) -> None:
        """Keep or replace one; its gate or lane must be there (``InputError``)."""

    def remove(self, record: Camera | Gate | Lane) -> bool:
        """Remove one by its name, a gate with its lanes; tell whether it was there."""

    def settings(self) -> dict[str, str]:
        """Return what was set on the Settings page."""

    def set(self, settings: Mapping[str, str | None]) -> None:
        """Change some settings; None removes one."""


class ListStore(Protocol):
    """Lists of plates."""

    def lists(self) -> tuple[PlateList, ...]:
        """Return all lists by name."""

    def put(self, plates: PlateList) -> None:
        """Keep a list, or change its kind and label."""

    def remove(self, name: str) -> bool:
        """Remove a list with its entries; tell whether it was there."""

    def add(self, name: str, entries: Iterable[Entry]) -> Imported:
        """Put plates on a list, many at once; an entry replaces the one of the same plate."""

    def discard(self, name: str, texts: Iterable[str]) -> int:
        """Take plates off a list; return how many were on it."""

    def entries(self, query: EntryQuery) -> Page[EntryRecord]:
        """Return one page of the entries of a list."""

    def matches(self, text: str, at: datetime) -> tuple[Match, ...]:
        """Return where a plate is listed at that time, by name of the list."""

    def alike(self, shape: Shape, at: datetime) -> tuple[Match, ...]:
        """Return the entries that hold at that time and look like a shape, by list and plate."""


class Unit(Protocol):
    """What can be done in one transaction."""

    @property
    def reads(self) -> ReadStore:
        """Frames and reads."""

    @property
    def sightings(self) -> SightingStore:
        """Sightings."""

    @property
    def events(self) -> EventStore:
        """Events and the outbox."""

    @property
    def outputs(self) -> OutputStore:
        """Where events are sent to."""

    @property
    def site(self) -> SiteStore:
        """Cameras, gates, lanes, settings."""

    @property
    def lists(self) -> ListStore:
        """Lists of plates."""

    @property
    def lots(self) -> LotStore:
        """Car parks."""

    @property
    def alerts(self) -> AlertStore:
        """Alerts."""

    @property
    def calibrations(self) -> CalibrationStore:
        """Calibrations."""

    @property
    def tolls(self) -> TollStore:
        """Toll roads."""

    @property
    def access(self) -> AccessStore:
        """Users and tokens."""

    @property
    def journal(self) -> Journal:
        """Audit log and idempotency keys."""

    @property
    def leases(self) -> LeaseStore:
        """What one process alone may do."""

    @property
    def runs(self) -> RunStore:
        """Parts of long runs."""


class ImageStore(Protocol):
    """The evidence pictures. Save a picture first, then the frame or read that names it."""

    def save(self, jpeg: bytes, kind: ImageKind) -> StoredImage:
        """Keep the JPEG bytes as they are: strip metadata before. The same bytes are kept once."""

    def load(self, key: str) -> bytes | None:
        """Return the bytes of a picture; None when it is gone, or for what is no key."""

    def trim(self, at: datetime) -> int:
        """Remove the oldest pictures until the quota holds; return how many. ``save`` does so as needed."""


class Store(Protocol):
    """The keeper of everything."""

    @property
    def images(self) -> ImageStore:
        """The evidence pictures."""

    @property
    def bell(self) -> Bell:
        """Rings when there may be new events."""

    @property
    def calls(self) -> CallStore | None:
        """Counts calls for all servers; None where one process is the only server."""

    def reading(self) -> AbstractContextManager[Unit]:
        """Open a unit that sees one moment and cannot write."""

    def writing(self) -> AbstractContextManager[Unit]:
        """Open a unit that writes, alone among all writers of all processes."""

    def expire(self, retention: Retention, at: datetime) -> Removed:
        """Remove what is too old, pictures first, in short transactions."""

    def erase(self, text: str, at: datetime) -> Removed:
        """Leave no trace of a plate: rows, pictures, outbox, words in the audit log, answers, journals."""

    def about(self, text: str) -> Held:
        """Return everything that is held on a plate."""

    def check(self) -> None:
        """Return when the store answers and can be written to; a ``StoreError`` says why not."""

    def close(self) -> None:
        """Give everything back; the store cannot be used after."""
