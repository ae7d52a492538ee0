"""On PostgreSQL frames, reads and sightings become partitioned tables; what there is lies in the first part.

The parts are spans of numbers: see ``store/sql/months.py``, which makes those of the months.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

PLAIN = 10**11
"""Numbers below this tell no month."""
TABLES = ("frames", "reads", "sightings")
INDEXES = """
    SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS words FROM pg_index
    WHERE indrelid = to_regclass(:table) AND NOT indisunique
"""
FOREIGN = """
    SELECT conrelid::regclass::text AS holder, conname AS name, pg_get_constraintdef(oid) AS words
    FROM pg_constraint WHERE contype = 'f'
    AND ARRAY[conrelid::regclass::text, confrelid::regclass::text] && CAST(:tables AS text[])
"""


def upgrade() -> None:
    """Part the tables; then all that names their rows is checked anew.

    The words of indexes and foreign keys name the tables, so after the renaming they mean the new ones.
    """
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        return
    foreign = bind.execute(sa.text(FOREIGN), {"tables": list(TABLES)}).all()
    for key in foreign:
        op.execute(f"ALTER TABLE {key.holder} DROP CONSTRAINT {key.name}")
    for table in TABLES:
        _part(table)
    for key in foreign:
        op.execute(f"ALTER TABLE {key.holder} ADD CONSTRAINT {key.name} {key.words}")


def _part(table: str) -> None:
    """Make a partitioned table with the indexes of the table, and the table its first part."""
    indexes = op.get_bind().execute(sa.text(INDEXES), {"table": table}).all()
    for index in indexes:
        op.execute(f"ALTER INDEX {index.name} RENAME TO {index.name}_rest")
    op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT pk_{table} TO pk_{table}_rest")
    op.execute(f"ALTER TABLE {table} RENAME TO {table}_rest")
    op.execute(f"CREATE TABLE {table} (LIKE {table}_rest INCLUDING DEFAULTS) PARTITION BY RANGE (id)")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT pk_{table} PRIMARY KEY (id)")
    for index in indexes:
        op.execute(index.words)
    op.execute(f"ALTER SEQUENCE {table}_id_seq OWNED BY {table}.id")
    op.execute(f"ALTER TABLE {table} ATTACH PARTITION {table}_rest FOR VALUES FROM (MINVALUE) TO ({PLAIN})")
