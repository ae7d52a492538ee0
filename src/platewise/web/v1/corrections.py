"""``/v1/exports/corrections.zip``: plates that a person has confirmed or corrected, to train on."""

import json
import zipfile
from collections.abc import Iterator
from typing import Any

from flask import Response

from platewise.store.export import export
from platewise.store.protocol import Store
from platewise.store.queries import ReadQuery
from platewise.store.records import ReadRecord
from platewise.vision.jpeg import read_jpeg_header
from platewise.web.access import policy
from platewise.web.nouns import content, noun
from platewise.web.parts import parts
from platewise.web.times import Time
from platewise.web.v1.models import Request
from platewise.web.v1.sink import Sink

INDEX = "index.jsonl"

blueprint = noun("corrections", "What people made of the reads, to train on.")


class SinceQuery(Request):
    """Of pictures taken from `since` until just before `until`."""

    since: Time | None = None
    until: Time | None = None


@blueprint.get(
    "/v1/exports/corrections.zip", responses={200: content("application/zip", "Pictures and their index.")}
)
@policy("operator", scope="exports:read")
def export_corrections(query: SinceQuery) -> Response:
    """Return the plate pictures of accepted and corrected reads, with the `index.jsonl` of training."""
    asked = ReadQuery(since=query.since, until=query.until, states=("accepted", "corrected"))
    headers = {"Content-Disposition": 'attachment; filename="corrections.zip"'}
    return Response(_packed(parts().store, asked), content_type="application/zip", headers=headers)


def _packed(store: Store, query: ReadQuery) -> Iterator[bytes]:
    sink, lines = Sink(), []
    with zipfile.ZipFile(sink, "w") as archive:  # stored: JPEG does not shrink
        for record in export(store, query):
            picture = store.images.load(record.crop) if record.crop else None
            if picture is None or not record.normalised:
                continue
            name = f"{record.id}.jpg"
            archive.writestr(zipfile.ZipInfo(name), picture)
            lines.append(json.dumps(_line(name, record, picture), ensure_ascii=False))
            yield sink.take()
        archive.writestr(zipfile.ZipInfo(INDEX), "".join(f"{line}\n" for line in lines))
    yield sink.take()


def _line(name: str, record: ReadRecord, picture: bytes) -> dict[str, Any]:
    header = read_jpeg_header(picture)
    return {
        "image": name,
        "region": record.region or "",
        "kind": "crop",
        "size": [header.width, header.height],
        "plates": [{"box": None, "corners": None, "text": record.normalised}],
        "group": str(record.frame.id),
    }
