"""The tables of the Store in dicts, and what its parts share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Protocol, TypeVar

from platewise.errors import InputError, StoreError
from platewise.store.instants import to_micros
from platewise.store.matching import check_limit, cursor_of, place_of
from platewise.store.queries import Page
from platewise.store.records import StoredImage
from platewise.store.site import Answer, Token

R = TypeVar("R")


class Numbered(Protocol):
    """A record that the store numbered."""

    @property
    def id(self) -> int:
        """Its number."""


N = TypeVar("N", bound=Numbered)


@dataclass(frozen=True, slots=True)
class KeptImage:
    """A picture and when the newest frame came that names it."""

    image: StoredImage
    created_at: datetime


@dataclass(frozen=True, slots=True)
class KeptToken:
    """A token and its hash."""

    token: Token
    digest: str


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer, the digest of its request, and when it was given."""

    answer: Answer
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of the Settings page."""

    name: str
    value: str


class Tables:
    """Records by their type and key. A writer works on its own copy, so readers see one moment."""

    def __init__(self) -> None:
        self._rows: dict[type, dict[Any, Any]] = {}
        self._last: dict[type, int] = {}
        self._writable = False

    def copy(self) -> "Tables":
        """Return tables that may be changed."""
        twin = Tables()
        twin._rows = {kind: dict(rows) for kind, rows in self._rows.items()}
        twin._last = dict(self._last)
        twin._writable = True
        return twin

    def seal(self) -> "Tables":
        """Return these tables, from now on unchangeable."""
        self._writable = False
        return self

    def all(self, kind: type[R]) -> Mapping[Any, R]:
        """Return the records of a type by key."""
        return self._rows.get(kind, {})

    def number(self, kind: type) -> int:
        """Return a number that was never given to a record of this type."""
        self._refuse_when_sealed()
        self._last[kind] = self._last.get(kind, 0) + 1
        return self._last[kind]

    def put(self, key: Any, record: object) -> None:
        """Keep or replace a record; what a database cannot store is an ``InputError`` here too."""
        self._refuse_when_sealed()
        check(record)
        self._rows.setdefault(type(record), {})[key] = record

    def drop(self, kind: type, key: Any) -> bool:
        """Remove a record; tell whether it was there."""
        self._refuse_when_sealed()
        return self._rows.get(kind, {}).pop(key, None) is not None

    def _refuse_when_sealed(self) -> None:
        if not self._writable:
            raise StoreError("this unit only reads")


def check(record: object) -> None:
    """Refuse a record or a query that a database would refuse."""
    for value in (getattr(record, field.name) for field in fields(record)):  # type: ignore[arg-type]
        if isinstance(value, datetime):
            to_micros(value)
        if isinstance(value, str) and any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value):
            raise InputError("a text holds a character that cannot be stored")


def by_name(records: Iterable[R]) -> tuple[R, ...]:
    """Return records in the order of their names."""
    return tuple(sorted(records, key=lambda record: str(record.name)))  # type: ignore[attr-defined]


def within(time: datetime, since: datetime | None, until: datetime | None) -> bool:
    """Tell whether ``since <= time < until``, as far as given."""
    at = to_micros(time)
    return (since is None or to_micros(since) <= at) and (until is None or at < to_micros(until))


def newest_first(
    records: Iterable[N], time: Callable[[N], datetime], limit: int, cursor: str | None
) -> Page[N]:
    """Return one page of records, newest first."""
    check_limit(limit)
    places = {(to_micros(time(record)), record.id): record for record in records}
    after = None if cursor is None else place_of(cursor)
    order = sorted((place for place in places if after is None or place < after), reverse=True)
    more = cursor_of(*order[limit - 1]) if len(order) > limit else None
    return Page(tuple(places[place] for place in order[:limit]), more)
