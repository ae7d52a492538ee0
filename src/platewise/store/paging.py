"""Answers that are too long for one piece."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
MOST = 500
"""The longest page."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, and the ``cursor`` of the page after it; None at the end."""

    items: tuple[T, ...]
    next: str | None = None


def each(find: Callable[[str | None], Page[T]]) -> Iterator[T]:
    """Yield the items of one page after the other; ``find`` returns that of a cursor, the first of None."""
    cursor: str | None = None
    while True:
        page = find(cursor)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return
