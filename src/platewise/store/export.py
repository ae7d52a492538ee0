"""Records in any number, a page at a time: a slow receiver holds no transaction open."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from platewise.store import paging
from platewise.store.protocol import Store, Unit
from platewise.store.queries import MOST, Page, ReadQuery, SightingQuery
from platewise.store.records import ReadRecord, SightingRecord

T = TypeVar("T")


def each(store: Store, find: Callable[[Unit, str | None], Page[T]]) -> Iterator[T]:
    """Yield the items of one page after the other, each found in a unit of its own, as ``paging.each``."""

    def page(cursor: str | None) -> Page[T]:
        """Return the page of a cursor."""
        with store.reading() as unit:
            return find(unit, cursor)

    return paging.each(page)


def export(store: Store, query: ReadQuery) -> Iterator[ReadRecord]:
    """Yield all reads of a query, newest first, whatever its limit; those that come meanwhile are not met."""
    return each(store, lambda unit, cursor: unit.reads.find(replace(query, limit=MOST, cursor=cursor)))


def sightings(store: Store, query: SightingQuery) -> Iterator[tuple[SightingRecord, ReadRecord | None]]:
    """Yield all sightings of a query, newest first, each with the read that shows it best."""

    def find(unit: Unit, cursor: str | None) -> Page[tuple[SightingRecord, ReadRecord | None]]:
        """Return a page of sightings with their reads."""
        page = unit.sightings.find(replace(query, limit=MOST, cursor=cursor))
        shown = [(one, unit.reads.get(one.read) if one.read else None) for one in page.items]
        return Page(tuple(shown), page.next)

    return each(store, find)
