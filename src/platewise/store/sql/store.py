"""The Store over a database."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from sqlalchemy import URL, Connection, select

from platewise.errors import StoreFull
from platewise.store.bell import Bell
from platewise.store.images import ImageFolder
from platewise.store.matching import key_of, mention_of
from platewise.store.queries import Held, Removed, Retention
from platewise.store.sql import erasure, mentions, scrub
from platewise.store.sql.access import SqlAccess
from platewise.store.sql.alerts import SqlAlerts
from platewise.store.sql.calibrations import SqlCalibrations
from platewise.store.sql.calls import SqlCalls
from platewise.store.sql.engine import connect, file_of, transaction
from platewise.store.sql.events import SqlEvents
from platewise.store.sql.images import SqlImages
from platewise.store.sql.journal import SqlJournal
from platewise.store.sql.lists import SqlLists
from platewise.store.sql.lots import SqlLots
from platewise.store.sql.outputs import SqlOutputs
from platewise.store.sql.reads import SqlReads
from platewise.store.sql.retention import Engines, expire
from platewise.store.sql.schema import settings
from platewise.store.sql.shared import Shared
from platewise.store.sql.sharing import SqlLeases, SqlRuns
from platewise.store.sql.sightings import SqlSightings
from platewise.store.sql.site import SqlSite
from platewise.store.sql.tolls import SqlTolls


class SqlUnit:
    """The Unit of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @cached_property
    def reads(self) -> SqlReads:
        """Frames and reads."""
        return SqlReads(self._connection)

    @cached_property
    def sightings(self) -> SqlSightings:
        """Sightings."""
        return SqlSightings(self._connection)

    @cached_property
    def events(self) -> SqlEvents:
        """Events and the outbox."""
        return SqlEvents(self._connection)

    @cached_property
    def outputs(self) -> SqlOutputs:
        """Where events are sent to."""
        return SqlOutputs(self._connection)

    @cached_property
    def site(self) -> SqlSite:
        """Cameras, gates, lanes, settings."""
        return SqlSite(self._connection)

    @cached_property
    def lists(self) -> SqlLists:
        """Lists of plates."""
        return SqlLists(self._connection)

    @cached_property
    def lots(self) -> SqlLots:
        """Car parks."""
        return SqlLots(self._connection)

    @cached_property
    def alerts(self) -> SqlAlerts:
        """Alerts."""
        return SqlAlerts(self._connection)

    @cached_property
    def calibrations(self) -> SqlCalibrations:
        """Calibrations."""
        return SqlCalibrations(self._connection)

    @cached_property
    def tolls(self) -> SqlTolls:
        """Toll roads."""
        return SqlTolls(self._connection)

    @cached_property
    def access(self) -> SqlAccess:
        """Users and tokens."""
        return SqlAccess(self._connection)

    @cached_property
    def journal(self) -> SqlJournal:
        """Audit log and idempotency keys."""
        return SqlJournal(self._connection)

    @cached_property
    def leases(self) -> SqlLeases:
        """What one process alone may do."""
        return SqlLeases(self._connection)

    @cached_property
    def runs(self) -> SqlRuns:
        """Parts of long runs."""
        return SqlRuns(self._connection)


class SqlStore:
    """The Store over a database that has its tables; ``opening.open_store`` sees to them."""

    def __init__(self, address: URL, folder: ImageFolder, quota: int | None) -> None:
        file = file_of(address)
        self._content = scrub.Content(file) if file else None
        self._writers, self._readers = connect(address, writes=True), connect(address, writes=False)
        self._images = SqlImages(folder, self._readers, self._writers, quota)
        self._shared = Shared(address)

    @property
    def images(self) -> SqlImages:
        """The evidence pictures."""
        return self._images

    @property
    def bell(self) -> Bell:
        """Rings when there may be new events."""
        return self._shared.bell

    @property
    def calls(self) -> SqlCalls | None:
        """Counts calls for all servers on PostgreSQL."""
        return self._shared.calls

    @contextmanager
    def reading(self) -> Iterator[SqlUnit]:
        """Open a unit that sees one moment and cannot write."""
        with transaction(self._readers) as connection:
            yield SqlUnit(connection)

    @contextmanager
    def writing(self) -> Iterator[SqlUnit]:
        """Open a unit that writes; where the disk is full, old pictures make room for the next one."""
        try:
            with transaction(self._writers) as connection:
                yield SqlUnit(connection)
            self._shared.written()
        except StoreFull:
            self._images.make_room()
            raise

    def expire(self, retention: Retention, at: datetime) -> Removed:
        """Remove what is too old, pictures first, in short transactions."""
        engines = Engines(self._writers, self._readers)
        removed = expire(engines, self._images.folder, retention, at)
        self._shared.sweep()
        rewrite = bool(removed.rows) if retention.rewrite is None else retention.rewrite
        return replace(removed, complete=self._scrub(rewrite=rewrite))

    def erase(self, text: str, at: datetime) -> Removed:
        """Leave no trace of a plate."""
        key = key_of(text)
        with transaction(self._readers) as connection:
            found = mentions.search(connection, key, mention_of(key))
            words = erasure.spellings(connection, key)
        with transaction(self._writers) as connection:
            rows, pictures = erasure.erase(connection, key, found, self._images.folder)
        return Removed(rows, pictures, self._scrub(words))

    def about(self, text: str) -> Held:
        """Return everything that is held on a plate."""
        with transaction(self._readers) as connection:
            return erasure.about(connection, key_of(text))

    def check(self) -> None:
        """Return when the store answers and can be written to."""
        with transaction(self._writers) as connection:
            connection.execute(select(settings).limit(1))

    def close(self) -> None:
        """Give the connections back."""
        self._shared.close()
        self._readers.dispose()
        self._writers.dispose()
        if self._content:
            self._content.close()

    def _scrub(self, words: Collection[str] = (), *, rewrite: bool = False) -> bool:
        """Clear the files of what was deleted; tell whether that was possible."""
        if self._content is None:
            scrub.vacuum(self._writers)
            return True
        clean = scrub.checkpoint(self._writers)
        if rewrite or self._content.holds(words):
            scrub.rewrite(self._writers)
            clean = scrub.checkpoint(self._writers)
        return clean
