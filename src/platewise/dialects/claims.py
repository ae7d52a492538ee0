"""What another system says that it read: a camera with a reader of its own, or a recorder that forwards."""

import base64
import binascii
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from platewise.core.plate import normalise
from platewise.errors import InputError

NO_PLATE = ("", "UNKNOWN", "UNKNOW", "NOPLATE", "NONE", "NULL", "无车牌", "车牌")
"""What cameras write where they could not read the plate."""
LONGEST = 32
"""Signs of a text that may be a plate."""
DEEPEST = 64
"""Elements of XML inside each other."""
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Claim:
    """One plate as another system says it.

    ``key`` is the same each time the same passing is told. ``at`` is as it was written, perhaps without an
    offset. ``box`` is (x, y, width, height) in px, or with ``shares`` in shares of the picture; ``picture``
    and ``crop`` are files. ``characters`` are probabilities.
    """

    plate: str
    confidence: float
    key: str
    at: str | None = None
    camera: str | None = None
    country: str | None = None
    box: Box | None = None
    shares: bool = False
    characters: tuple[float, ...] = ()
    picture: bytes | None = field(default=None, repr=False)
    crop: bytes | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """The plate, normalised; empty where none was read."""
        text = normalise(self.plate)
        return "" if text in NO_PLATE or len(text) > LONGEST else text


def parsed(data: bytes) -> Element:
    """Return the root of an XML text that defines no entities and is not deep; InputError for any other."""
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise InputError(f"this is no XML that is taken: {type(error).__name__}") from error
    level = [root]
    for _ in range(DEEPEST):
        level = [child for element in level for child in element]
    if level:
        raise InputError(f"this XML has more than {DEEPEST} elements inside each other")
    return root


def name_of(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def first(element: Element, name: str) -> Element | None:
    """Return the first element below with a name, whatever its namespace."""
    return next((one for one in element.iter() if name_of(one) == name), None)


def text_of(element: Element | None, name: str) -> str:
    """Return the text of the first element below with a name, empty where there is none."""
    found = first(element, name) if element is not None else None
    return (found.text or "").strip() if found is not None else ""


def share(value: Any, full: float = 100.0) -> float:
    """Return a confidence as a share; numbers up to 1 are shares already, others are of ``full``.

    >>> share("93"), share(0.5), share("?")
    (0.93, 0.5, 0.0)
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0.0
    if not math.isfinite(number):
        return 0.0
    return min(max(number if number <= 1 else number / full, 0.0), 1.0)


def box_from(values: Any) -> Box | None:
    """Return four finite numbers as a box (x, y, width, height); None where they are none, or it is empty."""
    try:
        x, y, w, h = (float(value) for value in values)
    except (TypeError, ValueError):
        return None
    is_box = all(map(math.isfinite, (x, y, w, h))) and w > 0 and h > 0
    return (x, y, w, h) if is_box else None


def file_from(text: Any) -> bytes | None:
    """Return the file that is written in base64, alone or as a ``data:`` URL; None for what is none."""
    if not isinstance(text, str) or not text:
        return None
    try:
        return base64.b64decode("".join(text.rpartition(";base64,")[2].split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def instant(milliseconds: Any) -> str | None:
    """Return a time given in milliseconds of the epoch in words; None where it is none."""
    try:
        return datetime.fromtimestamp(float(milliseconds) / 1000, UTC).isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        return None
