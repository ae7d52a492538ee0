"""What a run will do, written down before it begins: which pictures, in which parts.

The plan is one Parquet file, a row group a part. It never changes afterwards, so that a run that was killed
goes on with the very same parts, whatever has come into the folders since.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from platewise.batch.files import whole
from platewise.batch.items import Item
from platewise.errors import InputError

NAME = "_plan.parquet"
_TOLD = b"platewise.batch"
_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("path", pa.string()),
        ("offset", pa.int64()),
        ("size", pa.int64()),
        ("at", pa.float64()),
    ]
)


class Plan:
    """A plan that was made: its parts by number, from 0, and what was told when it was made."""

    def __init__(self, folder: Path) -> None:
        """Open the plan of a run's folder; InputError when it cannot be read."""
        try:
            self._file = pq.ParquetFile(folder / NAME)
            self.told: dict[str, Any] = json.loads(self._file.schema_arrow.metadata[_TOLD])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{folder / NAME} is no plan of a run: {error}") from error
        self.pictures: int = self._file.metadata.num_rows

    def __len__(self) -> int:
        """Return how many parts there are."""
        return int(self._file.num_row_groups)

    def items(self, part: int) -> list[Item]:
        """Return the pictures of a part."""
        columns = self._file.read_row_group(part).to_pydict()
        return list(map(Item, *(columns[name] for name in _SCHEMA.names)))

    def size(self, part: int) -> int:
        """Return how many pictures a part has."""
        return int(self._file.metadata.row_group(part).num_rows)


def make(folder: Path, items: Iterable[Item], told: Mapping[str, Any], length: int) -> Plan:
    """Write the plan of a run, ``length`` pictures a part, and return it."""
    schema = _SCHEMA.with_metadata({_TOLD: json.dumps(dict(told)).encode()})
    with whole(folder / NAME) as draft, pq.ParquetWriter(draft, schema, compression="zstd") as out:
        for part in _parts(items, length):
            columns = dict(zip(_SCHEMA.names, map(list, zip(*part, strict=True)), strict=True))
            out.write_table(pa.table(columns, schema=schema), row_group_size=length)
    return Plan(folder)


def _parts(items: Iterable[Item], length: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while part := list(islice(rest, length)):
        yield part
