"""Hikvision's ``EventNotificationAlert`` of a camera that reads plates (ISAPI)."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from platewise.dialects.claims import Box, Claim, box_from, first, name_of, parsed, share, text_of

FULL, PLATE = "detectionPicture", "licensePlatePicture"
_PER_MILLE = 1000.0


def claim_of(xml: bytes, pictures: Mapping[str, bytes]) -> Claim | None:
    """Return what an event says; None for an event that is not about a plate, such as a heartbeat.

    ``pictures`` are the files beside it, by their names.
    """
    alert = parsed(xml)
    anpr = first(alert, "ANPR")
    if name_of(alert) != "EventNotificationAlert" or anpr is None:
        return None
    plate, at = text_of(anpr, "licensePlate"), text_of(alert, "dateTime")
    full = _picture(pictures, FULL, "vehiclePicture", "backgroundImage")
    camera = text_of(alert, "channelName") or text_of(alert, "macAddress") or text_of(alert, "ipAddress")
    believed = text_of(anpr, "plateCharBelieve").split(",")
    return Claim(
        plate=plate,
        confidence=share(text_of(anpr, "confidenceLevel")),
        key="|".join((plate, at, text_of(alert, "UUID"), text_of(anpr, "line"))),
        at=at or None,
        camera=camera or None,
        country=text_of(anpr, "country") or None,
        box=_box(anpr),
        shares=True,
        characters=tuple(share(one) for one in believed if one.strip()),
        picture=full,
        crop=_picture(pictures, PLATE, "plateImage"),
    )


def _picture(pictures: Mapping[str, bytes], *names: str) -> bytes | None:
    """Return the first file whose name begins with one of these words."""
    found = (data for name in names for at, data in pictures.items() if at.lower().startswith(name.lower()))
    return next(found, None)


def _box(anpr: Element) -> Box | None:
    """Return the plate's place in shares of the picture; the camera counts to a thousand."""
    for rect in (one for one in anpr.iter() if name_of(one) == "plateRect"):
        told = {name_of(one).lower(): one.text for one in rect}
        box = box_from([told.get(name) for name in ("x", "y", "width", "height")])
        if box and max(box) <= _PER_MILLE:
            x, y, w, h = (value / _PER_MILLE for value in box)
            return x, y, w, h
    return None
