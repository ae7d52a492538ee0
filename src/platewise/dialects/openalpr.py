"""OpenALPR's answers: ``alpr_results`` version 2, ``alpr_group``, and the text of its ``alpr`` command."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from platewise.core.read import Read
from platewise.dialects.boxes import points
from platewise.regions import library


class Shot(NamedTuple):
    """What is told of a picture: its size, when it was read (milliseconds of the epoch), how long that took.

    ``ms`` is of the whole picture; ``region`` is the one whose formats every candidate is compared with, that
    of the read where None.
    """

    width: int
    height: int
    epoch: int
    ms: float
    topn: int = 10
    region: str | None = None


def epoch(at: datetime) -> int:
    """Return a time in whole milliseconds of the epoch."""
    return round(at.timestamp() * 1000)


def plate(read: Read, shot: Shot, index: int = 0) -> dict[str, Any]:
    """Return one plate with its candidates."""
    region = (read.plate.region if read.plate else None) or ""
    wanted = shot.region or region
    candidates = _candidates(read, wanted, shot.topn)
    return {
        "plate": read.plate.text if read.plate else "",
        "confidence": _percent(read.confidence),
        "matches_template": candidates[0]["matches_template"] if candidates else 0,
        "plate_index": index,
        "region": region,
        "region_confidence": _percent(float(read.regions.get(region, 0.0))),
        "processing_time_ms": round(shot.ms, 3),
        "requested_topn": shot.topn,
        "coordinates": points(read.quad),
        "candidates": candidates,
    }


def results(reads: Sequence[Read], shot: Shot) -> dict[str, Any]:
    """Return what was read in a picture; a plate without a text is left out, as OpenALPR does."""
    readable = [read for read in reads if read.plate]
    return {
        "version": 2,
        "data_type": "alpr_results",
        "epoch_time": shot.epoch,
        "img_width": shot.width,
        "img_height": shot.height,
        "processing_time_ms": round(shot.ms, 3),
        "regions_of_interest": [{"x": 0, "y": 0, "width": shot.width, "height": shot.height}],
        "results": [plate(read, shot, i) for i, read in enumerate(readable)],
    }


def group(read: Read, shot: Shot, told: Mapping[str, Any], uuid: str) -> dict[str, Any]:
    """Return one vehicle passing, as the daemon's ``alpr_group``; ``told`` is what the event says."""
    best = plate(read, shot)
    found = [{"plate": one["plate"], "confidence": one["confidence"]} for one in best["candidates"]]
    return {
        "version": 2,
        "data_type": "alpr_group",
        "epoch_start": shot.epoch,
        "epoch_end": shot.epoch,
        "frame_start": 0,
        "frame_end": 0,
        "best_uuid": uuid,
        "best_plate_number": best["plate"],
        "best_confidence": best["confidence"],
        "best_region": best["region"],
        "best_region_confidence": best["region_confidence"],
        "best_plate": best,
        "candidates": [{**one, "matches_template": best["matches_template"]} for one in found],
        "uuids": [uuid],
        "plate_indexes": [0],
        "vehicle": {name: [] for name in ("color", "make", "make_model", "body_type", "year", "orientation")},
        "travel_direction": 0,
        "is_parked": False,
        "gps_latitude": -1,
        "gps_longitude": -1,
        **sender(told),
        "country": best["region"],
    }


def sender(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return who saw it, as the daemon says; our cameras have names, so its number is always the same."""
    return {
        "camera_id": 1,
        "camera_label": told.get("camera") or "platewise",
        "site_id": told.get("gate") or "platewise",
        "company_id": "platewise",
        "agent_uid": "platewise",
        "agent_type": "platewise",
    }


def lines(reads: Sequence[Read], shot: Shot, with_region: bool = False, clock: bool = False) -> Iterator[str]:
    """Yield what the command prints of a picture."""
    if clock:
        yield f"Total Time to process image: {shot.ms:.3f}ms."
    found = results(reads, shot)["results"]
    if not found:
        yield "No license plates found."
    for one in found:
        took = f" -- Processing Time = {one['processing_time_ms']}ms." if clock else ""
        yield f"plate{one['plate_index']}: {len(one['candidates'])} results{took}"
        if with_region and one["region"]:
            yield f"State ID: {one['region']} ({one['region_confidence']:g}% confidence)"
        for candidate in one["candidates"]:
            matched = (
                f"\t pattern_match: {candidate['matches_template']}" if with_region or shot.region else ""
            )
            yield f"    - {candidate['plate']}\t confidence: {candidate['confidence']:g}{matched}"


def _candidates(read: Read, region: str, topn: int) -> list[dict[str, Any]]:
    if read.plate is None:
        return []
    texts = {read.plate.text: read.confidence} | {
        one.plate: one.confidence for one in read.candidates if one.plate != read.plate.text
    }
    known = library.load().get(region)
    return [
        {
            "plate": text,
            "confidence": _percent(sure),
            "matches_template": int(bool(known and known.match(text))),
        }
        for text, sure in list(texts.items())[:topn]
    ]


def _percent(share: float) -> float:
    return round(share * 100, 4)
