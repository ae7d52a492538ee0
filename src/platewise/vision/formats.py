"""The formats of the chosen regions as index tables, so that a lattice is held against all of them at once.

Every pattern, and one *free* pattern a length that allows any sign (so that no foreign plate is ever lost),
is a row of ``MAX_SIGNS`` **units**. A unit is the set of classes legal at one position; past the end of a
pattern that is the empty slot alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from platewise.core.lattice import EMPTY
from platewise.core.plate import MAX_SIGNS, SIGNS
from platewise.regions.library import Region
from platewise.regions.syntax import Pattern, Slot

CLASS = {sign: 1 + i for i, sign in enumerate(SIGNS)}
"""The recogniser's class of each sign."""
CLASSES = 1 + len(SIGNS)
FREE = MAX_SIGNS + 1
"""The first rows are the free patterns of 0 to MAX_SIGNS signs."""
GENERIC = "generic"
"""The region file that stands for all countries without one: it weighs in the prior, but is no answer."""

Unit: TypeAlias = frozenset[int]
_ANY: Unit = frozenset(CLASS.values())
_END: Unit = frozenset((EMPTY,))


@dataclass(frozen=True)
class Words:
    """A slot of words that starts at ``at``: the words, and their classes ``(words, width) int64``."""

    at: int
    options: tuple[str, ...]
    classes: npt.NDArray[np.int64]

    @cached_property
    def legal(self) -> frozenset[str]:
        """The words as a set."""
        return frozenset(self.options)

    def has(self, text: str) -> bool:
        """Tell whether one of the words stands at its place in a text."""
        return text[self.at : self.at + len(self.options[0])] in self.legal


class Formats:
    """The tables; build once, use from any thread.

    ``units (P, MAX_SIGNS) int64`` rows of ``legal (U, K) bool``; ``gains (P, R) float32`` how strongly a
    pattern speaks for a region (0: the region does not have it); ``words`` the word slots of a row.
    """

    def __init__(self, regions: Sequence[Region], specificity: float = 0.0, rarity: float = 0.0) -> None:
        """Build the tables; ``specificity`` and ``rarity`` as in ``LatticeTuning``."""
        self.regions = tuple(regions)
        owned = _patterns(self.regions)
        self._patterns = [pattern for pattern, _ in owned.values()]
        rows = [_free(length) for length in range(FREE)] + [_units(p) for p in self._patterns]
        known = {unit: i for i, unit in enumerate(dict.fromkeys(unit for row in rows for unit in row))}
        self.units = np.array([[known[unit] for unit in row] for row in rows], np.int64)
        self.legal = np.zeros((len(known), CLASSES), np.bool_)
        for unit, i in known.items():
            self.legal[i, list(unit)] = True
        owners_of_classes, self._classes = np.nonzero(self.legal)
        self._starts = np.searchsorted(owners_of_classes, np.arange(len(known)))
        self.gains = np.zeros((len(rows), len(self.regions)), np.float32)
        for i, (pattern, owners) in enumerate(owned.values(), FREE):
            frequent = [self.regions[owner].frequencies[pattern.slots] for owner in owners]
            self.gains[i, owners] = np.exp(specificity * _narrowness(pattern)) * np.power(frequent, rarity)
        self.words = {i: found for i, p in enumerate(self._patterns, FREE) if (found := tuple(_words(p)))}
        self._bits = [self._rows_by_class(t) for t in range(MAX_SIGNS)]

    def matching(self, text: str) -> list[int]:
        """Return the rows of the patterns (never free ones) under which a normalised text is legal."""
        bits = -1
        for t in range(MAX_SIGNS):
            bits &= self._bits[t][CLASS[text[t]] if t < len(text) else EMPTY]
        rows = [FREE + i for i in _set_bits(bits)]
        # Bits look at one position at a time; a word is legal only as a whole.
        return [row for row in rows if all(words.has(text) for words in self.words.get(row, ()))]

    def supports(self, texts: Iterable[str]) -> dict[str, npt.NDArray[np.float32]]:
        """Return each region's gain ``(R,) float32`` for normalised texts: 0 where no pattern matches."""
        matching = {text: tuple(self.matching(text)) for text in texts}
        gains = {rows: self.gains[list(rows)].max(0, initial=0) for rows in set(matching.values())}
        return {text: gains[rows] for text, rows in matching.items()}

    def best(self, logs: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the greatest of the legal logs ``(MAX_SIGNS, K)`` of each unit ``(U, MAX_SIGNS)``."""
        by_class = np.ascontiguousarray(logs.T)
        return np.maximum.reduceat(by_class[self._classes], self._starts, axis=0)

    def _rows_by_class(self, position: int) -> list[int]:
        """Return for each class the patterns that allow it at a position, as the bits of one number."""
        by_class = [0] * CLASSES
        column = self.units[FREE:, position]
        for unit in np.unique(column):
            rows = sum(1 << int(i) for i in np.flatnonzero(column == unit))
            for klass in np.flatnonzero(self.legal[unit]):
                by_class[klass] |= rows
        return by_class


def _patterns(regions: Sequence[Region]) -> dict[tuple[Slot, ...], tuple[Pattern, list[int]]]:
    """Return each distinct grammar once, with the numbers of the regions that have it."""
    owned: dict[tuple[Slot, ...], tuple[Pattern, list[int]]] = {}
    for number, region in enumerate(regions):
        for pattern in region.patterns:
            if 0 < pattern.length <= MAX_SIGNS and all(_readable(slot) for slot in pattern.slots):
                owned.setdefault(pattern.slots, (pattern, []))[1].append(number)
    return owned


@lru_cache(maxsize=4096)
def _readable(slot: Slot) -> tuple[str, ...]:
    """Return the options that the recogniser's alphabet can spell."""
    return tuple(option for option in slot.options if CLASS.keys() >= set(option))


@lru_cache(maxsize=4096)
def _slot_units(slot: Slot) -> tuple[Unit, ...]:
    """Return the classes legal at each position of a slot."""
    return tuple(frozenset(CLASS[option[i]] for option in _readable(slot)) for i in range(slot.width))


def _free(length: int) -> list[Unit]:
    return [_ANY] * length + [_END] * (MAX_SIGNS - length)


def _units(pattern: Pattern) -> list[Unit]:
    units = [unit for slot in pattern.slots for unit in _slot_units(slot)]
    return units + [_END] * (MAX_SIGNS - pattern.length)


def _words(pattern: Pattern) -> Iterator[Words]:
    at = 0
    for slot in pattern.slots:
        if slot.width > 1:
            options = _readable(slot)
            yield Words(at, options, np.array([[CLASS[sign] for sign in word] for word in options], np.int64))
        at += slot.width


def _narrowness(pattern: Pattern) -> float:
    """Return the log of how many alphanumeric texts of that length there are for each legal one."""
    return float(pattern.length * np.log(36) - sum(np.log(len(slot.options)) for slot in pattern.slots))


def _set_bits(bits: int) -> Iterator[int]:
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
