"""What Blue Iris posts to a database of plates: ``ai_dump``, or before ``memo`` or ``plate_number``."""

from collections.abc import Iterator, Mapping
from typing import Any

from platewise.dialects.claims import Claim, box_from, file_from, share

OBJECTS = frozenset((
    "person", "people", "bicycle", "car", "motorcycle", "motorbike", "bus", "truck", "van", "vehicle", "boat",
    "train", "airplane", "bird", "cat", "dog", "horse", "sheep", "cow", "bear", "deer", "rabbit", "raccoon",
    "fox", "skunk", "squirrel", "pig", "plate", "dayplate", "nightplate", "face", "package",
))  # fmt: skip
"""What its detectors name beside plates."""


def claims_of(post: Mapping[str, Any]) -> list[Claim]:
    """Return the plates of a post, in their order; the first of the three forms that is there counts."""
    if post.get("ai_dump"):
        found = list(_dumped(post["ai_dump"]))
    elif isinstance(post.get("memo"), str) and post["memo"]:
        found = list(_noted(post["memo"]))
    else:
        plate = post.get("plate_number")
        found = [(plate, 0.0, None)] if isinstance(plate, str) and plate else []
    at, camera = (str(post[name]) if post.get(name) else None for name in ("timestamp", "camera"))
    picture = file_from(post.get("Image"))
    return [
        Claim(plate, sure, "|".join((plate, at or "", camera or "")), at, camera, None, box, picture=picture)
        for plate, sure, box in found
    ]


def _dumped(dump: Any) -> Iterator[tuple[str, float, Any]]:
    """Yield plate, confidence and box of what the plate reader found."""
    asked = [one for one in (dump if isinstance(dump, list) else [dump]) if isinstance(one, Mapping)]
    for one in asked:
        found = one.get("found") if one.get("api") == "alpr" else None
        predictions = found.get("predictions") if isinstance(found, Mapping) else None
        for told in predictions if isinstance(predictions, list) else []:
            if isinstance(told, Mapping) and isinstance(told.get("plate"), str) and told["plate"]:
                yield told["plate"], share(told.get("confidence")), _box(told)


def _box(told: Mapping[str, Any]) -> Any:
    try:
        left, top, right, bottom = (float(told[name]) for name in ("x_min", "y_min", "x_max", "y_max"))
    except (KeyError, TypeError, ValueError):
        return None
    return box_from((left, top, right - left, bottom - top))


def _noted(memo: str) -> Iterator[tuple[str, float, Any]]:
    """Yield the plates of a memo such as ``AB12CDE:85%,car:90%``."""
    seen = set()
    for part in memo.split(","):
        label, _, sure = part.partition(":")
        plate = label.strip(" []")
        if plate and plate.lower() not in OBJECTS and plate.upper() not in seen:
            seen.add(plate.upper())
            yield plate, share(sure.strip(" %") or 0), None
