"""Loads the region files: those of the package and any folder the user names."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from platewise.errors import InputError, NameUnknown
from platewise.regions.schema import Look, RegionData, SeriesData
from platewise.regions.syntax import Pattern, Slot

RAREST = 0.005
"""A series is taken to be at least so frequent, against its region's most frequent one: weights are rough."""


@dataclass(frozen=True)
class Series:
    """One plate series: parsed patterns, look and weight."""

    region: str
    data: SeriesData
    patterns: tuple[Pattern, ...]

    @property
    def name(self) -> str:
        """The series' name, unique in its region."""
        return self.data.name

    @property
    def look(self) -> Look:
        """How it is drawn."""
        return self.data.look


@dataclass(frozen=True)
class Region:
    """A country: its series in the order of its file."""

    data: RegionData
    series: tuple[Series, ...]

    @property
    def code(self) -> str:
        """Lower-case code: ISO 3166 where there is one."""
        return self.data.code

    @property
    def name(self) -> str:
        """English name."""
        return self.data.name

    @cached_property
    def patterns(self) -> tuple[Pattern, ...]:
        """Every distinct pattern of every series."""
        return tuple({(p.source, p.slots): p for s in self.series for p in s.patterns}.values())

    @cached_property
    def frequencies(self) -> dict[tuple[Slot, ...], float]:
        """How frequent the plates of each grammar are against the most frequent series: over 0, at most 1."""
        most = max(s.data.weight for s in self.series) or 1.0
        found: dict[tuple[Slot, ...], float] = {}
        for series in self.series:
            for slots in {p.slots for p in series.patterns}:
                found[slots] = min(found.get(slots, 0.0) + max(series.data.weight / most, RAREST), 1.0)
        return found

    def match(self, text: str) -> Series | None:
        """Return the first series under which the normalised text is legal."""
        return next((s for s in self.series if any(p.matches(text) for p in s.patterns)), None)

    def display(self, text: str) -> str | None:
        """Return the normalised text as this country writes it, or None when no series matches."""
        return next((shown for p in self.patterns if (shown := p.display(text))), None)


def read_region(text: str, source: str) -> Region:
    """Return the region of a TOML text; InputError names ``source`` and what is wrong in it."""
    try:
        data = RegionData.model_validate(_inherit(tomllib.loads(text)))
        return Region(data, tuple(_series(data, s) for s in data.series))
    except (tomllib.TOMLDecodeError, ValidationError, ValueError, KeyError) as error:
        raise InputError(f"region file {source}: {error}") from error


def load(folders: Iterable[Path] = ()) -> dict[str, Region]:
    """Return all regions by code: the package's own, then those of ``folders`` (which may replace them).

    InputError names the file that cannot be read.
    """
    regions = dict(_packaged())
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            region = read_region(_text(path), str(path))
            regions[region.code] = region
    return regions


def select(codes: Sequence[str] | None, regions: dict[str, Region] | None = None) -> tuple[Region, ...]:
    """Return the regions with these codes, all when None; NameUnknown for a code that no file has."""
    known = regions if regions is not None else load()
    for code in codes or ():
        if code.lower() not in known:
            raise NameUnknown("region", code, sorted(known))
    return tuple(known[code.lower()] for code in codes) if codes else tuple(known.values())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"region file {path}: {getattr(error, 'strerror', None) or error}") from error


@lru_cache(maxsize=1)
def _packaged() -> dict[str, Region]:
    files = sorted(
        (
            f
            for f in resources.files("platewise.regions").joinpath("data").iterdir()
            if f.name.endswith(".toml")
        ),
        key=lambda f: f.name,
    )
    regions = (read_region(f.read_text("utf-8"), f.name) for f in files)
    return {r.code: r for r in regions}


def _inherit(raw: dict[str, Any]) -> dict[str, Any]:
    """Fill each series that says ``like = "other"`` with what only the other says (the look key by key)."""
    done: dict[str, dict[str, Any]] = {}
    for series in raw.get("series", []):
        if "like" in series:
            parent = done[series["like"]]
            series = {**parent, **series, "look": {**parent.get("look", {}), **series.get("look", {})}}
        done[series["name"]] = series
    if len(done) != len(raw.get("series", [])):
        raise ValueError("two series have one name")
    return {**raw, "series": list(done.values())}


def _series(region: RegionData, data: SeriesData) -> Series:
    classes, words = {**region.classes, **data.classes}, {**region.words, **data.words}
    return Series(region.code, data, tuple(Pattern.parse(p, classes, words) for p in data.patterns))
