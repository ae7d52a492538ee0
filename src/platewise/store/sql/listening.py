"""The bell of a PostgreSQL: a connection that listens, so that what one server writes wakes all."""

import logging
import threading
from typing import Any

from sqlalchemy import URL, NullPool, create_engine
from sqlalchemy.exc import SQLAlchemyError

from platewise.store.bell import Bell

log = logging.getLogger(__name__)
CHANNEL = "platewise_events"
_MOMENT, _AGAIN = 0.5, 2.0
"""Seconds after which it looks whether to stop; and until it listens again where the connection was lost."""
_ALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "connect_timeout": 10}


class ListeningBell(Bell):
    """Rings at every NOTIFY. While the connection is lost it does not listen, and all look for themselves."""

    def __init__(self, address: URL) -> None:
        """Begin to listen."""
        super().__init__(listens=False)
        self._engine = create_engine(
            address, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=_ALIVE
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bell", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._stop.set()
        self._thread.join()
        self._engine.dispose()

    def _run(self) -> None:
        from psycopg import Error

        while not self._stop.is_set():
            try:
                self._listen()
            except (SQLAlchemyError, Error) as error:
                log.warning("the database does not tell of events for now: %s", type(error).__name__)
            self.listens = False
            self._stop.wait(_AGAIN)

    def _listen(self) -> None:
        with self._engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            raw.execute(f"LISTEN {CHANNEL}")
            self.listens = True
            self.ring()  # what was told meanwhile was not heard
            while not self._stop.is_set():
                for _ in raw.notifies(timeout=_MOMENT, stop_after=1):
                    self.ring()
