"""What a plate left behind on toll roads: to be shown, or to be gone."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, or_, select

from platewise.store.sql import journeys as journeys_
from platewise.store.sql import passages as passages_
from platewise.store.sql.schema import reads
from platewise.store.sql.toll_schema import journeys, passages, views
from platewise.store.tolling import JourneyRecord, PassageRecord


def about(connection: Connection, key: str) -> tuple[tuple[PassageRecord, ...], tuple[JourneyRecord, ...]]:
    """Return the passages and journeys of a plate."""
    return (
        tuple(sorted(passages_.load(connection, _is_passage(key)), key=lambda one: one.id)),
        journeys_.load(connection, _is_journey(key)),
    )


def erase(connection: Connection, key: str) -> dict[str, int]:
    """Delete them all, with the views; return counts of rows.

    A journey is one vehicle's, so it goes whole, with the passages on which its plate was misread.
    """
    numbers = list(connection.execute(select(journeys.c.id).where(_is_journey(key))).scalars())
    of_these = or_(_is_passage(key), passages.c.journey_id.in_(numbers))
    return {
        "passages": connection.execute(delete(passages).where(of_these)).rowcount,
        "journeys": connection.execute(delete(journeys).where(journeys.c.id.in_(numbers))).rowcount,
    }


def _is_view(key: str) -> ColumnElement[bool]:
    shown = select(reads.c.id).where(reads.c.normalised == key)
    return or_(views.c.text == key, views.c.read_id.in_(shown))


def _seen(key: str) -> Select[Any]:
    """Select the passages on which the plate itself was seen."""
    return select(views.c.passage_id).where(_is_view(key))


def _is_journey(key: str) -> ColumnElement[bool]:
    mine = or_(passages.c.text == key, passages.c.id.in_(_seen(key)))
    through = select(passages.c.journey_id).where(mine, passages.c.journey_id.is_not(None))
    return or_(journeys.c.plate == key, journeys.c.id.in_(through))


def _is_passage(key: str) -> ColumnElement[bool]:
    through = select(journeys.c.id).where(_is_journey(key))
    mine = or_(passages.c.text == key, passages.c.id.in_(_seen(key)))
    return or_(mine, passages.c.journey_id.in_(through))
