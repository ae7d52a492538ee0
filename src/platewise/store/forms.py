"""How plates and reads are taken apart to be kept, and put together again."""

from collections.abc import Mapping
from typing import Any

from platewise.core.plate import Plate, fold
from platewise.core.read import Character
from platewise.store.records import FrameRecord, NewRead, ReadRecord


def plate_columns(plate: Plate | None) -> dict[str, str | None]:
    """Return the columns of a plate's text forms."""
    if plate is None:
        return {"display": "", "normalised": "", "folded": "", "region": None}
    return {
        "display": plate.display,
        "normalised": plate.text,
        "folded": fold(plate.text),
        "region": plate.region,
    }


def read_columns(new: NewRead) -> dict[str, Any]:
    """Return the columns of a read, all but those that it shares with its frame."""
    read = new.read
    text = read.plate.text if read.plate else ""
    return {
        **plate_columns(read.plate),
        "raw": read.lattice.text() if read.lattice else text,
        "confidence": float(read.confidence),
        "detection_confidence": float(read.detection_confidence),
        "characters": [[c.text, round(float(c.confidence), 6)] for c in read.characters],
        "quad": [[round(float(x), 2), round(float(y), 2)] for x, y in read.quad],
        "explain": list(read.explain),
        "state": "new",
        "pipeline": new.pipeline,
        "model": new.model,
        "crop": new.crop.key if new.crop else None,
        "lattice": read.lattice.pack() if read.lattice else None,
    }


def restore(values: Mapping[str, Any], frame: FrameRecord) -> ReadRecord:
    """Return the read of these columns, with its number."""
    kept = dict(values)
    return ReadRecord(
        frame=frame,
        packed_lattice=kept.pop("lattice"),
        characters=tuple(Character(*c) for c in kept.pop("characters")),
        quad=tuple((x, y) for x, y in kept.pop("quad")),
        explain=tuple(kept.pop("explain")),
        **kept,
    )
