"""The readers of the application: one for each combination of options, all on the same loaded weights."""

from collections.abc import Sequence
from functools import lru_cache

from platewise.errors import MissingExtra, ModelError, SettingError
from platewise.vision.reader import Reader
from platewise.web.errors import Refusal

KEPT = 32
"""Combinations of options that stay ready; the one used longest ago makes room."""


class Readers:
    """Gives the reader for some options; threads may share it."""

    def __init__(self, default: Reader) -> None:
        """Keep the reader of requests without options; its settings are those of all others."""
        self.default = default
        self._ready = lru_cache(KEPT)(self._build)

    def get(
        self,
        regions: Sequence[str] = (),
        top: int | None = None,
        crops: bool = False,
        pipeline: str | None = None,
    ) -> Reader:
        """Return the reader for these options; NameUnknown for a region or pipeline that there is not, and a
        Refusal for a pipeline that lacks something here, such as the program Tesseract.
        """
        if not regions and top is None and not crops and pipeline is None:
            return self.default
        try:
            return self._ready(tuple(sorted(set(regions))), top or 5, crops, pipeline)
        except (MissingExtra, ModelError, SettingError) as error:
            raise Refusal(501, "pipeline_unavailable", str(error)) from error

    def _build(self, regions: tuple[str, ...], top: int, crops: bool, pipeline: str | None) -> Reader:
        settings = self.default.settings
        return Reader(regions=regions, pipeline=pipeline, top=top, crops=crops, settings=settings)
