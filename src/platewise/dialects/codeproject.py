"""CodeProject.AI's answers to a licence plate request."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any, NamedTuple

from platewise.core.frame import Pixels
from platewise.core.geometry import box_of
from platewise.core.read import Read
from platewise.dialects.boxes import corners

MODULE = "License Plate Reader"
COLOURFUL = 12
"""The mean difference between a plate's strongest and weakest colour by day; at night all is grey."""


class Work(NamedTuple):
    """What the server says of a request: the command, its name, when it was done and how long it took."""

    command: str
    request_id: str
    at: datetime
    ms: float
    inference_ms: float


def reads_found(reads: Sequence[Read], size: tuple[int, int]) -> list[dict[str, Any]]:
    """Return the readable plates of a picture of that width and height."""
    return [_prediction(read, f"Plate: {read.plate.text}", size) for read in reads if read.plate]


def plates_found(reads: Sequence[Read], labels: Sequence[str], size: tuple[int, int]) -> list[dict[str, Any]]:
    """Return all plates, readable or not, under the labels of the plate detector."""
    return [
        {**_prediction(read, label, size), "confidence": round(read.detection_confidence, 4)}
        for read, label in zip(reads, labels, strict=True)
    ]


def label(pixels: Pixels, read: Read) -> str:
    """Return the plate detector's label, by day or by night, in a picture ``(H, W, 3) uint8 RGB``."""
    left, top, right, bottom = corners(read.quad)
    part = pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
    colour = float((part.max(axis=2) - part.min(axis=2)).mean()) if part.size else 0.0
    return "DayPlate" if colour > COLOURFUL else "NightPlate"


def answer(predictions: list[dict[str, Any]], work: Work) -> dict[str, Any]:
    """Return the whole answer: what the module says, and what the server adds for older and newer clients."""
    names = [one["plate"] or one["label"] for one in predictions]
    message = f"Found {', '.join(one['label'] for one in predictions)}" if names else "No plates found"
    return {
        "success": True,
        "processMs": round(work.ms),
        "inferenceMs": round(work.inference_ms),
        "message": message,
        "predictions": predictions,
        "count": len(predictions),
        **_server(work),
    }


def models(names: list[str], work: Work) -> dict[str, Any]:
    """Return the names of the custom models."""
    return {"success": True, "models": names, "processMs": 0, "inferenceMs": 0, **_server(work)}


def _server(work: Work) -> dict[str, Any]:
    time = format_datetime(work.at, usegmt=True)
    return {
        "moduleId": "ALPR",
        "moduleName": MODULE,
        "code": 200,
        "command": work.command,
        "requestId": work.request_id,
        "inferenceDevice": "CPU",
        "analysisRoundTripMs": round(work.ms),
        "processedBy": "localhost",
        "timestampUTC": time,
        "timestamp": time,
        "canUseGPU": False,
        "executionProvider": "CPU",
    }


def _prediction(read: Read, label: str, size: tuple[int, int]) -> dict[str, Any]:
    left, top, right, bottom = corners(read.quad)
    return {
        "confidence": round(read.confidence, 4),
        "label": label,
        "plate": read.plate.text if read.plate else "",
        "x_min": left,
        "y_min": top,
        "x_max": right,
        "y_max": bottom,
        "plate_annotation": _annotation(read, size),
        "ocr_annotation": None,
        "valid_ocr_annotation": False,
    }


def _annotation(read: Read, size: tuple[int, int]) -> str:
    """Return where the plate is as YOLO's training data say: class, middle and size as shares."""
    (x, y, w, h), (width, height) = box_of(read.quad), size
    shares = ((x + w / 2) / width, (y + h / 2) / height, w / width, h / height)
    return " ".join(["0", *(f"{share:.6f}" for share in shares)])
