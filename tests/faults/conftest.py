"""The databases of the contract tests, found in this folder's tests too."""

from stores import database_url, postgres_url, sqlite_template

__all__ = ["database_url", "postgres_url", "sqlite_template"]
