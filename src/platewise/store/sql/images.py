"""The evidence pictures with their rows: the quota, and what goes when there is no space."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice
from threading import Lock

from sqlalchemy import Connection, Engine, delete, func, select

from platewise import clock
from platewise.errors import StoreError, StoreFull
from platewise.store.images import ImageFolder, key_of
from platewise.store.records import ImageKind, StoredImage
from platewise.store.sql.engine import transaction
from platewise.store.sql.schema import images

BATCH = 200
_ROOM = 32 * 2**20
_MOST_AT_ONCE = 5_000


class SqlImages:
    """The ImageStore beside a database. ``quota`` counts bytes; None keeps every picture."""

    def __init__(self, folder: ImageFolder, readers: Engine, writers: Engine, quota: int | None) -> None:
        self.folder = folder
        self._readers, self._writers, self._quota = readers, writers, quota
        self._unchecked, self._lock = 0, Lock()

    def save(self, jpeg: bytes, kind: ImageKind) -> StoredImage:
        """Keep the JPEG bytes as they are; old pictures make room."""
        key = key_of(jpeg)
        try:
            self.folder.put(key, jpeg)
        except StoreFull:
            self.make_room()
            self.folder.put(key, jpeg)
        if self._is_time_to_check(len(jpeg)):
            self.trim(clock.now())
        return StoredImage(key, kind, len(jpeg))

    def load(self, key: str) -> bytes | None:
        """Return the bytes of a picture."""
        return self.folder.get(key)

    def trim(self, at: datetime) -> int:
        """Remove the oldest pictures, down to nine tenths of the quota, where they exceed it."""
        if self._quota is None:
            return 0
        with transaction(self._readers) as connection:
            total = connection.execute(select(func.coalesce(func.sum(images.c.size), 0))).scalar_one()
        excess = int(total) - self._quota
        return self._remove_oldest(excess + self._quota // 10, at) if excess > 0 else 0

    def make_room(self) -> int:
        """Remove some of the oldest pictures because the disk is full; records stay."""
        return self._remove_oldest(_ROOM, clock.now())

    def _is_time_to_check(self, size: int) -> bool:
        """Tell, once in every hundredth of the quota, that it may be exceeded."""
        with self._lock:
            self._unchecked += size
            due = self._quota is not None and self._unchecked * 100 >= self._quota
            if due:
                self._unchecked = 0
            return due

    def _remove_oldest(self, size: int, at: datetime) -> int:
        removed, keys = 0, self._oldest(size, at)
        while batch := keys[:BATCH]:
            removed += sum(map(self.folder.remove, batch))  # files first: rows need space to go
            with suppress(StoreError), transaction(self._writers) as connection:
                forget(connection, batch)
            del keys[:BATCH]
        return removed

    def _oldest(self, size: int, at: datetime) -> list[str]:
        """Return keys of old pictures, oldest first, that take up ``size`` bytes."""
        found: list[str] = []
        oldest = select(images.c.key, images.c.size).order_by(images.c.created_at).limit(_MOST_AT_ONCE)
        with transaction(self._readers) as connection:
            for key, length in connection.execute(oldest):
                if size <= 0:
                    break
                if not self.folder.is_fresh(key, at):
                    found.append(key)
                    size -= length
        return found


def forget(connection: Connection, keys: Iterable[str]) -> int:
    """Delete the rows of pictures; frames and reads that named them stay."""
    gone = 0
    for batch in batches(keys):
        gone += connection.execute(delete(images).where(images.c.key.in_(batch))).rowcount
    return gone


def batches(keys: Iterable[str]) -> Iterator[list[str]]:
    """Yield the keys in lists that one statement takes."""
    rest = iter(keys)
    while batch := list(islice(rest, BATCH)):
        yield batch
