"""The Store in SQL: SQLAlchemy Core over SQLite or PostgreSQL."""
