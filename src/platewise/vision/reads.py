"""What one picture says."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from PIL import Image

from platewise.core.frame import Pixels
from platewise.core.read import Read
from platewise.errors import InputError, MissingExtra
from platewise.vision import environment
from platewise.vision.annotate import annotate
from platewise.vision.decode import Held, decode
from platewise.vision.rectify import rectify

if TYPE_CHECKING:
    import pandas as pd


STAGES = ("decode", "detect", "recognise", "total")
"""What the time of reading a picture is told of."""


@dataclass(frozen=True, slots=True)
class Reads(Sequence[Read]):
    """The reads of one picture, best detection first: a sequence that prints itself.

    ``image`` is the path as given (None for pixels), ``width`` and ``height`` px of the upright picture (None
    when it could not be decoded: then ``error`` says why), ``ms`` wall milliseconds of decode, detect,
    recognise and total. ``source`` is what was read: ``plot`` and ``crops`` decode it again, so a long run
    keeps no pixels.
    """

    image: str | None
    width: int | None
    height: int | None
    reads: tuple[Read, ...]
    ms: dict[str, float]
    error: str | None = None
    source: Held | None = field(default=None, repr=False, compare=False)

    @classmethod
    def failed(cls, image: str | None, error: str) -> "Reads":
        """Return what there is to say of a picture that could not be decoded."""
        return cls(image, None, None, (), dict.fromkeys(STAGES, 0.0), error)

    def __len__(self) -> int:
        """Return how many plates were found."""
        return len(self.reads)

    @overload
    def __getitem__(self, index: int) -> Read: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Read, ...]: ...
    def __getitem__(self, index: int | slice) -> Read | tuple[Read, ...]:
        """Return one read, or some."""
        return self.reads[index]

    def __iter__(self) -> Iterator[Read]:
        """Iterate over the reads."""
        return iter(self.reads)

    def __str__(self) -> str:
        """Return the picture's name and its plates on one line."""
        found = self.error or ", ".join(map(str, self.reads)) or "no plate"
        return f"{self.image}: {found}" if self.image else found

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON: one line of ``platewise read --format jsonl``."""
        return {
            "image": self.image,
            "width": self.width,
            "height": self.height,
            "reads": [read.to_dict() for read in self.reads],
            "ms": {stage: round(ms, 2) for stage, ms in self.ms.items()},
            "error": self.error,
        }

    def to_json(self) -> str:
        """Return ``to_dict`` as one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def to_pandas(self) -> "pd.DataFrame":
        """Return a table with one row a read; needs the extra ``pandas``."""
        try:
            import pandas as pd
        except ImportError as error:
            raise MissingExtra("to_pandas()", "pandas") from error
        columns = [
            "image",
            "plate",
            "display",
            "region",
            "confidence",
            "detection_confidence",
            "box",
            "explain",
        ]
        rows = [{"image": self.image, **read.to_dict()} for read in self.reads]
        return pd.DataFrame(rows, columns=columns)

    def plot(self) -> Pixels:
        """Return the picture ``(H, W, 3) uint8 RGB`` with corners and texts drawn into it."""
        return annotate(self._pixels(), self.reads)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write ``plot()`` to a file whose ending names the format (.jpg, .png, .webp)."""
        try:
            Image.fromarray(self.plot()).save(Path(path), quality=92)
        except (OSError, ValueError) as error:
            raise InputError(f"{path} cannot be written: {error}") from error

    def crops(self) -> list[Pixels]:
        """Return each plate seen from the front, ``(h, w, 3) uint8 RGB``."""
        pixels = self._pixels() if self.reads else None
        return [rectify(pixels, read.quad).pixels for read in self.reads] if pixels is not None else []

    def _pixels(self) -> Pixels:
        if self.source is None:
            raise InputError(self.error or "this result does not know its picture any more")
        return decode(self.source, environment.settings()).pixels
