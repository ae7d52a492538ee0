"""Frames, reads and reviews in SQL."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select, update

from platewise.core.plate import Plate
from platewise.store.forms import plate_columns, read_columns
from platewise.store.queries import Page, ReadQuery, Statistics, StatisticsQuery
from platewise.store.records import NewFrame, NewRead, ReadRecord, Review, ReviewRecord, StoredImage
from platewise.store.sql import search, statistics
from platewise.store.sql.rows import (
    READS,
    insert_row,
    is_number,
    read_record,
    review_record,
    row_of,
)
from platewise.store.sql.schema import frames, images, reads, reviews, sightings


class SqlReads:
    """The ReadStore of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, frame: NewFrame, reads: Sequence[NewRead]) -> tuple[ReadRecord, ...]:
        """Keep a frame with its reads, in their order."""
        if not reads and self._is_there(frame):
            return ()
        for image in (frame.image, *(new.crop for new in reads)):
            if image:
                self._note_image(image, frame)
        number = self._insert_frame(frame)
        saved = (self.get(self._insert_read(number, frame, new)) for new in reads)
        return tuple(record for record in saved if record)

    def get(self, read: int) -> ReadRecord | None:
        """Return one read."""
        row = self._connection.execute(READS.where(reads.c.id == read)).first() if is_number(read) else None
        return read_record(row) if row else None

    def find(self, query: ReadQuery) -> Page[ReadRecord]:
        """Return one page of reads."""
        return search.find(self._connection, query)

    def review(self, review: Review) -> ReadRecord:
        """Keep a verdict beside the read; its sightings follow."""
        row = row_of(self._connection, reads, review.read)
        was = Plate(row.normalised, row.region, row.display) if row.normalised else None
        plate = review.plate or was
        self._connection.execute(
            update(reads)
            .where(reads.c.id == review.read)
            .values(state=review.verdict, **plate_columns(plate))
        )
        shown = None if review.verdict == "rejected" else plate
        follow = update(sightings).where(sightings.c.read_id == review.read).values(**plate_columns(shown))
        self._connection.execute(follow)
        self._note_review(review, was, plate)
        return read_record(self._connection.execute(READS.where(reads.c.id == review.read)).one())

    def reviews(self, read: int) -> tuple[ReviewRecord, ...]:
        """Return all verdicts on a read, oldest first."""
        if not is_number(read):
            return ()
        rows = select(reviews).where(reviews.c.read_id == read).order_by(reviews.c.id)
        return tuple(map(review_record, self._connection.execute(rows)))

    def statistics(self, query: StatisticsQuery) -> Statistics:
        """Count the reads of a span of time."""
        return statistics.count(self._connection, query)

    def _is_there(self, frame: NewFrame) -> bool:
        """Tell whether this picture of this moment was kept before."""
        if frame.image is None:
            return False
        same = select(frames.c.id).where(
            frames.c.captured_at == frame.captured_at,
            frames.c.image == frame.image.key,
            frames.c.camera.is_not_distinct_from(frame.camera),
        )
        return self._connection.execute(same.limit(1)).first() is not None

    def _note_image(self, image: StoredImage, frame: NewFrame) -> None:
        """Note a picture; one that came before is as old as its newest frame."""
        mine = images.c.key == image.key
        noted = self._connection.execute(select(images.c.created_at).where(mine)).scalar()
        if noted is None:
            values = {
                "key": image.key,
                "kind": image.kind,
                "size": image.size,
                "created_at": frame.received_at,
            }
            self._connection.execute(insert(images).values(values))
        elif noted < frame.received_at:
            self._connection.execute(update(images).where(mine).values(created_at=frame.received_at))

    def _insert_frame(self, frame: NewFrame) -> int:
        values = {
            "captured_at": frame.captured_at,
            "received_at": frame.received_at,
            "width": frame.width,
            "height": frame.height,
            "camera": frame.camera,
            "name": frame.name,
            "image": frame.image.key if frame.image else None,
        }
        return insert_row(self._connection, frames, values)

    def _insert_read(self, number: int, frame: NewFrame, new: NewRead) -> int:
        shared = {"frame_id": number, "captured_at": frame.captured_at, "camera": frame.camera}
        return insert_row(self._connection, reads, {**shared, **read_columns(new)})

    def _note_review(self, review: Review, before: Plate | None, after: Plate | None) -> None:
        values = {
            "read_id": review.read,
            "verdict": review.verdict,
            "user": review.user,
            "at": review.at,
            "reason": review.reason,
            "before": str(before or ""),
            "after": str(after or ""),
        }
        self._connection.execute(insert(reviews).values(values))
