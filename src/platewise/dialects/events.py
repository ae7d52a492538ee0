"""What an event says of a plate, as a Read again: the outputs know events alone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from platewise.core.geometry import as_quad
from platewise.core.plate import Plate
from platewise.core.read import Candidate, Read

_NOWHERE = [[0.0, 0.0]] * 4


def read_of(told: Mapping[str, Any]) -> Read | None:
    """Return the Read that an event tells of; None where it names no plate."""
    text = told.get("plate")
    if not text:
        return None
    sure, region = float(told.get("confidence") or 0.0), told.get("region")
    return Read(
        Plate(text, region, told.get("display") or ""),
        sure,
        as_quad(told.get("quad") or _NOWHERE),
        float(told.get("detection_confidence") or 0.0),
        candidates=(Candidate(text, sure),),
    )


def seen_at(told: Mapping[str, Any], otherwise: datetime) -> datetime:
    """Return when the plate of an event was seen."""
    text = told.get("seen_at")
    return datetime.fromisoformat(text) if isinstance(text, str) else otherwise
