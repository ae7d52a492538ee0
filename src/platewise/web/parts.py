"""What the views of one application share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, cast

from flask import Flask, current_app

from platewise.settings import Settings
from platewise.store.outputs import OutputRecord
from platewise.store.protocol import Store
from platewise.store.site import Gate
from platewise.vision.decoding import Decoder
from platewise.web.metrics import Metrics
from platewise.web.readers import Readers
from platewise.web.waiting import WaitingRoom

Fetch: TypeAlias = Callable[[str], bytes]
"""Returns the bytes at a URL, or raises InputError."""
_KEY = "platewise"


class Sender(Protocol):
    """What sets up the outputs that events are sent to, and tries them."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of outputs there are."""

    def prepare(self, record: OutputRecord) -> tuple[OutputRecord, str | None]:
        """Return an output as it may be kept, and the secret that was made for it; InputError if wrong."""

    def check(self, gate: Gate) -> None:
        """Raise InputError where a gate's driver cannot be set up so."""

    def test(self, record: OutputRecord) -> None:
        """Send an output an event now; OutputError says why it did not arrive."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Readers, store and settings; ``decode`` makes Frames of uploads, ``fetch`` is None where pictures are
    not taken from URLs, ``sender`` where no events are sent.

    ``reading`` and ``streaming`` bound how many requests do so at once.
    """

    readers: Readers
    store: Store
    settings: Settings
    metrics: Metrics
    reading: WaitingRoom
    streaming: WaitingRoom
    decode: Decoder
    fetch: Fetch | None = None
    sender: Sender | None = None


def share(app: Flask, shared: Parts) -> None:
    """Give the application its parts."""
    app.extensions[_KEY] = shared


def parts() -> Parts:
    """Return the parts of the application that answers."""
    return cast(Parts, current_app.extensions[_KEY])


def end_streams(app: Flask) -> None:
    """Let all live streams of an application end, before its server does."""
    cast(Parts, app.extensions[_KEY]).streaming.closing.set()
