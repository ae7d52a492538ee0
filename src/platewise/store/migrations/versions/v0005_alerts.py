"""Alerts, calibrations, and how outputs fare."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "alerts",
        sa.Column("event_id", NUMBER, nullable=False),
        *(sa.Column(name, WORDS, nullable=False) for name in ("list", "plate", "place")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("at", "last_at")),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", WORDS, nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_alerts_event_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("event_id", name="pk_alerts"),
    )
    for columns in (
        ("at", "event_id"),
        ("acknowledged_at", "at", "event_id"),
        ("plate", "list", "place", "last_at"),
    ):
        op.create_index("_".join(("ix_alerts", *columns)), "alerts", list(columns))
    op.create_table(
        "calibrations",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("user", WORDS, nullable=False),
        sa.Column("text", WORDS, nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_calibrations"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "output_states",
        sa.Column("name", WORDS, nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("failed_at", sa.BigInteger(), nullable=True),
        sa.Column("error", WORDS, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("name", name="pk_output_states"),
    )
