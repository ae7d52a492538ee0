"""From the bytes of a picture to its reads, and on to the gatehouse."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Response, request

from platewise import clock, gatehouse
from platewise.core.frame import Frame
from platewise.gatehouse import Admitted, Arrival
from platewise.store.protocol import Unit
from platewise.store.records import NewFrame
from platewise.vision.reader import Reader
from platewise.vision.reads import Reads
from platewise.vision.stages import save_stages
from platewise.web import table
from platewise.web.once import once
from platewise.web.parts import parts
from platewise.web.uploads import Upload

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """A picture, what was read in it and by which reader."""

    upload: Upload
    frame: Frame
    reads: Reads
    reader: Reader


def look(upload: Upload, reader: Reader) -> Look:
    """Read a picture, in turn with other requests; ImageError when it is none."""
    shared = parts()
    with shared.reading.place():
        start = clock.ticks()
        frame = shared.decode(upload.data)
        decoded = (clock.ticks() - start) * 1e3
        reads = reader.read(frame.pixels)
    ms = {**reads.ms, "decode": decoded, "total": decoded + reads.ms["total"]}
    found = Look(upload, frame, replace(reads, image=upload.name, ms=ms), reader)
    shared.metrics.read(found.reads)
    _debug(found)
    return found


def arrival(seen: Look, camera: str | None, captured_at: datetime | None) -> Arrival:
    """Keep the evidence pictures and return what the gatehouse is to admit."""
    now = clock.now()
    at = captured_at or now
    image, crops = gatehouse.evidence(parts().store.images, seen.frame, seen.reads.reads)
    return Arrival(
        key=gatehouse.key_of(seen.upload.data, camera, at),
        frame=NewFrame(at, now, seen.frame.width, seen.frame.height, camera, seen.upload.name, image),
        reads=seen.reads.reads,
        pipeline=seen.reader.pipeline.name,
        model=getattr(seen.reader.pipeline, "version", ""),
        crops=crops,
    )


def keep(arrivals: list[Arrival], answer: Callable[[list[Admitted]], Any]) -> Response:
    """Admit arrivals in one transaction and return the answer to it; new reads go to the CSV file too."""
    admitted: list[Admitted] = []

    def work(unit: Unit) -> Any:
        """Admit all and answer."""
        admitted.extend(gatehouse.admit(unit, one) for one in arrivals)
        return answer(admitted)

    response = once(work)
    path = parts().settings.csv
    if path:
        table.append(path, [read for one in admitted if one.new for read in one.reads])
    return response


def _debug(seen: Look) -> None:
    """Keep what each stage saw, where that is wanted; a folder that cannot be written fails no request."""
    folder = parts().settings.debug_folder
    if folder:
        name = f"{clock.now():%Y%m%dT%H%M%S%f}-{request.endpoint}"
        try:
            save_stages(seen.frame.pixels, seen.reads, seen.reader, folder / name)
        except OSError as error:
            log.error("the stages of a read cannot be written to %s: %s", folder, error)
