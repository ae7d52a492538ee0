"""Frigate's messages about plates."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from platewise.core.read import Read
from platewise.dialects.boxes import corners

TOPIC = "tracked_object_update"


def update(read: Read, told: Mapping[str, Any], seen_at: datetime) -> dict[str, Any]:
    """Return the message that a tracked vehicle's plate was read; ``told`` is what the event says.

    The name that Frigate gives a known plate is not known here.
    """
    assert read.plate
    moment = seen_at.timestamp()
    return {
        "type": "lpr",
        "id": f"{moment:.6f}-{told.get('sighting') or 0}",
        "name": None,
        "plate": read.plate.text,
        "score": round(read.confidence, 4),
        "camera": told.get("camera") or "platewise",
        "timestamp": moment,
        "plate_box": list(corners(read.quad)),
    }
