"""The events of Axis's License Plate Verifier, as it posts them in JSON."""

from collections.abc import Mapping
from typing import Any

from platewise.dialects.claims import Claim, box_from, file_from, instant, share

STATES = ("new", "update", "lost")
"""What became of a vehicle: it was read first, read better, or is gone."""


def claim_of(event: Mapping[str, Any], state: str = "new") -> Claim | None:
    """Return what an event says; None for one of another state of the vehicle."""
    if str(event.get("carState", state)).lower() != state:
        return None
    plate = next(
        (str(event[name]) for name in ("plateUTF8", "plateText", "plateASCII", "plate") if event.get(name)),
        "",
    )
    at = instant(event.get("capture_timestamp") or event.get("capture_ts")) or event.get("datetime")
    pictures = _pictures(event)
    camera = event.get("camera_info")
    named = camera.get("SerialNumber") if isinstance(camera, Mapping) else None
    return Claim(
        plate=plate,
        confidence=share(event.get("plateConfidence")),
        key="|".join(map(str, (plate, event.get("carID"), at, state))),
        at=str(at) if at else None,
        camera=str(event.get("sensorProviderID") or named or "") or None,
        country=str(event.get("plateCountry") or "") or None,
        box=box_from(event.get("plateCoordinates")),
        picture=next((data for kind, data in pictures if "plate" not in kind), None),
        crop=next((data for kind, data in pictures if "plate" in kind), None),
    )


def _pictures(event: Mapping[str, Any]) -> list[tuple[str, bytes]]:
    """Return kind and bytes of the pictures of an event."""
    given = event.get("ImageArray") or event.get("imagesArray") or event.get("images")
    found = []
    for one in given if isinstance(given, list) else []:
        if isinstance(one, Mapping):
            data = file_from(one.get("BinaryImage") or one.get("imageData") or one.get("image"))
            kind = str(one.get("ImageType") or one.get("imageType") or one.get("type") or "").lower()
            found += [(kind, data)] if data else []
    return found
