"""Answers that are too long for one piece."""

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
