"""``/v1/exports``: reads in any number, streamed as CSV, JSON lines or Parquet."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Literal

from flask import Response
from pydantic import BaseModel

from platewise.store.export import export
from platewise.store.records import ReadRecord
from platewise.web import table
from platewise.web.access import policy
from platewise.web.nouns import noun
from platewise.web.parts import parts
from platewise.web.v1.models import read_answer
from platewise.web.v1.reads import Search
from platewise.web.v1.sink import Sink

Format = Literal["csv", "jsonl", "parquet"]
GROUP = 5000
"""Rows of one group of a Parquet file."""
COLUMNS = (
    "id",
    "captured_at",
    "camera",
    "plate",
    "display",
    "region",
    "confidence",
    "detection_confidence",
    "state",
    "raw",
    "pipeline",
    "model",
)
_KINDS = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
}

blueprint = noun("exports", "Reads in any number.")


class ExportPath(BaseModel):
    """The form of the file."""

    format: Format


_ANSWER = {
    "description": "The file.",
    "content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in _KINDS.values()},
}


@blueprint.get("/v1/exports/reads.<format>", responses={200: _ANSWER})
@policy("viewer", scope="exports:read", search=True)
def export_reads(path: ExportPath, query: Search) -> Response:
    """Return all reads of a search as one file, newest first."""
    body = WRITERS[path.format](table.begun(export(parts().store, query.to_query())))
    headers = {"Content-Disposition": f'attachment; filename="reads.{path.format}"'}
    return Response(body, content_type=_KINDS[path.format], headers=headers)


def _row(record: ReadRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "captured_at": record.frame.captured_at,
        "camera": record.frame.camera,
        "plate": record.normalised or None,
        "display": record.display or None,
        "region": record.region,
        "confidence": round(record.confidence, 4),
        "detection_confidence": round(record.detection_confidence, 4),
        "state": record.state,
        "raw": record.raw,
        "pipeline": record.pipeline,
        "model": record.model,
    }


def _csv(records: Iterable[ReadRecord]) -> Iterator[str]:
    rows = ({**_row(record), "captured_at": record.frame.captured_at.isoformat()} for record in records)
    return table.lines(COLUMNS, ([row[name] for name in COLUMNS] for row in rows))


def _jsonl(records: Iterable[ReadRecord]) -> Iterator[str]:
    return (f"{read_answer(record).model_dump_json()}\n" for record in records)


def _parquet(records: Iterable[ReadRecord]) -> Iterator[bytes]:
    import pyarrow as pa
    from pyarrow import parquet

    other = {
        "id": pa.int64(),
        "captured_at": pa.timestamp("us", "UTC"),
        **dict.fromkeys(("confidence", "detection_confidence"), pa.float32()),
    }
    schema = pa.schema([(name, other.get(name, pa.string())) for name in COLUMNS])
    sink, rows = Sink(), map(_row, records)
    with parquet.ParquetWriter(pa.PythonFile(sink, mode="w"), schema) as writer:
        while group := list(islice(rows, GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema))
            yield sink.take()
    yield sink.take()


WRITERS: Mapping[str, Callable[[Iterable[ReadRecord]], Iterator[str] | Iterator[bytes]]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "parquet": _parquet,
}
