"""Indexes for searches by how a text begins and how it ends."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the indexes; reads can be searched meanwhile, not kept."""
    ends = {"head": "substr(normalised, 1, 2)", "tail": "substr(normalised, length(normalised) - 2)"}
    for name, end in ends.items():
        op.create_index(f"ix_reads_{name}", "reads", [sa.text(end), "captured_at", "id", "normalised"])
