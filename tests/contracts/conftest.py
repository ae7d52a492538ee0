"""The stores of the tests, found in this folder's tests."""

from stores import database_url, postgres_url, sqlite_template, store

__all__ = ["database_url", "postgres_url", "sqlite_template", "store"]
