"""The stores of the tests, found in this folder's tests too."""

from stores import postgres_url, sqlite_template, store

__all__ = ["postgres_url", "sqlite_template", "store"]
