"""Retention, erasing and showing all of one plate, in dicts."""

import json
import re
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from platewise.store.alerts import AlertRecord
from platewise.store.matching import ANSWERS_LAST, mention_of
from platewise.store.memory import parked, travelled
from platewise.store.memory.lots import record_of
from platewise.store.memory.tables import KeptAnswer, KeptImage, Tables
from platewise.store.outputs import OutputState
from platewise.store.queries import Held, Retention
from platewise.store.records import (
    Delivery,
    EventRecord,
    FrameRecord,
    ReadRecord,
    ReviewRecord,
    SightingRecord,
)
from platewise.store.site import AuditRecord, EntryRecord

ERASED = "[erased]"


def about(tables: Tables, key: str) -> Held:
    """Return everything that is held on a plate."""
    mention = mention_of(key)
    reads = _where(tables, ReadRecord, lambda read: read.normalised == key)
    numbers = {read.id for read in reads}
    sightings = _where(tables, SightingRecord, lambda s: s.normalised == key or s.read in numbers)
    seen = {sighting.id for sighting in sightings}
    pictures = {picture for read in reads for picture in (read.crop, read.frame.image) if picture}
    visits = parked.visits_of(tables, key, numbers)
    return Held(
        key,
        reads,
        _where(tables, ReviewRecord, lambda review: review.read in numbers),
        sightings,
        _where(tables, EventRecord, lambda e: e.sighting in seen or _names(mention, _json(e.payload))),
        _where(tables, EntryRecord, lambda entry: entry.normalised == key),
        _where(tables, AuditRecord, lambda line: _names(mention, line.subject, line.detail)),
        tuple(sorted(pictures & tables.all(KeptImage).keys())),
        tuple(record_of(tables, kept) for kept in visits),
        tuple(kept.recent for kept in parked.recent_of(tables, key, numbers)),
        parked.payments_of(tables, visits, mention),
        *travelled.about(tables, key, numbers),
    )


def erase(tables: Tables, key: str) -> Counter[str]:
    """Delete what is held on a plate, and blacken its name elsewhere; return counts of rows."""
    held, mention = about(tables, key), mention_of(key)
    gone = Counter(images=forget(tables, held.images))
    numbers = {read.id for read in held.reads}
    gone.update(parked.erase(tables, key, numbers, mention))
    gone.update(travelled.erase(tables, key, numbers))
    parked.forget_reads(tables, numbers)
    alone = {read.frame.id for read in held.reads}
    gone["reads"] = _drop(tables, ReadRecord, held.reads)
    alone -= {read.frame.id for read in tables.all(ReadRecord).values()}
    gone["frames"] = sum(tables.drop(FrameRecord, frame) for frame in alone)
    _drop(tables, ReviewRecord, held.reviews)
    gone["sightings"] = _drop(tables, SightingRecord, held.sightings)
    gone["events"] = _drop_events(tables, held.events)
    gone["entries"] = _drop(tables, EntryRecord, held.entries)
    answers = tables.all(KeptAnswer).items()
    named = [k for k, kept in answers if _names(mention, k, kept.answer.body.decode("utf-8", "replace"))]
    gone["answers"] = sum(tables.drop(KeptAnswer, answer) for answer in named)
    gone.update(_blacken_all(tables, mention))
    return +gone


def expire(tables: Tables, retention: Retention, at: datetime) -> tuple[Counter[str], set[str]]:
    """Remove what is too old; return counts of rows and the keys of the pictures that went."""
    kept = {key: image.created_at for key, image in tables.all(KeptImage).items()}
    if retention.images_before is not None:
        forget(tables, [key for key, time in kept.items() if time < retention.images_before])
    gone = Counter(images=len(kept) - len(tables.all(KeptImage)))
    if (before := retention.reads_before) is not None:
        frames = _where(tables, FrameRecord, lambda frame: frame.captured_at < before)
        gone["frames"] = _drop_frames(tables, frames)
        old = _where(tables, SightingRecord, lambda sighting: sighting.seen_at < before)
        gone["events"] = _drop_events(tables, _where(tables, EventRecord, lambda event: event.at < before))
        gone["sightings"] = _drop_sightings(tables, old)
        gone.update(parked.expire(tables, before))
        gone.update(travelled.expire(tables, before))
    if (past := retention.audit_before) is not None:
        lines = _where(tables, AuditRecord, lambda line: line.at < past)
        gone["audit"] = _drop(tables, AuditRecord, lines)
    answers = [key for key, answer in tables.all(KeptAnswer).items() if answer.at <= at - ANSWERS_LAST]
    gone["answers"] = sum(tables.drop(KeptAnswer, key) for key in answers)
    return +gone, kept.keys() - tables.all(KeptImage).keys()


