"""Toll roads: sites, passages with their views, journeys, mismatches."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    _sites()
    _journeys()
    _passages()
    _views()
    _mismatches()


def _id() -> sa.Column[int]:
    return sa.Column("id", NUMBER, nullable=False)


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, WORDS, nullable=False) for name in names]


def _times(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _shares(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Float(), nullable=False) for name in names]


def _of(table: str, column: str, target: str, on_delete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}", ondelete=on_delete)


def _index(table: str, *columns: str) -> None:
    op.create_index("_".join(("ix", table, *columns)), table, list(columns))


def _sites() -> None:
    op.create_table(
        "sites",
        _id(),
        *_times("at"),
        *_words("user", "toml"),
        sa.PrimaryKeyConstraint("id", name="pk_sites"),
        sqlite_autoincrement=True,
    )


def _journeys() -> None:
    op.create_table(
        "journeys",
        _id(),
        *_words("plate", "gates", "first", "last", "state"),
        *_times("since", "until", "over_at"),
        sa.Column("final", sa.Boolean(), nullable=False),
        *_shares("probability"),
        sa.Column("margin", sa.Float(), nullable=True),
        *_shares("paired", "began", "done"),
        *_words("speed", "vehicle", "receipt", "look", "verdict"),
        sa.PrimaryKeyConstraint("id", name="pk_journeys"),
        sqlite_autoincrement=True,
    )
    for column in ("plate", "state", "look"):
        _index("journeys", column, "since", "id")
    _index("journeys", "since", "id")
    _index("journeys", "until")


def _passages() -> None:
    op.create_table(
        "passages",
        _id(),
        *_words("gate"),
        *_times("at"),
        *_words("text", "told"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("journey_id", NUMBER, nullable=True),
        _of("passages", "journey_id", "journeys.id", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_passages"),
        sqlite_autoincrement=True,
    )
    for column in ("gate", "text"):
        _index("passages", column, "at", "id")
    for columns in (("at", "id"), ("settled", "at"), ("journey_id",)):
        _index("passages", *columns)


def _views() -> None:
    op.create_table(
        "views",
        _id(),
        sa.Column("passage_id", NUMBER, nullable=False),
        *_words("key", "gate", "camera"),
        *_times("at"),
        *_words("text"),
        sa.Column("read_id", NUMBER, nullable=True),
        *_words("sighting"),
        _of("views", "passage_id", "passages.id", "CASCADE"),
        _of("views", "read_id", "reads.id", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_views"),
        sa.UniqueConstraint("key", name="uq_views_key"),
        sqlite_autoincrement=True,
    )
    for columns in (("passage_id",), ("gate", "at"), ("text",), ("read_id",)):
        _index("views", *columns)


def _mismatches() -> None:
    op.create_table(
        "mismatches",
        _id(),
        *_times("at"),
        *_words("gate"),
        sa.Column("front", NUMBER, nullable=False),
        sa.Column("rear", NUMBER, nullable=False),
        *_words("verdict"),
        _of("mismatches", "front", "passages.id", "CASCADE"),
        _of("mismatches", "rear", "passages.id", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_mismatches"),
        sa.UniqueConstraint("front", "rear", name="uq_mismatches_front_rear"),
        sqlite_autoincrement=True,
    )
    _index("mismatches", "at", "id")
    _index("mismatches", "rear")
