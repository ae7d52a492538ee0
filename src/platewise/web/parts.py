"""What the views of one application share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, cast

from flask import Flask, current_app

from platewise.settings import Settings
from platewise.store.protocol import Store
from platewise.web.metrics import Metrics
from platewise.web.readers import Readers
from platewise.web.waiting import WaitingRoom

Fetch: TypeAlias = Callable[[str], bytes]
"""Returns the bytes at a URL, or raises InputError."""
_KEY = "platewise"


@dataclass(frozen=True, slots=True)
class Parts:
    """Readers, store and settings; ``fetch`` is None where pictures are not taken from URLs.

    ``reading`` and ``streaming`` bound how many requests do so at once.
    """

    readers: Readers
    store: Store
    settings: Settings
    metrics: Metrics
    reading: WaitingRoom
    streaming: WaitingRoom
    fetch: Fetch | None = None


def share(app: Flask, shared: Parts) -> None:
    """Give the application its parts."""
    app.extensions[_KEY] = shared


def parts() -> Parts:
    """Return the parts of the application that answers."""
    return cast(Parts, current_app.extensions[_KEY])


def end_streams(app: Flask) -> None:
    """Let all live streams of an application end, before its server does."""
    cast(Parts, app.extensions[_KEY]).streaming.closing.set()
