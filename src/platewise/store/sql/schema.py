"""The tables. A change here needs a migration; a test compares both. How some lie in parts: ``months.py``."""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)

from platewise.store.sql.columns import Instant, Json, Number, Words

FIRST_TWO = "substr(normalised, 1, 2)"
LAST_THREE = "substr(normalised, length(normalised) - 2)"
"""Of texts, as two indexes name them: a search that does not spell them so uses neither."""
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *items: Any) -> Table:
    """Return a table whose numbers are never given twice."""
    return Table(name, metadata, *items, sqlite_autoincrement=any(_is_number(item) for item in items))


def _id() -> Column[int]:
    return Column("id", Number, primary_key=True)


def _is_number(item: Any) -> bool:
    return isinstance(item, Column) and item.name == "id"


def _word(name: str, *constraints: Any, null: bool = False, key: bool = False) -> Column[str]:
    return Column(name, Words, *constraints, nullable=null, primary_key=key)


def _at(name: str = "at", *, null: bool = False) -> Column[Any]:
    return Column(name, Instant, nullable=null)


def _of(name: str, target: str, on_delete: str, null: bool = True) -> Column[int]:
    return Column(name, Number, ForeignKey(target, ondelete=on_delete), nullable=null)


def _plate() -> list[Column[Any]]:
    return [_word("display"), _word("normalised"), _word("folded"), _word("region", null=True)]


