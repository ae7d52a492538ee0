"""What a database does for all processes that share it: tells them of events, and counts their calls."""

from threading import Lock

from sqlalchemy import URL

from platewise.store.bell import Bell
from platewise.store.sql.calls import SqlCalls
from platewise.store.sql.listening import ListeningBell


class Shared:
    """The bell and the counts of one database. It listens from the first wait on."""

    def __init__(self, address: URL) -> None:
        self._address, self._lock = address, Lock()
        self._server = address.get_backend_name() == "postgresql"
        self._bell: Bell | None = None
        self.calls = SqlCalls(address) if self._server else None

    @property
    def bell(self) -> Bell:
        """The bell; that of a file rings for what this process writes."""
        with self._lock:
            if self._bell is None:
                self._bell = ListeningBell(self._address) if self._server else Bell(listens=False)
            return self._bell

    def written(self) -> None:
        """Ring for a unit of this process, where the database does not tell by itself."""
        if self._bell and not self._server:
            self._bell.ring()

    def sweep(self) -> None:
        """Remove counts that are too old to matter."""
        if self.calls:
            self.calls.sweep()

    def close(self) -> None:
        """Give the connections back."""
        if isinstance(self._bell, ListeningBell):
            self._bell.close()
        if self.calls:
            self.calls.close()
