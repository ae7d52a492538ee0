"""The readers of the application: one for each combination of options, all on the same loaded weights."""

from collections.abc import Sequence
from functools import lru_cache
from typing import cast

from flask import Flask, current_app

from platewise.vision.reader import Reader

KEPT = 32
"""Combinations of options that stay ready; the one used longest ago makes room."""
_KEY = "platewise"


class Readers:
    """Gives the reader for some options; threads may share it."""

    def __init__(self, default: Reader) -> None:
        """Keep the reader of requests without options; its settings are those of all others."""
        self.default = default
        self._ready = lru_cache(KEPT)(self._build)

    def get(self, regions: Sequence[str] = (), top: int | None = None, crops: bool = False) -> Reader:
        """Return the reader for these options; NameUnknown for a region that no file has."""
        if not regions and top is None and not crops:
            return self.default
        return self._ready(tuple(sorted(set(regions))), top or 5, crops)

    def _build(self, regions: tuple[str, ...], top: int, crops: bool) -> Reader:
        return Reader(regions=regions, top=top, crops=crops, settings=self.default.settings)


def share(app: Flask, default: Reader) -> None:
    """Give the application its readers."""
    app.extensions[_KEY] = Readers(default)


def shared() -> Readers:
    """Return the readers of the application that answers."""
    return cast(Readers, current_app.extensions[_KEY])