images = _table(
    "images",
    _word("key", key=True),
    _word("kind"),
    Column("size", Number, nullable=False),
    _at("created_at"),
    Index(None, "created_at", "size"),
)
frames = _table(
    "frames",
    _id(),
    _at("captured_at"),
    _at("received_at"),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    _word("camera", null=True),
    _word("name", null=True),
    _word("image", ForeignKey("images.key", ondelete="SET NULL"), null=True),
    Index(None, "captured_at"),
    Index(None, "image"),
)
reads = _table(
    "reads",
    _id(),
    _of("frame_id", "frames.id", "CASCADE", null=False),
    _at("captured_at"),
    _word("camera", null=True),
    _word("raw"),
    *_plate(),
    Column("confidence", Float, nullable=False),
    Column("detection_confidence", Float, nullable=False),
    Column("characters", Json, nullable=False),
    Column("quad", Json, nullable=False),
    Column("explain", Json, nullable=False),
    _word("state"),
    _word("pipeline"),
    _word("model"),
    _word("crop", ForeignKey("images.key", ondelete="SET NULL"), null=True),
    Column("lattice", LargeBinary),
    Index(None, "captured_at", "id", "normalised"),
    Index(None, "normalised", "captured_at", "id"),
    Index("ix_reads_head", text(FIRST_TWO), "captured_at", "id", "normalised"),
    Index("ix_reads_tail", text(LAST_THREE), "captured_at", "id", "normalised"),
    Index(None, "folded", "captured_at", "id"),
    Index(None, "camera", "captured_at", "id"),
    Index(
        "ix_reads_reviewed",
        "state",
        "captured_at",
        "id",
        sqlite_where=text("state <> 'new'"),
        postgresql_where=text("state <> 'new'"),
    ),
    Index(None, "frame_id"),
    Index(None, "crop"),
)
reviews = _table(
    "reviews",
    _id(),
    _of("read_id", "reads.id", "CASCADE", null=False),
    _word("verdict"),
    _word("user"),
    _at(),
    _word("reason"),
    _word("before"),
    _word("after"),
    Index(None, "read_id"),
)
sightings = _table(
    "sightings",
    _id(),
    _word("key"),
    _at("seen_at"),
    *_plate(),
    Column("confidence", Float, nullable=False),
    _word("camera", null=True),
    _word("gate", null=True),
    _word("lane", null=True),
    _word("direction", null=True),
    _of("read_id", "reads.id", "SET NULL"),
    UniqueConstraint("key").ddl_if(dialect="sqlite"),  # on PostgreSQL each part has its own: months.py
    Index(None, "seen_at", "id"),
    Index(None, "normalised", "seen_at", "id"),
    Index(None, "read_id"),
)
events = _table(
    "events",
    _id(),
    _word("kind"),
    _at(),
    Column("payload", Json, nullable=False),
    _of("sighting_id", "sightings.id", "SET NULL"),
    Index(None, "at"),
    Index(None, "sighting_id"),
)
lots = _table(
    "lots",
    _word("name", key=True),
    _word("label"),
    Column("capacity", Integer, nullable=False),
    Column("policy", Json, nullable=False),
    _word("tariff"),
)
gates = _table(
    "gates",
    _word("name", key=True),
    _word("label"),
    _word("direction"),
    Column("options", Json, nullable=False),
    _word("lot", ForeignKey("lots.name"), null=True),
)
lanes = _table(
    "lanes",
    _word("name", key=True),
    _word("gate", ForeignKey("gates.name", ondelete="CASCADE")),
    _word("label"),
)
cameras = _table(
    "cameras",
    _word("name", key=True),
    _word("label"),
    _word("source"),
    _word("lane", ForeignKey("lanes.name", ondelete="SET NULL"), null=True),
    Column("enabled", Boolean, nullable=False),
    Column("options", Json, nullable=False),
)
settings = _table("settings", _word("name", key=True), _word("value"))
lists = _table("lists", _word("name", key=True), _word("kind"), _word("label"))
entries = _table(
    "entries",
    _id(),
    _word("list", ForeignKey("lists.name", ondelete="CASCADE")),
    _word("text"),
    _word("normalised"),
    _word("label"),
    _at("valid_from", null=True),
    _at("valid_until", null=True),
    _word("note"),
    UniqueConstraint("list", "normalised"),
    Index(None, "normalised"),
)
users = _table(
    "users",
    _word("name", key=True),
    _word("role"),
    _word("password"),
    _at("created_at"),
    Column("epoch", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
)
tokens = _table(
    "tokens",
    _id(),
    _word("name"),
    _word("digest"),
    Column("scopes", Json, nullable=False),
    _at("created_at"),
    _at("expires_at", null=True),
    _at("revoked_at", null=True),
    _at("used_at", null=True),
    _word("user", null=True),
    UniqueConstraint("digest"),
)
audit = _table(
    "audit",
    _id(),
    _at(),
    _word("user"),
    _word("action"),
    _word("subject"),
    _word("detail"),
    Index(None, "at", "id"),
)
answers = _table(
    "answers",
    _word("key", key=True),
    _word("digest"),
    Column("status", Integer, nullable=False),
    _word("content_type"),
    Column("body", LargeBinary, nullable=False),
    _at(),
    Index(None, "at"),
)
visits = _table(
    "visits",
    _id(),
    _word("key"),
    _word("lot", ForeignKey("lots.name", ondelete="CASCADE")),
    _word("state"),
    _at("begun"),
    _at("left", null=True),
    _at("lost_at", null=True),
    Column("margin", Float),
    Column("reviewed", Boolean, nullable=False),
    Column("entry", Json, nullable=False),
    _word("entry_text", null=True),
    _of("entry_read", "reads.id", "SET NULL"),
    Column("exit", Json, nullable=False),
    _word("exit_text", null=True),
    _of("exit_read", "reads.id", "SET NULL"),
    UniqueConstraint("key"),
    Index(None, "lot", "begun", "id"),
    Index(None, "lot", "state", "begun", "id"),
    Index(None, "lot", "left", "begun"),
    Index(None, "entry_text"),
    Index(None, "entry_read"),
    Index(None, "exit_text"),
    Index(None, "exit_read"),
)
passings = _table(
    "passings",
    _id(),
    _word("lot", ForeignKey("lots.name", ondelete="CASCADE")),
    _at("seen_at"),
    _word("text"),
    _of("read_id", "reads.id", "SET NULL"),
    _word("kind"),
    _word("first"),
    Column("sighting", Json, nullable=False),
    Index(None, "lot", "seen_at"),
    Index(None, "text"),
    Index(None, "read_id"),
)
payments = _table(
    "payments",
    _word("key", key=True),
    _word("visit", ForeignKey("visits.key", ondelete="CASCADE")),
    _at(),
    _word("amount"),
    _word("currency"),
    Index(None, "visit"),
)
