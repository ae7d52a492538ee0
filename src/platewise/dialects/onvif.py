"""ONVIF: events of cameras that read plates, and sightings as such events."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from platewise.dialects.claims import Box, Claim, file_from, first, name_of, parsed, share, text_of
from platewise.dialects.countries import iso
from platewise.dialects.passing import Passing

TT, WSNT = "http://www.onvif.org/ver10/schema", "http://docs.oasis-open.org/wsn/b-2"
TNS1 = "http://www.onvif.org/ver10/topics"
TOPIC = "tns1:RuleEngine/Recognition/LicensePlate"
DIALECT = "http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet"
BEGIN = f'<?xml version="1.0" encoding="UTF-8"?>\n<wsnt:Notify xmlns:wsnt="{WSNT}">\n'
END = "\n</wsnt:Notify>\n"
"""What a file of notifications begins and ends with."""
_TIME, _PLATE = "UtcTime", "LicensePlateInfo"
_TELLING = ("Message", "Object")
"""The innermost of these elements tells of one plate."""
_ITEMS = ("platenumber", "licenseplate", "plate")
_NOWHERE: tuple[str | None, str | None] = (None, None)
register_namespace("tt", TT)
register_namespace("wsnt", WSNT)


def claims_of(xml: bytes) -> list[Claim]:
    """Return the plates of a notification or of a piece of metadata, in their order."""
    return list(_claims(parsed(xml), _NOWHERE))


def _claims(element: Element, around: tuple[str | None, str | None]) -> Iterator[Claim]:
    """Yield the plates below an element; ``around`` is the time and the source that hold there."""
    time, source = element.get(_TIME) or around[0], _source(element) or around[1]
    if name_of(element) in _TELLING and not any(name_of(one) in _TELLING for one in _below(element)):
        claim = _claim(element, time, source)
        if claim:
            yield claim
        return
    for child in element:
        yield from _claims(child, (time, source))


def _below(element: Element) -> Iterator[Element]:
    return (one for child in element for one in child.iter())


def _claim(element: Element, time: str | None, source: str | None) -> Claim | None:
    """Return the plate of a message or an object; None where it tells of none."""
    info = first(element, _PLATE)
    items = {
        (one.get("Name") or "").lower(): one.get("Value") or ""
        for one in element.iter()
        if name_of(one) == "SimpleItem"
    }
    plate = text_of(info, "PlateNumber") or next((items[name] for name in _ITEMS if items.get(name)), "")
    if info is None and not plate:
        return None
    number = first(info, "PlateNumber") if info is not None else None
    likely = (number.get("Likelihood") if number is not None else None) or text_of(info, "Likelihood")
    return Claim(
        plate=plate,
        confidence=share(likely or items.get("likelihood") or items.get("confidence")),
        key="|".join(
            (plate, time or "", source or "", element.get("ObjectId") or items.get("objectid") or "")
        ),
        at=time,
        camera=source,
        country=text_of(info, "CountryCode") or items.get("countrycode") or None,
        box=_box(first(element, "BoundingBox")),
        shares=True,
        picture=file_from(text_of(first(element, "VehicleInfo"), "Image") or items.get("image")),
        crop=file_from(text_of(info, "Image")),
    )


def _source(element: Element) -> str | None:
    """Return what an element's own ``Source`` names as the origin."""
    source = next((child for child in element if name_of(child) == "Source"), None)
    values = [one.get("Value") or "" for one in source if one.get("Value")] if source is not None else []
    return values[0] if values else None


def _box(element: Element | None) -> Box | None:
    """Return a place in shares of the picture; ONVIF counts from -1 to 1, upwards."""
    try:
        left, top, right, bottom = (
            float(element.get(name, "")) if element is not None else 0.0
            for name in ("left", "top", "right", "bottom")
        )
    except ValueError:
        return None
    x, y, w, h = (left + 1) / 2, (1 - top) / 2, (right - left) / 2, (top - bottom) / 2
    is_inside = all(0 <= value <= 1 for value in (x, y, w, h)) and w > 0 and h > 0
    return (x, y, w, h) if is_inside else None


def notification(passing: Passing) -> str:
    """Return a sighting as one ``wsnt:NotificationMessage``."""
    root = Element(f"{{{WSNT}}}NotificationMessage", {"xmlns:tns1": TNS1})
    SubElement(root, f"{{{WSNT}}}Topic", {"Dialect": DIALECT}).text = TOPIC
    outer = SubElement(root, f"{{{WSNT}}}Message")
    at = passing.seen_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    message = SubElement(outer, f"{{{TT}}}Message", {_TIME: at})
    source = SubElement(message, f"{{{TT}}}Source")
    _item(source, "VideoSource", passing.camera or "platewise")
    key = SubElement(message, f"{{{TT}}}Key")
    _item(key, "ObjectId", str(passing.id))
    data = SubElement(message, f"{{{TT}}}Data")
    _item(data, "Likelihood", f"{passing.confidence:.4f}")
    if passing.image:
        _item(data, "ImageURI", passing.image)
    held = SubElement(data, f"{{{TT}}}ElementItem", {"Name": _PLATE})
    info = SubElement(held, f"{{{TT}}}{_PLATE}")
    _likely(info, "PlateNumber", passing.plate, passing.confidence)
    if iso(passing.region):
        _likely(info, "CountryCode", iso(passing.region) or "", passing.confidence)
    return tostring(root, "unicode")


def _item(parent: Element, name: str, value: str) -> None:
    SubElement(parent, f"{{{TT}}}SimpleItem", {"Name": name, "Value": value})


def _likely(parent: Element, name: str, value: Any, sure: float) -> None:
    SubElement(parent, f"{{{TT}}}{name}", {"Likelihood": f"{sure:.4f}"}).text = value
