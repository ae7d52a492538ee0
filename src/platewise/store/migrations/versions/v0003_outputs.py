"""Outputs; deliveries know the plate they are about, and may be given up."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table and the columns; what waits already keeps no order."""
    op.create_table(
        "outputs",
        *(
            sa.Column(name, WORDS, nullable=False)
            for name in ("name", "kind", "options", "events", "disabled")
        ),
        sa.PrimaryKeyConstraint("name", name="pk_outputs"),
    )
    op.add_column("outbox", sa.Column("subject", WORDS, nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("dead_at", sa.BigInteger(), nullable=True))
    op.drop_index("ix_outbox_due_at", "outbox")
    for columns in (
        ("dead_at", "due_at", "output"),
        ("output", "dead_at", "id", "due_at"),
        ("output", "dead_at", "subject", "id"),
    ):
        op.create_index("_".join(("ix_outbox", *columns)), "outbox", list(columns))
