"""The tables of what is sent: outputs, and the deliveries to them."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table

from platewise.store.sql.columns import Instant, Json, Number, Words
from platewise.store.sql.schema import metadata

outbox = Table(
    "outbox",
    metadata,
    Column("id", Number, primary_key=True),
    Column("event_id", Number, ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
    Column("output", Words, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("error", Words, nullable=False),
    Column("subject", Words, nullable=False, server_default=""),  # the plate: its deliveries keep their order
    Column("dead_at", Instant),
    Index(None, "dead_at", "due_at", "output"),
    Index(None, "output", "dead_at", "id", "due_at"),
    Index(None, "output", "dead_at", "subject", "id"),
    Index(None, "event_id"),
    sqlite_autoincrement=True,
)
outputs = Table(
    "outputs",
    metadata,
    Column("name", Words, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("options", Json, nullable=False),
    Column("events", Json, nullable=False),
    Column("disabled", Words, nullable=False),
)
