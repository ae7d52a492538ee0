"""The face of reading: anything that holds pictures -> their Reads."""

import io
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, overload

import numpy as np
import numpy.typing as npt
from PIL import Image

from platewise import clock
from platewise.core.frame import Frame
from platewise.errors import ImageError, InputError
from platewise.regions import library
from platewise.settings import Settings
from platewise.vision import environment
from platewise.vision.decode import Source, decode, held
from platewise.vision.pipeline import PipelineOptions, Timed, TimedPipeline
from platewise.vision.protocols import Pipeline
from platewise.vision.reads import Reads
from platewise.vision.registry import pipelines

ONE = (str, os.PathLike, bytes, bytearray, memoryview, np.ndarray, Image.Image, io.IOBase)
"""The types that are one picture; any other iterable holds several."""
MOST_CANDIDATES = 50


class Reader:
    """Reads plates out of pictures. Build one and keep it; threads may share it.

    >>> for read in Reader().read("car.jpg"):  # doctest: +SKIP
    ...     print(read.plate, f"{read.confidence:.0%}")
    """

    def __init__(
        self,
        regions: Sequence[str] | str | None = None,
        pipeline: str | Pipeline | None = None,
        providers: Sequence[str] | str | None = None,
        top: int = 5,
        crops: bool = False,
        settings: Settings | None = None,
    ) -> None:
        """Load the pipeline.

        ``regions``: codes of the countries to expect, as ``"gb,fr"`` or a list; others are still read.
        ``pipeline``: a name, or an object of your own. ``providers``: what computes, such as ``"cuda"``.
        ``top``: candidates a read. ``crops``: the pictures are plates already. What is not given here comes
        from ``settings``, and those from the ``PLATEWISE_...`` variables.
        """
        if not 1 <= top <= MOST_CANDIDATES:
            raise InputError(f"top must be 1 to {MOST_CANDIDATES}, not {top}")
        base = settings or environment.settings()
        self.settings = replace(
            base, regions=_names(regions) or base.regions, providers=_names(providers) or base.providers
        )
        known = library.load(self.settings.region_folders)
        options = PipelineOptions(self.settings, library.select(self.settings.regions, known), top, crops)
        chosen = pipeline or self.settings.pipeline
        self.pipeline: Pipeline = pipelines().get(chosen)(options) if isinstance(chosen, str) else chosen

    @overload
    def read(self, source: Source, /) -> Reads:  # type: ignore[overload-overlap]  # a str holds str
        """One picture."""

    @overload
    def read(self, source: Sequence[Source], /) -> list[Reads]:  # type: ignore[overload-overlap]
        """Several pictures."""

    @overload
    def read(self, source: Iterable[Source], /) -> Iterator[Reads]:
        """Pictures as they come."""

    def read(self, source: Source | Iterable[Source], /) -> Reads | list[Reads] | Iterator[Reads]:
        """Return the reads of one picture, or those of each picture of a list or iterator.

        One picture that cannot be decoded raises ImageError; among several it gives Reads with ``error``.
        """
        if isinstance(source, ONE):
            return self._read(source)
        if isinstance(source, Sequence):
            return list(self.stream(source))
        if isinstance(source, Iterable):
            return self.stream(source)
        raise InputError(f"read takes a picture, a list or an iterator of them, not {type(source).__name__}")

    def stream(self, sources: Source | Iterable[Source]) -> Iterator[Reads]:
        """Yield the Reads of each picture as it comes; a bad picture gives Reads with ``error``."""
        for source in [sources] if isinstance(sources, ONE) else sources:
            try:
                yield self._read(source)
            except ImageError as error:
                yield Reads.failed(_name(source), str(error))

    def _read(self, source: Source) -> Reads:
        start = clock.ticks()
        picture = held(source, self.settings)
        frame = decode(picture, self.settings)
        decoded = (clock.ticks() - start) * 1e3
        reads, detect, recognise = self._run(frame)
        ms = {
            "decode": decoded,
            "detect": detect,
            "recognise": recognise,
            "total": (clock.ticks() - start) * 1e3,
        }
        kept = tuple(read for read in reads if read.confidence >= self.settings.min_confidence)
        return Reads(_name(source), frame.width, frame.height, kept, ms, source=picture)

    def _run(self, frame: Frame) -> Timed:
        """Return reads and times; a pipeline that does not split its time counts as reading."""
        if isinstance(self.pipeline, TimedPipeline):
            return self.pipeline.timed(frame)
        start = clock.ticks()
        reads = self.pipeline(frame)
        return Timed(reads, 0.0, (clock.ticks() - start) * 1e3)


def _names(given: Sequence[str] | str | None) -> tuple[str, ...]:
    parts = given.split(",") if isinstance(given, str) else given or ()
    return tuple(part.strip().lower() for part in parts if part.strip())


def _name(source: Source | npt.NDArray[Any]) -> str | None:
    return os.fspath(source) if isinstance(source, (str, os.PathLike)) else None
