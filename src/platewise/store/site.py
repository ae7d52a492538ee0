"""What the store keeps about the site: cameras, gates, lanes, plate lists, people, tokens, the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from platewise.store.records import Direction

ListKind = Literal["known", "allowed", "denied", "watched"]
Role = Literal["viewer", "operator", "manager"]

LIST_KINDS: tuple[ListKind, ...] = ("known", "allowed", "denied", "watched")
ROLES: tuple[Role, ...] = ("viewer", "operator", "manager")


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera; ``source`` is where its pictures come from (it may hold a password: never show it)."""

    name: str
    label: str = ""
    source: str = field(default="", repr=False)
    lane: str | None = None
    enabled: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gate:
    """A place with a direction; ``lot`` names the car park that it leads into."""

    name: str
    label: str = ""
    direction: Direction = "both"
    options: Mapping[str, Any] = field(default_factory=dict)
    lot: str | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane of a gate."""

    name: str
    gate: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class PlateList:
    """A list of plates, by name."""

    name: str
    kind: ListKind
    label: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A plate on a list, in any spelling; it holds while ``valid_from <= t < valid_until``."""

    text: str
    label: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """A stored entry: ``text`` as it was entered, ``normalised`` as it is matched."""

    id: int
    list: str
    text: str
    normalised: str
    label: str
    valid_from: datetime | None
    valid_until: datetime | None
    note: str

    def holds(self, at: datetime) -> bool:
        """Tell whether it holds at a time."""
        begun = self.valid_from is None or self.valid_from <= at
        return begun and (self.valid_until is None or at < self.valid_until)


@dataclass(frozen=True, slots=True)
class Match:
    """A plate was found on a list."""

    list: PlateList
    entry: EntryRecord


@dataclass(frozen=True, slots=True)
class Shape:
    """What a plate may read: the signs of each place, of which ``slips`` may be others all the same.

    Asked of lists of these ``kinds``.
    """

    places: tuple[frozenset[str], ...]
    kinds: tuple[ListKind, ...]
    slips: int = 2

    def fits(self, text: str) -> bool:
        """Tell whether a normalised text looks so."""
        if len(text) != len(self.places):
            return False
        return sum(sign not in place for sign, place in zip(text, self.places, strict=True)) <= self.slips


@dataclass(frozen=True, slots=True)
class User:
    """A person. ``password`` is an opaque hash; raising ``epoch`` ends all sessions opened before."""

    name: str
    role: Role
    password: str = field(repr=False)
    created_at: datetime
    epoch: int = 0
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token to keep. ``digest`` is the hash of the secret; the secret itself is never stored."""

    name: str
    digest: str = field(repr=False)
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A stored token. Whoever asks for it decides by these times whether it may still be used."""

    id: int
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None
    user: str | None


@dataclass(frozen=True, slots=True)
class Audit:
    """One line of the audit log: who did what to what, and with which words."""

    at: datetime
    user: str
    action: str
    subject: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """A stored line of the audit log."""

    id: int
    at: datetime
    user: str
    action: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a request with an Idempotency-Key, to the byte."""

    status: int
    content_type: str
    body: bytes
