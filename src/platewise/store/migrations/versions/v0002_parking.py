"""Car parks: lots, visits, passings of late, payments; and one car park that a telephone's pictures fill."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables and, as far as the names are free, the first car park with its gate."""
    _lots()
    _gates()
    _visits()
    _passings()
    _payments()
    _first()


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, WORDS, nullable=False) for name in names]


def _of(table: str, column: str, target: str, on_delete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}", ondelete=on_delete)


def _index(table: str, *columns: str) -> None:
    op.create_index("_".join(("ix", table, *columns)), table, list(columns))


def _lots() -> None:
    op.create_table(
        "lots",
        *_words("name", "label"),
        sa.Column("capacity", sa.Integer(), nullable=False),
        *_words("policy", "tariff"),
        sa.PrimaryKeyConstraint("name", name="pk_lots"),
    )


def _gates() -> None:
    """Add a column in words that both databases know: SQLite adds a foreign key only with its column."""
    kind = 'TEXT COLLATE "C"' if op.get_bind().dialect.name == "postgresql" else "TEXT"
    op.execute(f"ALTER TABLE gates ADD COLUMN lot {kind} CONSTRAINT fk_gates_lot REFERENCES lots (name)")


def _visits() -> None:
    op.create_table(
        "visits",
        sa.Column("id", NUMBER, nullable=False),
        *_words("key", "lot", "state"),
        sa.Column("begun", sa.BigInteger(), nullable=False),
        sa.Column("left", sa.BigInteger(), nullable=True),
        sa.Column("lost_at", sa.BigInteger(), nullable=True),
        sa.Column("margin", sa.Float(), nullable=True),
        sa.Column("reviewed", sa.Boolean(), nullable=False),
        *_words("entry"),
        sa.Column("entry_text", WORDS, nullable=True),
        sa.Column("entry_read", NUMBER, nullable=True),
        *_words("exit"),
        sa.Column("exit_text", WORDS, nullable=True),
        sa.Column("exit_read", NUMBER, nullable=True),
        _of("visits", "lot", "lots.name", "CASCADE"),
        _of("visits", "entry_read", "reads.id", "SET NULL"),
        _of("visits", "exit_read", "reads.id", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
        sa.UniqueConstraint("key", name="uq_visits_key"),
        sqlite_autoincrement=True,
    )
    _index("visits", "lot", "begun", "id")
    _index("visits", "lot", "state", "begun", "id")
    _index("visits", "lot", "left", "begun")
    for column in ("entry_text", "entry_read", "exit_text", "exit_read"):
        _index("visits", column)


def _passings() -> None:
    op.create_table(
        "passings",
        sa.Column("id", NUMBER, nullable=False),
        *_words("lot"),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        *_words("text"),
        sa.Column("read_id", NUMBER, nullable=True),
        *_words("kind", "first", "sighting"),
        _of("passings", "lot", "lots.name", "CASCADE"),
        _of("passings", "read_id", "reads.id", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_passings"),
        sqlite_autoincrement=True,
    )
    _index("passings", "lot", "seen_at")
    for column in ("text", "read_id"):
        _index("passings", column)


def _payments() -> None:
    op.create_table(
        "payments",
        *_words("key", "visit"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *_words("amount", "currency"),
        _of("payments", "visit", "visits.key", "CASCADE"),
        sa.PrimaryKeyConstraint("key", name="pk_payments"),
    )
    _index("payments", "visit")


def _first() -> None:
    """Add the rows, each where its name is free: an existing gate 'main' stays without a car park."""
    _add("lots", {"name": "main", "label": "", "capacity": 100, "policy": "{}", "tariff": ""})
    _add("gates", {"name": "main", "label": "", "direction": "both", "options": "{}", "lot": "main"})
    _add("lanes", {"name": "main", "gate": "main", "label": ""})
    camera = {"name": "telegram", "label": "", "source": "", "lane": "main", "options": "{}"}
    _add("cameras", {**camera, "enabled": True})


def _add(table: str, values: dict[str, object]) -> None:
    rows = sa.table(table, *(sa.column(name) for name in values))
    there = sa.select(rows.c.name).where(rows.c.name == values["name"])
    if op.get_bind().execute(there).first() is None:
        op.get_bind().execute(sa.insert(rows).values(values))