def forget(tables: Tables, keys: Collection[str]) -> int:
    """Drop the records of pictures; frames and reads that named them stay."""
    lost = set(keys)
    for frame in tuple(tables.all(FrameRecord).values()):
        if frame.image in lost:
            tables.put(frame.id, replace(frame, image=None))
    for read in tuple(tables.all(ReadRecord).values()):
        if read.crop in lost:
            tables.put(read.id, replace(read, crop=None))
    _refresh(tables)
    return sum(tables.drop(KeptImage, key) for key in lost)


def _refresh(tables: Tables) -> None:
    """Give every read its frame as it is now."""
    for read in tuple(tables.all(ReadRecord).values()):
        tables.put(read.id, replace(read, frame=tables.all(FrameRecord)[read.frame.id]))


def _drop_sightings(tables: Tables, sightings: Collection[SightingRecord]) -> int:
    """Drop sightings; younger events that name them stay."""
    numbers = {sighting.id for sighting in sightings}
    for event in _where(tables, EventRecord, lambda event: event.sighting in numbers):
        tables.put(event.id, replace(event, sighting=None))
    for sent in _where(tables, Delivery, lambda delivery: delivery.event.sighting in numbers):
        tables.put(sent.id, replace(sent, event=replace(sent.event, sighting=None)))
    return _drop(tables, SightingRecord, sightings)


def _drop_events(tables: Tables, events: Collection[EventRecord]) -> int:
    """Drop events with their deliveries."""
    numbers = {event.id for event in events}
    _drop(tables, Delivery, _where(tables, Delivery, lambda delivery: delivery.event.id in numbers))
    _drop(tables, AlertRecord, _where(tables, AlertRecord, lambda alert: alert.id in numbers))
    return _drop(tables, EventRecord, events)


def _drop_frames(tables: Tables, frames: Collection[FrameRecord]) -> int:
    numbers = {frame.id for frame in frames}
    reads = _where(tables, ReadRecord, lambda read: read.frame.id in numbers)
    pictures = {frame.image for frame in frames} | {read.crop for read in reads}
    gone = {read.id for read in reads}
    _drop(tables, ReviewRecord, _where(tables, ReviewRecord, lambda review: review.read in gone))
    for sighting in _where(tables, SightingRecord, lambda s: s.read in gone):
        tables.put(sighting.id, replace(sighting, read=None))
    parked.forget_reads(tables, gone)
    travelled.forget_reads(tables, gone)
    _drop(tables, ReadRecord, reads)
    count = _drop(tables, FrameRecord, frames)
    used = {frame.image for frame in tables.all(FrameRecord).values()}
    used |= {read.crop for read in tables.all(ReadRecord).values()}
    forget(tables, [key for key in pictures - used if key])
    return count


def _blacken_all(tables: Tables, mention: re.Pattern[str]) -> Counter[str]:
    words: dict[type[Any], tuple[str, tuple[str, ...]]] = {
        AuditRecord: ("audit", ("subject", "detail")),
        ReviewRecord: ("reviews", ("reason", "before", "after")),
        EntryRecord: ("entries", ("label", "note")),
        Delivery: ("outbox", ("error",)),
        OutputState: ("output_states", ("error",)),
        FrameRecord: ("frames", ("name",)),
        ReadRecord: ("reads", ("raw", "explain")),
    }
    counts: Counter[str] = Counter()
    for kind, (table, names) in words.items():
        for key, record in tuple(tables.all(kind).items()):
            clean = {name: _clean(mention, getattr(record, name)) for name in names}
            if any(clean[name] != getattr(record, name) for name in names):
                tables.put(key, replace(record, **clean))
                counts[table] += 1
    _refresh(tables)
    return counts


def _clean(mention: re.Pattern[str], value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(mention.sub(ERASED, part) for part in value)
    return None if value is None else mention.sub(ERASED, value)


def _where(tables: Tables, kind: type[Any], holds: Callable[[Any], bool]) -> tuple[Any, ...]:
    return tuple(record for record in tables.all(kind).values() if holds(record))


def _drop(tables: Tables, kind: type, records: Collection[Any]) -> int:
    return sum(tables.drop(kind, record.id) for record in records)


def _names(mention: re.Pattern[str], *texts: str) -> bool:
    return any(map(mention.search, texts))


def _json(payload: object) -> str:
    return json.dumps(payload, ensure_ascii=False)
