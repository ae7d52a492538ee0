"""Column types that mean the same in SQLite and PostgreSQL."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from platewise.errors import InputError
from platewise.store.instants import from_micros, to_micros

Number = BigInteger().with_variant(Integer, "sqlite")
"""64 bits; SQLite numbers rows by itself only where the type is called INTEGER."""
CodePoints = Text().with_variant(Text(collation="C"), "postgresql")
"""Text in the order of code points, whatever language the server speaks."""


class Words(TypeDecorator[str]):
    """Text. What PostgreSQL cannot keep, NUL and half of a surrogate pair, is refused everywhere."""

    impl = CodePoints
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text, checked."""
        if value is not None and ("\0" in value or not _encodable(value)):
            raise InputError("a text holds a character that cannot be stored")
        return value


class Instant(TypeDecorator[datetime]):
    """An aware time, kept as whole microseconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return the microseconds."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the time."""
        return None if value is None else from_micros(value)


class Json(TypeDecorator[Any]):
    """Plain values as JSON text, with every letter as itself, so that a plate in it can be found."""

    impl = CodePoints
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """Return the JSON text."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Return the values."""
        return None if value is None else json.loads(value)


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
