"""Frames, reads and reviews in dicts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from platewise.errors import InputError
from platewise.store.forms import plate_columns, read_columns, restore
from platewise.store.instants import from_micros, to_micros
from platewise.store.matching import (
    RANKED,
    check_limit,
    folded_misreads,
    key_of,
    likeliest_first,
    regex_of,
    shape_of,
)
from platewise.store.memory.tables import KeptImage, Tables, check, newest_first, within
from platewise.store.queries import Bucket, Page, ReadQuery, Statistics, StatisticsQuery
from platewise.store.records import (
    FrameRecord,
    NewFrame,
    NewRead,
    ReadRecord,
    Review,
    ReviewRecord,
    SightingRecord,
)


class MemoryReads:
    """The ReadStore of one unit."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def save(self, frame: NewFrame, reads: Sequence[NewRead]) -> tuple[ReadRecord, ...]:
        """Keep a frame with its reads, in their order."""
        if not reads and self._is_there(frame):
            return ()
        for image in (frame.image, *(new.crop for new in reads)):
            noted = self._tables.all(KeptImage).get(image.key) if image else None
            if image and (noted is None or noted.created_at < frame.received_at):
                self._tables.put(image.key, KeptImage(noted.image if noted else image, frame.received_at))
        kept = FrameRecord(
            self._tables.number(FrameRecord),
            frame.captured_at,
            frame.received_at,
            frame.width,
            frame.height,
            frame.camera,
            frame.name,
            frame.image.key if frame.image else None,
        )
        self._tables.put(kept.id, kept)
        return tuple(self._save(kept, new) for new in reads)

    def _is_there(self, frame: NewFrame) -> bool:
        """Tell whether this picture of this moment was kept before."""
        wanted = (frame.captured_at, frame.camera, frame.image.key if frame.image else None)
        kept = self._tables.all(FrameRecord).values()
        return bool(frame.image) and any((f.captured_at, f.camera, f.image) == wanted for f in kept)

    def get(self, read: int) -> ReadRecord | None:
        """Return one read."""
        return self._tables.all(ReadRecord).get(read)

    def find(self, query: ReadQuery) -> Page[ReadRecord]:
        """Return one page of reads."""
        check(replace(query, text=None))  # what is no sign in it is not compared
        check_limit(query.limit)
        reads = [read for read in self._tables.all(ReadRecord).values() if _passes(read, query)]
        if query.text is None:
            return newest_first(reads, _captured_at, query.limit, query.cursor)
        if query.match == "misread":
            return _likeliest(reads, query)
        shape = regex_of(shape_of(query.text, query.match))
        found = [read for read in reads if read.normalised and shape.fullmatch(read.normalised)]
        return newest_first(found, _captured_at, query.limit, query.cursor)

    def review(self, review: Review) -> ReadRecord:
        """Keep a verdict beside the read; its sightings follow."""
        before = self.get(review.read)
        if before is None:
            raise InputError(f"there is no read {review.read}")
        plate = review.plate or before.plate
        forms = plate_columns(plate)
        after = replace(before, state=review.verdict, **forms)  # type: ignore[arg-type]
        self._tables.put(after.id, after)
        shown = plate_columns(None) if review.verdict == "rejected" else forms
        for sighting in tuple(self._tables.all(SightingRecord).values()):
            if sighting.read == after.id:
                self._tables.put(sighting.id, replace(sighting, **shown))  # type: ignore[arg-type]
        self._note(review, str(before.plate or ""), str(plate or ""))
        return after

    def reviews(self, read: int) -> tuple[ReviewRecord, ...]:
        """Return all verdicts on a read, oldest first."""
        return tuple(record for record in self._tables.all(ReviewRecord).values() if record.read == read)

    def statistics(self, query: StatisticsQuery) -> Statistics:
        """Count the reads of a span of time."""
        if query.bucket < timedelta(minutes=1):
            raise InputError("a bucket is at least a minute")
        frames = [frame for frame in self._tables.all(FrameRecord).values() if _counts(frame, query)]
        reads = [read for read in self._tables.all(ReadRecord).values() if _counts(read.frame, query)]
        bars = Counter(min(int(read.confidence * 20), 19) for read in reads if read.normalised)
        return Statistics(
            _buckets(reads, query.bucket // timedelta(microseconds=1)),
            tuple(bars[i] for i in range(20)),
            dict(Counter(read.state for read in reads)),
            len(frames),
            len({read.frame.id for read in reads if read.normalised}),
        )

    def _save(self, frame: FrameRecord, new: NewRead) -> ReadRecord:
        read = restore({"id": self._tables.number(ReadRecord), **read_columns(new)}, frame)
        self._tables.put(read.id, read)
        return read

    def _note(self, review: Review, before: str, after: str) -> None:
        number = self._tables.number(ReviewRecord)
        said = (review.read, review.verdict, review.user, review.at, review.reason)
        self._tables.put(number, ReviewRecord(number, *said, before, after))


def _captured_at(read: ReadRecord) -> datetime:
    return read.frame.captured_at


def _passes(read: ReadRecord, query: ReadQuery) -> bool:
    """Tell whether a read meets all conditions but that on its text."""
    return (
        within(read.frame.captured_at, query.since, query.until)
        and query.camera in (None, read.frame.camera)
        and (query.min_confidence is None or read.confidence >= query.min_confidence)
        and (query.max_confidence is None or read.confidence <= query.max_confidence)
        and (not query.states or read.state in query.states)
    )


def _likeliest(reads: list[ReadRecord], query: ReadQuery) -> Page[ReadRecord]:
    key = key_of(query.text or "")
    if query.cursor is not None:
        return Page(())
    near = [read for read in reads if read.folded in folded_misreads(key)]
    newest = newest_first(near, _captured_at, RANKED, None).items
    ranked = likeliest_first(newest, key, query.limit)
    return Page(tuple(replace(read, likelihood=likelihood) for likelihood, read in ranked))


def _counts(frame: FrameRecord, query: StatisticsQuery) -> bool:
    return within(frame.captured_at, query.since, query.until) and query.camera in (None, frame.camera)


def _buckets(reads: list[ReadRecord], width: int) -> tuple[Bucket, ...]:
    every, good = Counter[int](), Counter[int]()
    for read in reads:
        start = to_micros(read.frame.captured_at) // width * width
        every[start] += 1
        good[start] += bool(read.normalised)
    return tuple(Bucket(from_micros(start), every[start], good[start]) for start in sorted(every))
