"""Reads in any number, a page at a time: a slow receiver holds no transaction open."""

from collections.abc import Iterator
from dataclasses import replace

from platewise.store.protocol import Store
from platewise.store.queries import MOST, ReadQuery
from platewise.store.records import ReadRecord


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
