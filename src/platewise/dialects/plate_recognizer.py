"""Plate Recognizer's answers: Snapshot's ``results`` and the webhook of its Stream.

We know no vehicles: their scores are 0 and their boxes empty, as Plate Recognizer itself tells a plate whose
vehicle it does not see.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from platewise.core.read import Read
from platewise.dialects.boxes import corners

UNKNOWN = "unknown"
NOWHERE = {"xmin": 0, "ymin": 0, "xmax": 0, "ymax": 0}


def box(read: Read) -> dict[str, int]:
    """Return where a plate is."""
    return dict(zip(NOWHERE, corners(read.quad), strict=True))


def result(read: Read, mmc: bool = False, direction: bool = False) -> dict[str, Any]:
    """Return one plate; with ``mmc`` and ``direction`` also what we do not know, in the shape asked for."""
    told: dict[str, Any] = {
        "box": box(read),
        "plate": _text(read),
        "region": {"code": _region(read), "score": _region_score(read)},
        "score": round(read.confidence, 3),
        "dscore": round(read.detection_confidence, 3),
        "candidates": _candidates(read),
        "vehicle": {"score": 0.0, "type": "Unknown", "box": dict(NOWHERE)},
    }
    if mmc:
        told |= {
            "model_make": [{"make": UNKNOWN, "model": UNKNOWN, "score": 0.0}],
            "color": [{"color": UNKNOWN, "score": 0.0}],
            "orientation": [{"orientation": "Unknown", "score": 0.0}],
        }
    if mmc and direction:
        told |= {"direction": None, "direction_score": 0.0}
    return told


def vehicle_result(read: Read, mmc: bool = False) -> dict[str, Any]:
    """Return one plate as ``detection_mode: vehicle`` wants it."""
    props: dict[str, Any] = {
        "plate": [{"value": one["plate"], "score": one["score"]} for one in _candidates(read)],
        "region": [{"value": _region(read), "score": _region_score(read)}],
    }
    vehicle: dict[str, Any] = {"score": 0.0, "type": "Unknown", "box": dict(NOWHERE), "props": {}}
    if mmc:
        vehicle["props"] = {
            "make_model": [{"make": UNKNOWN, "model": UNKNOWN, "score": 0.0}],
            "color": [{"value": UNKNOWN, "score": 0.0}],
            "orientation": [{"value": "Unknown", "score": 0.0}],
        }
    plate = {"score": round(read.detection_confidence, 3), "box": box(read), "props": props}
    return {"plate": plate, "vehicle": vehicle}


def time(at: datetime) -> str:
    """Return a time as Snapshot writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def stream(read: Read, told: Mapping[str, Any], seen_at: datetime, target: str) -> dict[str, Any]:
    """Return the webhook of a Stream that saw this plate; ``told`` is what the event says."""
    camera = told.get("camera") or "platewise"
    filename = f"{camera}_{told.get('read') or 0}.jpg"
    told_read = {
        **result(read, mmc=True, direction=True),
        "source_url": "",
        "position_sec": 0.0,
        "user_data": "",
    }
    data = {
        "camera_id": camera,
        "filename": filename,
        "timestamp": time(seen_at),
        "timestamp_local": seen_at.astimezone(UTC).isoformat(" "),
        "results": [told_read],
    }
    hook = {"target": target, "id": camera, "event": "recognition", "filename": filename}
    return {"hook": hook, "data": data}


def _text(read: Read) -> str:
    return read.plate.text.lower() if read.plate else ""


def _region(read: Read) -> str:
    return (read.plate.region if read.plate else None) or UNKNOWN


def _region_score(read: Read) -> float:
    return round(float(read.regions.get(_region(read), 0.0)), 3)


def _candidates(read: Read) -> list[dict[str, Any]]:
    """Return the candidates, the plate itself first."""
    if read.plate is None:
        return []
    rest = [one for one in read.candidates if one.plate != read.plate.text]
    found = [{"score": round(read.confidence, 3), "plate": _text(read)}]
    return found + [{"score": round(one.confidence, 3), "plate": one.plate.lower()} for one in rest]
