"""``/v1/exports/corrections.zip``: what people made of the reads, to train on and to calibrate by."""

import json
import zipfile
from collections.abc import Iterator
from typing import Any

from flask import Response

from platewise.gatehouse.reviewed import STATES, Judged, reviewed
from platewise.store.protocol import Store
from platewise.store.queries import ReadQuery
from platewise.store.records import ReadRecord
from platewise.vision.jpeg import read_jpeg_header
from platewise.web.access import policy
from platewise.web.nouns import content, noun
from platewise.web.parts import parts
from platewise.web.v1.models import Span
from platewise.web.v1.sink import Sink

INDEX = "index.jsonl"

blueprint = noun("corrections", "What people made of the reads, to train on.")


class SinceQuery(Span):
    """Of when the pictures were taken."""


@blueprint.get(
    "/v1/exports/corrections.zip", responses={200: content("application/zip", "Pictures and their index.")}
)
@policy("operator", scope="exports:read")
def export_corrections(query: SinceQuery) -> Response:
    """Return an `index.jsonl` of all judged reads, and the plate pictures of those that were not rejected.

    Each line tells camera, confidence, what was read at first and what is right: `platewise calibrate` learns
    from all of them, training from those with a picture.
    """
    asked = ReadQuery(since=query.since, until=query.until, states=STATES)
    headers = {"Content-Disposition": 'attachment; filename="corrections.zip"'}
    return Response(_packed(parts().store, asked), content_type="application/zip", headers=headers)


def _packed(store: Store, query: ReadQuery) -> Iterator[bytes]:
    sink, lines = Sink(), []
    with zipfile.ZipFile(sink, "w") as archive:  # stored: JPEG does not shrink
        for one in reviewed(store, query):
            record = one.record
            wanted = record.crop if one.right else None
            picture = store.images.load(wanted) if wanted else None
            shown = _shown(record, picture) if picture else {}
            if picture:
                archive.writestr(zipfile.ZipInfo(shown["image"]), picture)
            lines.append(json.dumps({**shown, **_line(one)}, ensure_ascii=False))
            yield sink.take()
        archive.writestr(zipfile.ZipInfo(INDEX), "".join(f"{line}\n" for line in lines))
    yield sink.take()


def _shown(record: ReadRecord, picture: bytes) -> dict[str, Any]:
    header = read_jpeg_header(picture)
    size = [header.width, header.height]
    return {"image": f"{record.id}.jpg", "region": record.region or "", "kind": "crop", "size": size}


def _line(one: Judged) -> dict[str, Any]:
    """Return what the verdict says; a rejected read shows no plate."""
    plates = [{"box": None, "corners": None, "text": one.right}] if one.right else []
    return {
        "plates": plates,
        "group": str(one.record.frame.id),
        "camera": one.record.frame.camera or "",
        "confidence": round(one.record.confidence, 6),
        "read": one.read,
        "state": one.record.state,
    }
