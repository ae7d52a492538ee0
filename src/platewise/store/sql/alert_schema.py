"""The tables of alerts, of calibrations, and of how outputs fare."""

from sqlalchemy import Column, ForeignKey, Index, Table

from platewise.store.sql.columns import Instant, Number, Words
from platewise.store.sql.schema import metadata

alerts = Table(
    "alerts",
    metadata,
    Column("event_id", Number, ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
    Column("list", Words, nullable=False),
    Column("plate", Words, nullable=False),
    Column("place", Words, nullable=False),
    Column("at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", Words),
    Index(None, "at", "event_id"),
    Index(None, "acknowledged_at", "at", "event_id"),
    Index(None, "plate", "list", "place", "last_at"),
)
calibrations = Table(
    "calibrations",
    metadata,
    Column("id", Number, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("user", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("withdrawn_at", Instant),
    sqlite_autoincrement=True,
)
output_states = Table(
    "output_states",
    metadata,
    Column("name", Words, primary_key=True),
    Column("sent_at", Instant),
    Column("failed_at", Instant),
    Column("error", Words, nullable=False, server_default=""),
)
