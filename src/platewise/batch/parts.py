"""Where the parts of a run go: a file each, or a database. A part is there whole or not at all."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from platewise.batch.files import DRAFT, whole
from platewise.batch.work import Part
from platewise.core.read import Read
from platewise.vision.reads import Reads

Encode: TypeAlias = Callable[[Path, Sequence[Reads]], None]
"""Writes what was seen in some pictures into a file."""


class Sink(Protocol):
    """Keeps parts."""

    def done(self) -> set[int]:
        """Return the numbers of the parts that are kept."""
        ...

    def write(self, part: Part) -> None:
        """Keep a part; one that is kept already changes nothing."""
        ...


class Files:
    """A file a part: ``part-000017.parquet``."""

    def __init__(self, folder: Path, ending: str, encode: Encode) -> None:
        """Keep parts in a folder; drafts of a run that was killed are removed."""
        self._folder, self._ending, self._encode = folder, ending, encode
        for draft in folder.glob(f"_part-*{DRAFT}"):
            draft.unlink()

    def done(self) -> set[int]:
        """Return the numbers of the files that are there."""
        names = (re.fullmatch(rf"part-(\d+)\.{self._ending}", path.name) for path in self._folder.iterdir())
        return {int(name[1]) for name in names if name}

    def write(self, part: Part) -> None:
        """Write a part's file."""
        with whole(self._folder / f"part-{part.number:06}.{self._ending}") as draft:
            self._encode(draft, [seen.reads for seen in part.seen])


_TEXT = pa.string()
_CANDIDATE = pa.struct([("plate", _TEXT), ("confidence", pa.float32())])
SCHEMA = pa.schema(
    [
        ("image", _TEXT),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("plate", _TEXT),
        ("display", _TEXT),
        ("region", _TEXT),
        ("confidence", pa.float32()),
        ("detection_confidence", pa.float32()),
        ("box", pa.list_(pa.float32())),
        ("quad", pa.list_(pa.list_(pa.float32()))),
        ("candidates", pa.list_(_CANDIDATE)),
        ("explain", pa.list_(_TEXT)),
        ("error", _TEXT),
    ]
)
"""The columns of Parquet: one row a read; a picture without reads, or with an error, has one row too."""


def parquet(path: Path, pictures: Sequence[Reads]) -> None:
    """Write Parquet."""
    rows = [_row(reads, read) for reads in pictures for read in reads.reads or (None,)]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path, compression="zstd")


def _row(reads: Reads, read: Read | None) -> dict[str, Any]:
    picture = {"image": reads.image, "width": reads.width, "height": reads.height, "error": reads.error}
    return {**picture, **(read.to_dict() if read else {})}
