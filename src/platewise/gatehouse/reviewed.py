"""Reads that a person has judged: what was read at first, beside what was right."""

from collections.abc import Iterator
from typing import NamedTuple

from platewise.core.plate import normalise
from platewise.store.export import export
from platewise.store.protocol import Store
from platewise.store.queries import ReadQuery
from platewise.store.records import ReadRecord, State

STATES: tuple[State, ...] = ("accepted", "corrected", "rejected")


class Judged(NamedTuple):
    """A read as it is known now, the normalised text that it had at first, and the right one.

    ``read`` is empty where no text was read, ``right`` where it was rejected: there is no plate, or nobody
    could read it.
    """

    record: ReadRecord
    read: str
    right: str

    @property
    def was_right(self) -> bool:
        """Whether the text that was read at first is the right one."""
        return bool(self.read) and self.read == self.right


def reviewed(store: Store, query: ReadQuery) -> Iterator[Judged]:
    """Yield the judged reads of a query, newest first, whatever states it names."""
    for record in export(store, query):
        if record.state in STATES:
            with store.reading() as unit:
                reviews = unit.reads.reviews(record.id)
            first = normalise(reviews[0].before) if reviews else record.normalised
            yield Judged(record, first, record.normalised if record.state != "rejected" else "")
