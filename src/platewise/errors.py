"""The error tree. Every error that Platewise raises on purpose is one of these.

::

    PlatewiseError
    ├── InputError                what the caller gave cannot be used
    │   ├── ImageError            the picture cannot be decoded, or is outside the limits
    │   ├── DecoderDied           the picture broke its decoder, or took too long or too much memory
    │   └── NameUnknown           no region, pipeline or model has that name
    ├── ModelError                weights missing, damaged (sha256) or of another contract
    ├── DecoderMissing            pictures cannot be decoded now
    ├── SettingError              a setting has an impossible or unsafe value
    ├── MissingExtra              an optional part is not installed; the message gives the pip line
    ├── Conflict                  it contradicts what is stored
    ├── OutputError               an event did not reach where it is sent
    └── StoreError                the database cannot do its work now
        ├── StoreBusy             another writer holds it for too long
        └── StoreFull             there is no space left
"""

from typing import Literal, TypeAlias


class PlatewiseError(Exception):
    """Base of all errors raised on purpose."""


class InputError(PlatewiseError):
    """What the caller gave cannot be used."""


class ImageError(InputError):
    """The picture cannot be decoded, or is outside the limits."""


class DecoderDied(InputError):
    """The picture broke the process that decoded it, or took too long or too much memory there."""


class DecoderMissing(PlatewiseError):
    """No process can be started that decodes pictures."""


class NameUnknown(InputError):
    """No region, pipeline or model has that name."""

    def __init__(self, kind: str, name: str, known: list[str]) -> None:
        super().__init__(f"unknown {kind} {name!r}; known: {', '.join(known)}")
        self.kind, self.name, self.known = kind, name, known


class ModelError(PlatewiseError):
    """Weights are missing, damaged or of another contract."""


class SettingError(PlatewiseError):
    """A setting has an impossible or unsafe value."""


class MissingExtra(PlatewiseError):
    """An optional part is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an extra: pip install 'platewise[{extra}]'")
        self.extra = extra


class Conflict(PlatewiseError):
    """What is asked for contradicts what is stored."""


Fate: TypeAlias = Literal["retry", "wait", "dead", "gone"]


class OutputError(PlatewiseError):
    """An event did not reach where it is sent, and what becomes of it.

    'retry' counts as one of its attempts; 'wait' does not, as nothing can be reached there at present;
    'dead' gives this event up; 'gone' gives it up and sends nothing there any more. Nothing is sent there
    for ``after`` seconds, as far as given.
    """

    def __init__(self, message: str, fate: Fate = "retry", after: float | None = None) -> None:
        super().__init__(message)
        self.fate, self.after = fate, after


class StoreError(PlatewiseError):
    """The database cannot do its work now."""


class StoreBusy(StoreError):
    """Another writer holds the database for too long."""


class StoreFull(StoreError):
    """There is no space left for the database or its pictures."""
