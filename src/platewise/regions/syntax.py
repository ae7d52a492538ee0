"""The grammar of one plate series.

A **pattern** is one string, the plate as people write it::

    L D A C ...   a slot: one sign of the class with that letter (classes below, or the series' own)
    <county>      a word: one of the series' list of that name (all of one length)
    {EG}          literal signs
    space - . ·   separators: drawn and shown, never part of the normalised text
    |             the place of a seal, crest or sticker: drawn, never text
    /             a new line on the plate (shown as a space)

>>> Pattern.parse("LLDD LLL").display("AB12CDE")
'AB12 CDE'
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeVar

from platewise.core.plate import DIGITS, LETTERS, PROVINCES

T = TypeVar("T")

CLASSES: Mapping[str, str] = {
    "L": LETTERS,
    "D": DIGITS,
    "N": "123456789",
    "A": LETTERS + DIGITS,
    "P": PROVINCES,
}
"""Slot classes every series knows: letter, digit, digit but 0, letter or digit, Chinese province."""
SEPARATORS = " -.·/|"
SILENT = "|"


class Chooser(Protocol):
    """The one method of ``random.Random`` that drawing a text needs."""

    def choice(self, items: Sequence[T], /) -> T:
        """Return one of the items."""


@dataclass(frozen=True)
class Slot:
    """One or more signs: any of ``options``, strings of one common length."""

    options: tuple[str, ...]

    @cached_property
    def width(self) -> int:
        """Signs that the slot takes."""
        return len(self.options[0])

    @cached_property
    def legal(self) -> frozenset[str]:
        """The options as a set."""
        return frozenset(self.options)


@dataclass(frozen=True)
class Pattern:
    """A parsed pattern: slots and separators in order."""

    source: str
    items: tuple[Slot | str, ...]

    @classmethod
    def parse(
        cls,
        source: str,
        classes: Mapping[str, str] | None = None,
        words: Mapping[str, Sequence[str]] | None = None,
    ) -> "Pattern":
        """Return the pattern; ValueError names what is wrong in ``source``."""
        known, lists = {**CLASSES, **(classes or {})}, words or {}
        items: list[Slot | str] = []
        i = 0
        while i < len(source):
            c = source[i]
            if c in SEPARATORS:
                items.append(c)
            elif c in "<{":
                end = source.index(">" if c == "<" else "}", i)
                items.append(_named(source[i + 1 : end], lists) if c == "<" else Slot((source[i + 1 : end],)))
                i = end
            elif c in known:
                items.append(Slot(tuple(known[c])))
            else:
                raise ValueError(f"pattern {source!r}: no class {c!r}")
            i += 1
        return cls(source, tuple(items))

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """The slots alone, without separators."""
        return tuple(item for item in self.items if isinstance(item, Slot))

    @cached_property
    def length(self) -> int:
        """Signs of a text of this pattern."""
        return sum(slot.width for slot in self.slots)

    @property
    def lines(self) -> int:
        """Lines on the plate."""
        return 1 + self.items.count("/")

    def draw(self, rng: Chooser) -> str:
        """Return a random text **with** its separators, as it is to be painted."""
        return "".join(item if isinstance(item, str) else rng.choice(item.options) for item in self.items)

    def matches(self, text: str) -> bool:
        """Tell whether the normalised text is legal under this pattern."""
        if len(text) != self.length:
            return False
        at = 0
        for slot in self.slots:
            if text[at : at + slot.width] not in slot.legal:
                return False
            at += slot.width
        return True

    def display(self, text: str) -> str | None:
        """Return the normalised text with this pattern's separators, or None when it does not match."""
        if not self.matches(text):
            return None
        out, at = [], 0
        for item in self.items:
            if isinstance(item, Slot):
                out.append(text[at : at + item.width])
                at += item.width
            elif item not in SILENT:
                out.append(" " if item == "/" else item)
        return " ".join("".join(out).split())


def _named(name: str, lists: Mapping[str, Sequence[str]]) -> Slot:
    options = tuple(lists.get(name, ()))
    if not options or len({len(o) for o in options}) != 1:
        raise ValueError(f"word list {name!r} must exist and hold words of one length")
    return Slot(options)
