"""``/v1/lists/<name>/entries``: the plates on a list, also as CSV."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from io import StringIO
from typing import Any

from flask import Response, jsonify, request
from flask_openapi import RequestBody
from pydantic import BaseModel, Field, ValidationError, model_validator

from platewise.core.cells import unsafe
from platewise.store.export import each
from platewise.store.protocol import Unit
from platewise.store.queries import MOST, EntryQuery
from platewise.store.site import Entry, EntryRecord
from platewise.web import table
from platewise.web.access import policy
from platewise.web.errors import Refusal, told_of
from platewise.web.nouns import content, noun
from platewise.web.once import once
from platewise.web.parts import parts
from platewise.web.times import Time
from platewise.web.v1.lists import ListPath, RemovedAnswer, known_list
from platewise.web.v1.models import Page, Paging, PlateText, Request, Text, page

MOST_AT_ONCE = 1000
SEPARATORS = ",;\t"
COLUMNS = ("plate", "label", "valid_from", "valid_until", "note")

blueprint = noun("entries", "The plates on a list.")


class EntryBody(Request):
    """A plate in any spelling, and when it holds: from `valid_from` until just before `valid_until`."""

    plate: PlateText
    label: Text = ""
    valid_from: Time | None = None
    valid_until: Time | None = None
    note: Text = ""

    @model_validator(mode="after")
    def _forwards(self) -> "EntryBody":
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise ValueError("valid_until is not after valid_from: the plate would never be on the list")
        return self

    def to_entry(self) -> Entry:
        """Return the entry to keep."""
        return Entry(self.plate, self.label, self.valid_from, self.valid_until, self.note)


class EntriesBody(Request):
    """Plates to put on the list; one that is on it already is replaced."""

    entries: list[EntryBody] = Field(min_length=1, max_length=MOST_AT_ONCE)


class EntriesQuery(Paging):
    """Which entries: `plate` is how they begin."""

    plate: Text = ""


class EntryPath(ListPath):
    """A list and a plate on it."""

    plate: PlateText


class EntryAnswer(BaseModel):
    """A plate on a list."""

    plate: str
    normalised: str
    label: str
    valid_from: datetime | None
    valid_until: datetime | None
    note: str


class ImportedAnswer(BaseModel):
    """How many plates were new to the list, and how many replaced an entry."""

    added: int
    replaced: int


_CSV = RequestBody.model_validate({"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}})


@blueprint.get("/v1/lists/<name>/entries", responses={200: Page[EntryAnswer]})
@policy("viewer", scope="lists:read")
def find_entries(path: ListPath, query: EntriesQuery) -> dict[str, Any]:
    """Return a page of the plates on a list."""
    with parts().store.reading() as unit:
        known_list(unit, path.name)
        found = unit.lists.entries(EntryQuery(path.name, query.plate, query.limit, query.cursor))
    return page(EntryAnswer, [_shown(one) for one in found.items], found.next)


@blueprint.post("/v1/lists/<name>/entries", responses={200: ImportedAnswer})
@policy("operator", scope="lists:write")
def add_entries(path: ListPath, body: EntriesBody) -> Response:
    """Put plates on a list."""
    return add_to_list(path.name, [one.to_entry() for one in body.entries])


@blueprint.delete("/v1/lists/<name>/entries/<plate>", responses={200: RemovedAnswer})
@policy("operator", scope="lists:write")
def remove_entry(path: EntryPath) -> Response:
    """Take a plate off a list."""

    def work(unit: Unit) -> Response:
        """Take it off."""
        known_list(unit, path.name)
        removed = unit.lists.discard(path.name, [path.plate])
        if not removed:
            raise Refusal(404, "not_found", "This plate is not on the list.")
        return jsonify(removed=removed)

    return once(work)


@blueprint.get("/v1/lists/<name>/entries.csv", responses={200: content("text/csv", "The whole list.")})
@policy("viewer", scope="lists:read")
def export_entries(path: ListPath) -> Response:
    """Return a list as CSV."""
    with parts().store.reading() as unit:
        known_list(unit, path.name)
    query = EntryQuery(path.name, limit=MOST)
    found = each(parts().store, lambda unit, cursor: unit.lists.entries(replace(query, cursor=cursor)))
    rows = ((e.text, e.label, _iso(e.valid_from), _iso(e.valid_until), e.note) for e in found)
    return Response(table.lines(COLUMNS, rows), content_type="text/csv; charset=utf-8")


@blueprint.post("/v1/lists/<name>/entries.csv", request_body=_CSV, responses={200: ImportedAnswer})
@policy("operator", scope="lists:write")
def import_entries(path: ListPath) -> Response:
    """Put the plates of a CSV file on a list: a column `plate`, and if wanted those of the export."""
    return add_to_list(path.name, list(parse_csv(as_text(request.get_data()))))


def add_to_list(name: str, entries: list[Entry]) -> Response:
    """Put plates on a list and tell how many were new; 404 when there is no such list."""

    def work(unit: Unit) -> Response:
        """Put all on the list, or none."""
        known_list(unit, name)
        done = unit.lists.add(name, entries)
        return jsonify(added=done.added, replaced=done.replaced)

    return once(work)


def as_text(data: bytes) -> str:
    """Return the text of a CSV file; 422 where it is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal(422, "bad_csv", f"The file is not UTF-8: {error}.") from error


def parse_csv(text: str) -> Iterator[Entry]:
    """Yield the entries of a CSV file, whatever parts its columns; 422 names the line that is wrong."""
    rows = csv.DictReader(StringIO(text, newline=""), restkey="", delimiter=_separator(text))
    columns = [name.strip().lower() for name in _first(rows)]
    if "plate" not in columns:
        others = ", ".join(COLUMNS[1:])
        raise Refusal(422, "bad_csv", f"The first line names the columns: plate, and if wanted {others}.")
    rows.fieldnames = columns
    try:
        for number, row in enumerate(rows, 2):
            cells = {name: unsafe((row.get(name) or "").strip()) for name in COLUMNS}
            yield _entry(number, {name: cell for name, cell in cells.items() if cell})
    except csv.Error as error:
        raise Refusal(422, "bad_csv", f"The file is no CSV: {error}.") from error


def _separator(text: str) -> str:
    """Return what parts the columns of the first line: ``;`` where spreadsheets write 4,50."""
    first = "".join(text.splitlines()[:1])
    return max(SEPARATORS, key=first.count)


def _first(rows: "csv.DictReader[str]") -> list[str]:
    try:
        return [name or "" for name in rows.fieldnames or ()]
    except csv.Error as error:
        raise Refusal(422, "bad_csv", f"The file is no CSV: {error}.") from error


def _entry(number: int, cells: dict[str, str]) -> Entry:
    try:
        return EntryBody.model_validate(cells).to_entry()
    except ValidationError as error:
        raise Refusal(422, "bad_csv", f"Line {number}, {told_of(error)}.") from error


def _shown(one: EntryRecord) -> EntryAnswer:
    return EntryAnswer(
        plate=one.text,
        normalised=one.normalised,
        label=one.label,
        valid_from=one.valid_from,
        valid_until=one.valid_until,
        note=one.note,
    )


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
