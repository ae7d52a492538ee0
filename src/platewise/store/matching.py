"""How texts of plates are compared; pure, so that every Store finds the same."""

import json
import re
import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from typing import Protocol, TypeVar

from platewise.core.lattice import Lattice
from platewise.core.plate import SIGNS, fold, normalise
from platewise.errors import InputError
from platewise.regions.confusions import alike
from platewise.store.queries import MOST, MatchKind

LONGEST = 64
"""The longest text that may be searched for, in characters."""
ANSWERS_LAST = timedelta(hours=24)
"""How long an idempotency key is remembered."""
RANKED = 200
"""How many of the newest possible misreads are ranked."""
_LAST = "\U0010ffff"
_ACCENTS = "\u0300-\u036f"
"""Signs that belong to the letter before them."""
_WIDE = ord("Ａ") - ord("A")
_LOOK_ALIKES = {sign: [other for other in SIGNS if other != sign and alike(sign, other)] for sign in SIGNS}


class Judged(Protocol):
    """What of a read tells how likely it is that it shows a text."""

    @property
    def state(self) -> str:
        """What a person has said about it."""

    @property
    def normalised(self) -> str:
        """Its text."""

    @property
    def confidence(self) -> float:
        """How sure of that it was."""

    @property
    def packed_lattice(self) -> bytes | None:
        """Its lattice, packed."""


J = TypeVar("J", bound=Judged)


def key_of(text: str) -> str:
    """Return the normalised text; ``InputError`` when it holds no sign, or far too many."""
    key = normalise(text)
    if not key:
        raise InputError("a plate has at least one letter or digit")
    if len(key) > LONGEST:
        raise InputError(f"a plate has at most {LONGEST} signs")
    return key


def pattern_of(text: str) -> str:
    """Return a wildcard with its literal parts normalised, repeated stars merged.

    >>> pattern_of("ab-1?*  *c")
    'AB1?*C'
    """
    parts = [part if part in ("?", "*") else normalise(part) for part in re.split(r"([?*])", text[:LONGEST])]
    if len(text) > LONGEST or not any(parts):
        raise InputError(f"a wildcard has 1 to {LONGEST} characters: signs, ? and *")
    return re.sub(r"\*+", "*", "".join(parts))


def shape_of(text: str, match: MatchKind) -> str:
    """Return the wildcard that any search but a misread-tolerant one means.

    >>> shape_of("ab-1", "prefix"), shape_of("ab-1", "exact")
    ('AB1*', 'AB1')
    """
    if match == "wildcard":
        return pattern_of(text)
    return key_of(text) + ("*" if match == "prefix" else "")


def ends_of(pattern: str) -> tuple[str, str]:
    """Return what a wildcard's matches all begin with, and what they end with.

    >>> ends_of("AB1?*C")
    ('AB1', 'C')
    """
    parts = re.split(r"[?*]", pattern)
    return parts[0], parts[-1]


def like_of(pattern: str) -> str:
    """Return a wildcard as a LIKE pattern whose escape sign is the backslash.

    >>> like_of("AB_1?*")
    'AB\\\\_1_%'
    """
    escaped = re.sub(r"([\\%_])", r"\\\1", pattern)
    return escaped.replace("?", "_").replace("*", "%")


def regex_of(pattern: str) -> re.Pattern[str]:
    """Return a wildcard as a regular expression for the whole text."""
    return re.compile("".join({"?": ".", "*": ".*"}.get(c, re.escape(c)) for c in pattern), re.S)


def span_of(prefix: str) -> tuple[str, str]:
    """Return the texts between which, in the order of code points, everything lies that begins so."""
    return prefix, prefix + _LAST


@lru_cache(maxsize=1024)
def folded_misreads(key: str) -> frozenset[str]:
    """Return the folded forms of a normalised text and of all texts with one sign taken for a look-alike."""
    near = {key}
    for i, sign in enumerate(key):
        near.update(key[:i] + other + key[i + 1 :] for other in _LOOK_ALIKES.get(sign, ()))
    return frozenset(map(fold, near))


def likeliest_first(reads: Iterable[J], key: str, limit: int) -> list[tuple[float, J]]:
    """Return the reads that most likely show this normalised text, each behind its likelihood."""
    return sorted(((_likelihood(read, key), read) for read in reads), key=lambda pair: -pair[0])[:limit]


def _likelihood(read: Judged, key: str) -> float:
    """Return how likely it is that a read shows this normalised text.

    A person's word is certain; a read without a lattice is as sure of its text as it said.
    """
    if read.state in ("accepted", "corrected"):
        return float(read.normalised == key)
    if read.packed_lattice is None:
        return read.confidence if read.normalised == key else 0.0
    return Lattice.unpack(read.packed_lattice).likelihood(key)


def mention_of(key: str) -> re.Pattern[str]:
    """Return what finds a plate in running text or JSON, in any case, spelling and with separators in it.

    >>> bool(mention_of("AB12").search("saw ab-1 2 today")), bool(mention_of("AB12").search("XAB123"))
    (True, False)
    """
    gap = rf"(?:[^\w{_ACCENTS}]|_){{0,3}}"
    spelled = gap.join(f"(?:{'|'.join(map(re.escape, _written(sign)))})" for sign in key)
    return re.compile(rf"(?:(?<![^\W_])|(?<=\\[bfnrt])){spelled}(?![^\W_]|[{_ACCENTS}])", re.I)


def _written(sign: str) -> tuple[str, ...]:
    """Return the ways to write a sign that normalise to it, as they are and as JSON has them in ASCII.

    Names of files on a Mac hold an accent apart from its letter; whoever types Chinese may type wide letters.
    """
    shapes = sign, unicodedata.normalize("NFD", sign), widened(sign)
    cased = (shape for one in shapes for shape in (one, one.lower()))
    return tuple(dict.fromkeys(form for one in cased for form in (one, json.dumps(one)[1:-1])))


def widened(text: str) -> str:
    """Return a text with its ASCII signs in their full-width form.

    >>> widened("京A1")
    '京Ａ１'
    """
    return "".join(chr(ord(sign) + _WIDE) if "!" <= sign <= "~" else sign for sign in text)


def check_limit(limit: int) -> int:
    """Return the length of a page; ``InputError`` when it cannot be had."""
    if not 1 <= limit <= MOST:
        raise InputError(f"limit must be 1 to {MOST}")
    return limit


def cursor_of(time: int, number: int) -> str:
    """Return the cursor of a place in the order of time."""
    return f"{time}.{number}"


def place_of(cursor: str) -> tuple[int, int]:
    """Return the time and number that a cursor names; ``InputError`` when it is none."""
    if not re.fullmatch(r"-?[0-9]{1,18}\.[0-9]{1,18}", cursor, re.A):
        raise InputError("this cursor was not given by this server")
    time, number = cursor.split(".")
    return int(time), int(number)


def name_cursor(key: str) -> str:
    """Return the cursor of a place in the order of plates."""
    return "." + key


def after_of(cursor: str) -> str:
    """Return the plate that a cursor names; ``InputError`` when it is none."""
    if not re.fullmatch(rf"\.\w{{1,{LONGEST}}}", cursor):
        raise InputError("this cursor was not given by this server")
    return cursor[1:]
