"""The families, by name."""

from collections.abc import Iterable, Mapping

from flask_openapi import APIBlueprint

from platewise.web.vendors import (
    axis,
    blue_iris,
    codeproject,
    hikvision,
    hyperlpr,
    onvif,
    openalpr,
    plate_recognizer,
    redaction,
)

FAMILIES: Mapping[str, APIBlueprint] = {
    "platerecognizer": plate_recognizer.blueprint,
    "codeproject": codeproject.blueprint,
    "openalpr": openalpr.blueprint,
    "hyperlpr": hyperlpr.blueprint,
    "redaction": redaction.blueprint,
    "hikvision": hikvision.blueprint,
    "axis": axis.blueprint,
    "onvif": onvif.blueprint,
    "blueiris": blue_iris.blueprint,
}


def blueprints(families: Iterable[str]) -> tuple[APIBlueprint, ...]:
    """Return the routes of these families."""
    wanted = set(families)
    return tuple(blueprint for name, blueprint in FAMILIES.items() if name in wanted)
