"""Calls counted in PostgreSQL, for all servers together, by the database's clock.

These transactions are apart from those of the writers: they take a lock of the caller's own, and need not be
on the disk.
"""

from sqlalchemy import URL, Connection, create_engine, text

from platewise.store.sql.engine import PATIENCE_S, failures

_FORGET = 3600
"""Seconds after which what was counted for anybody is swept away."""
_TURN = text("SELECT pg_advisory_xact_lock(1, hashtext(:key))")
_NOW = text("SELECT extract(epoch FROM clock_timestamp())::float8")
_SINCE = text("SELECT second, count FROM calls WHERE key = :key AND second > :since ORDER BY second")
_COUNT = text(
    "INSERT INTO calls VALUES (:key, :second, :count)"
    " ON CONFLICT (key, second) DO UPDATE SET count = calls.count + :count"
)
_DROP = text("DELETE FROM calls WHERE key = :key AND second <= :since")
_SWEEP = text("DELETE FROM calls WHERE second < :since")


class SqlCalls:
    """The CallStore of a PostgreSQL database."""

    def __init__(self, address: URL) -> None:
        self._engine = create_engine(
            address,
            pool_size=2,
            max_overflow=8,
            pool_timeout=PATIENCE_S,
            pool_pre_ping=True,
            connect_args={
                "options": f"-c lock_timeout={PATIENCE_S}s -c synchronous_commit=off",
                "connect_timeout": PATIENCE_S,
            },
        )

    def take(self, key: str, most: int, seconds: int, count: int = 1) -> float:
        """Count calls, or return the seconds to wait."""
        with failures(), self._engine.begin() as connection:
            connection.execute(_TURN, {"key": key})
            return _take(connection, key, most, seconds, count)

    def sweep(self) -> None:
        """Remove what was counted long ago."""
        with failures(), self._engine.begin() as connection:
            now = float(connection.execute(_NOW).scalar_one())
            connection.execute(_SWEEP, {"since": int(now) - _FORGET})

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def _take(connection: Connection, key: str, most: int, seconds: int, calls: int) -> float:
    """Count calls in the second at hand; those of a second that began in the window are all within it."""
    now = float(connection.execute(_NOW).scalar_one())
    since = int(now) - seconds - 1
    counted = connection.execute(_SINCE, {"key": key, "since": since})
    rows = [(int(second), int(count)) for second, count in counted]
    too_many = sum(count for _, count in rows) + calls - most
    if too_many <= 0:
        connection.execute(_COUNT, {"key": key, "second": int(now), "count": calls})
        connection.execute(_DROP, {"key": key, "since": since})
        return 0.0
    for second, count in rows:
        too_many -= count
        if too_many <= 0:
            return second + 1 + seconds - now
    return float(seconds)  # nothing is ever let in
