"""Reads and sightings in any number, a page at a time: a slow receiver holds no transaction open."""

from collections.abc import Iterator
from dataclasses import replace

from platewise.store.protocol import Store
from platewise.store.queries import MOST, ReadQuery, SightingQuery
from platewise.store.records import ReadRecord, SightingRecord


def export(store: Store, query: ReadQuery) -> Iterator[ReadRecord]:
    """Yield all reads of a query, newest first, whatever its limit; those that come meanwhile are not met."""
    query = replace(query, limit=MOST)
    while True:
        with store.reading() as unit:
            page = unit.reads.find(query)
        yield from page.items
        if page.next is None:
            return
        query = replace(query, cursor=page.next)


def sightings(store: Store, query: SightingQuery) -> Iterator[tuple[SightingRecord, ReadRecord | None]]:
    """Yield all sightings of a query, newest first, each with the read that shows it best."""
    query = replace(query, limit=MOST)
    while True:
        with store.reading() as unit:
            page = unit.sightings.find(query)
            shown = [(one, unit.reads.get(one.read) if one.read else None) for one in page.items]
        yield from shown
        if page.next is None:
            return
        query = replace(query, cursor=page.next)
