"""Sightings as NGSI-LD ``AnprFlowObserved`` (Smart Data Models) and as APDS observations."""

from datetime import UTC, datetime
from typing import Any

from platewise.dialects.countries import iso
from platewise.dialects.passing import Passing

CONTEXT = "https://raw.githubusercontent.com/smart-data-models/dataModel.Transportation/master/context.jsonld"
NO_COUNTRY = "XX"
_WAYS = {"in": "towards", "out": "away"}


def anpr_flow_observed(passing: Passing) -> dict[str, Any]:
    """Return a sighting as an entity in the short (key-values) form."""
    plate = {"identifier": passing.plate, "confidence": round(passing.confidence, 4)}
    vehicle: dict[str, Any] = {"licensePlate": plate} if passing.plate else {}
    if iso(passing.region):
        vehicle["country"] = {"code": iso(passing.region)}
    if passing.direction in _WAYS:
        vehicle["direction"] = _WAYS[passing.direction]
    pictures = (("overview", passing.image), ("plate", passing.crop))
    return _without_nothing(
        {
            "id": f"urn:ngsi-ld:AnprFlowObserved:platewise:{passing.id}",
            "type": "AnprFlowObserved",
            "dateObserved": _time(passing.seen_at),
            "dateReceived": _time(passing.received_at) if passing.received_at else None,
            "observedBy": passing.camera,
            "laneId": passing.lane,
            "vehiclePlateNotRead": not passing.plate,
            "observedVehicle": vehicle,
            "refImages": [
                {"url": url, "contentType": "image/jpeg", "imageType": kind} for kind, url in pictures if url
            ],
            "@context": [CONTEXT],
        }
    )


def apds_observation(passing: Passing) -> dict[str, Any]:
    """Return a sighting as an observation of a parking place."""
    return _without_nothing(
        {
            "id": f"platewise:{passing.id}",
            "type": "Observation",
            "observationDateTime": _time(passing.seen_at),
            "observedMethod": "anpr",
            "observedCredentialType": "licensePlate",
            "observedCredentialId": passing.plate,
            "observedCredentialCountry": iso(passing.region) or NO_COUNTRY,
            "observedCredentialConfidence": round(passing.confidence, 4),
            "observedCredentialCharacterConfidence": [round(one, 4) for one in passing.characters] or None,
            "observer": passing.camera,
            "hierarchyElement": passing.gate,
            "towardsObserver": {"in": True, "out": False}.get(passing.direction or ""),
        }
    )


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _without_nothing(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}
