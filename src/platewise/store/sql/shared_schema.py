"""The tables of what several processes share: leases, parts of runs, counts of calls."""

from sqlalchemy import BigInteger, Column, Integer, Table

from platewise.store.sql.columns import Instant, Words
from platewise.store.sql.schema import metadata

leases = Table(
    "leases",
    metadata,
    Column("name", Words, primary_key=True),
    Column("holder", Words, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("until", Instant, nullable=False),
)
run_parts = Table(
    "run_parts",
    metadata,
    Column("run", Words, primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
)
calls = Table(
    "calls",
    metadata,
    Column("key", Words, primary_key=True),
    Column("second", BigInteger, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
)
