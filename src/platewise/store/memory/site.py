"""Cameras, gates, lanes, settings and plate lists in dicts."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from platewise.core.plate import normalise
from platewise.errors import InputError
from platewise.register.values import Lot
from platewise.store.matching import after_of, check_limit, key_of, name_cursor
from platewise.store.memory.tables import Setting, Tables, by_name
from platewise.store.queries import EntryQuery, Imported, Page
from platewise.store.site import Camera, Entry, EntryRecord, Gate, Lane, Match, PlateList, Shape


class MemorySite:
    """The SiteStore of one unit."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def cameras(self) -> tuple[Camera, ...]:
        """Return all cameras by name."""
        return by_name(self._tables.all(Camera).values())

    def gates(self) -> tuple[Gate, ...]:
        """Return all gates by name."""
        return by_name(self._tables.all(Gate).values())

    def lanes(self) -> tuple[Lane, ...]:
        """Return all lanes by name."""
        return by_name(self._tables.all(Lane).values())

    def put(self, record: Camera | Gate | Lane) -> None:
        """Keep or replace one; its gate or lane must be there."""
        if isinstance(record, Lane) and record.gate not in self._tables.all(Gate):
            raise InputError(f"there is no gate {record.gate!r}")
        if isinstance(record, Camera) and record.lane not in (None, *self._tables.all(Lane)):
            raise InputError(f"there is no lane {record.lane!r}")
        if isinstance(record, Gate) and record.lot not in (None, *self._tables.all(Lot)):
            raise InputError(f"there is no lot {record.lot!r}")
        self._tables.put(record.name, record)

    def remove(self, record: Camera | Gate | Lane) -> bool:
        """Remove one by its name, a gate with its lanes."""
        if isinstance(record, Gate):
            for lane in self.lanes():
                if lane.gate == record.name:
                    self.remove(lane)
        if isinstance(record, Lane):
            for camera in self.cameras():
                if camera.lane == record.name:
                    self._tables.put(camera.name, replace(camera, lane=None))
        return self._tables.drop(type(record), record.name)

    def settings(self) -> dict[str, str]:
        """Return what was set on the Settings page."""
        return {setting.name: setting.value for setting in by_name(self._tables.all(Setting).values())}

    def set(self, settings: Mapping[str, str | None]) -> None:
        """Change some settings; None removes one."""
        for name, value in settings.items():
            if value is None:
                self._tables.drop(Setting, name)
            else:
                self._tables.put(name, Setting(name, value))


class MemoryLists:
    """The ListStore of one unit."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def lists(self) -> tuple[PlateList, ...]:
        """Return all lists by name."""
        return by_name(self._tables.all(PlateList).values())

    def put(self, plates: PlateList) -> None:
        """Keep a list, or change its kind and label."""
        self._tables.put(plates.name, plates)

    def remove(self, name: str) -> bool:
        """Remove a list with its entries."""
        for entry in tuple(self._tables.all(EntryRecord).values()):
            if entry.list == name:
                self._tables.drop(EntryRecord, entry.id)
        return self._tables.drop(PlateList, name)

    def add(self, name: str, entries: Iterable[Entry]) -> Imported:
        """Put plates on a list, many at once; an entry replaces the one of the same plate."""
        self._require(name)
        wanted = {key_of(entry.text): entry for entry in entries}
        replaced = self._drop(name, set(wanted))
        for key, entry in wanted.items():
            number = self._tables.number(EntryRecord)
            valid = entry.valid_from, entry.valid_until
            kept = EntryRecord(number, name, entry.text.strip(), key, entry.label, *valid, entry.note)
            self._tables.put(number, kept)
        return Imported(len(wanted) - replaced, replaced)

    def discard(self, name: str, texts: Iterable[str]) -> int:
        """Take plates off a list; return how many were on it."""
        self._require(name)
        return self._drop(name, {normalise(text) for text in texts})

    def entries(self, query: EntryQuery) -> Page[EntryRecord]:
        """Return one page of the entries of a list."""
        self._require(query.list)
        check_limit(query.limit)
        after = "" if query.cursor is None else after_of(query.cursor)
        found = [
            entry
            for entry in self._tables.all(EntryRecord).values()
            if entry.list == query.list
            and entry.normalised.startswith(normalise(query.text))
            and entry.normalised > after
        ]
        found.sort(key=lambda entry: entry.normalised)
        more = len(found) > query.limit
        last = name_cursor(found[query.limit - 1].normalised) if more else None
        return Page(tuple(found[: query.limit]), last)

    def matches(self, text: str, at: datetime) -> tuple[Match, ...]:
        """Return where a plate is listed at that time, by name of the list."""
        found = [
            Match(self._tables.all(PlateList)[entry.list], entry)
            for entry in self._tables.all(EntryRecord).values()
            if entry.normalised == normalise(text) and entry.holds(at)
        ]
        return tuple(sorted(found, key=lambda match: match.list.name))

    def alike(self, shape: Shape, at: datetime) -> tuple[Match, ...]:
        """Return the entries that hold at that time and look like a shape, by list and plate."""
        lists = self._tables.all(PlateList)
        found = [
            Match(lists[entry.list], entry)
            for entry in self._tables.all(EntryRecord).values()
            if lists[entry.list].kind in shape.kinds and shape.fits(entry.normalised) and entry.holds(at)
        ]
        return tuple(sorted(found, key=lambda match: (match.list.name, match.entry.normalised)))

    def _require(self, name: str) -> None:
        if name not in self._tables.all(PlateList):
            raise InputError(f"there is no list {name!r}")

    def _drop(self, name: str, keys: set[str]) -> int:
        entries = tuple(self._tables.all(EntryRecord).values())
        there = [entry.id for entry in entries if entry.list == name and entry.normalised in keys]
        return sum(self._tables.drop(EntryRecord, number) for number in there)
