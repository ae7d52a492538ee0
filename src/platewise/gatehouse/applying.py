"""Applying a site file: what it changes, and changing it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from platewise.gatehouse.siting import standing
from platewise.register import site_map
from platewise.register.site_file import SiteFile, parse, to_toml
from platewise.register.tolls import TollTariff, VehicleClass
from platewise.store.protocol import Unit
from platewise.store.site import Audit, Camera, Gate, Lane

Values = Mapping[str, Any]
_SECRET = ("source", "options")
"""What may hold a password: a difference names it, and does not show it."""


def differences(unit: Unit, site: SiteFile) -> tuple[str, ...]:
    """Return what applying a site changes: a line each, ``+`` new, ``~`` changed, ``-`` removed.

    Only what an earlier site file named is removed; other gates, lanes and cameras are left alone.
    """
    there, owned = standing(unit), _owned(unit)
    renamed = unit.tolls.site() and there.name != site.name
    told = [f"~ site: name {there.name} becomes {site.name}"] if renamed else []
    for kind in ("gate", "lane", "camera"):
        before, after = _by_name(getattr(there, f"{kind}s")), _by_name(getattr(site, f"{kind}s"))
        told += _told(kind, before, after, set(owned[kind]) & set(before))
    told += _reordered("lanes", there.lanes, site.lanes)
    before, after = _roads(there.segments), _roads(site.segments)
    told += _told("segment", before, after, set(before))
    prices = _prices(there.tariff), _prices(site.tariff)
    told += _told("tariff", *prices, set(prices[0]))
    if there.tariff and site.tariff:
        told += _reordered("tariff classes", there.tariff.classes, site.tariff.classes)
    return tuple(told)


def remarks(unit: Unit, site: SiteFile) -> Iterator[str]:
    """Yield what may be meant but is likely forgotten."""
    seen = {lane.gate for lane in site.lanes if any(one.lane == lane.name for one in site.cameras)}
    for gate in site.gates:
        if gate.name not in seen and not gate.lot:
            yield f"gate {gate.name!r} has no lane with a camera: nobody is seen there"
    lists = {one.name for one in unit.lists.lists()}
    tariff = site.tariff
    named = [one.list for one in tariff.classes if one.list] if tariff else []
    named += [one.list for one in tariff.permits] if tariff else []
    for name in dict.fromkeys(named):
        if name not in lists:
            yield f"the tariff names list {name!r}, which is not there yet: no plate is on it"


def apply(unit: Unit, site: SiteFile, at: datetime, by: str) -> tuple[str, ...]:
    """Let a site hold from now on; return what that changed, nothing where it held already."""
    told, owned = differences(unit, site), _owned(unit)
    if not told and unit.tolls.site():
        return ()
    gates = {one.name: one for one in unit.site.gates()}
    cameras = {one.name: one for one in unit.site.cameras()}
    for gate in site.gates:
        unit.site.put(_gate(gate, gates.get(gate.name)))
    for lane in site.lanes:
        unit.site.put(Lane(lane.name, lane.gate, lane.label))
    for camera in site.cameras:
        unit.site.put(_camera(camera, cameras.get(camera.name)))
    _remove(unit, site, owned)
    unit.tolls.apply(to_toml(site), at, by)
    unit.journal.append(Audit(at, by, "apply_site", site.name, f"{len(told)} changes"))
    return told


def exported(unit: Unit, *, sources: bool = False) -> str:
    """Return what stands as a site file; where none was applied, all gates, lanes and cameras over lanes."""
    there, record = standing(unit), unit.tolls.site()
    if record is None:
        seeing = tuple(one for one in there.cameras if one.lane)
        return to_toml(there.model_copy(update={"cameras": seeing}), sources=sources)
    mine = {one.name for one in parse(record.toml).gates}
    lanes = tuple(one for one in there.lanes if one.gate in mine)
    over = {one.name for one in lanes}
    new = {
        "gates": tuple(one for one in there.gates if one.name in mine),
        "lanes": lanes,
        "cameras": tuple(one for one in there.cameras if one.lane in over),
    }
    return to_toml(there.model_copy(update=new), sources=sources)


def _owned(unit: Unit) -> dict[str, list[str]]:
    """Return the names that the site which holds gave, by kind."""
    record = unit.tolls.site()
    site = parse(record.toml) if record else SiteFile.model_construct(name="", gates=())
    return {
        "gate": [one.name for one in site.gates],
        "lane": [one.name for one in site.lanes],
        "camera": [one.name for one in site.cameras],
    }


def _remove(unit: Unit, site: SiteFile, owned: Mapping[str, Sequence[str]]) -> None:
    for name in set(owned["camera"]) - {one.name for one in site.cameras}:
        unit.site.remove(Camera(name))
    for name in set(owned["lane"]) - {one.name for one in site.lanes}:
        unit.site.remove(Lane(name, ""))
    for name in set(owned["gate"]) - {one.name for one in site.gates}:
        unit.site.remove(Gate(name))


def _gate(told: site_map.Gate, former: Gate | None) -> Gate:
    return Gate(told.name, told.label, told.direction, former.options if former else {}, told.lot)


def _camera(told: site_map.Camera, former: Camera | None) -> Camera:
    source = told.source or (former.source if former else "")
    options = told.options or (former.options if former and former.source == source else {})
    return Camera(told.name, told.label, source, told.lane, former.enabled if former else True, options)


def _by_name(records: Sequence[site_map.Gate | site_map.Lane | site_map.Camera]) -> dict[str, Values]:
    return {one.name: one.model_dump(exclude={"name"}) for one in records}


def _roads(segments: Sequence[site_map.Segment]) -> dict[str, Values]:
    return {
        f"{one.begin} to {one.end}": one.model_dump(by_alias=True, exclude={"begin", "end"})
        for one in segments
    }


def _prices(tariff: TollTariff | None) -> dict[str, Values]:
    """Return a tariff as lines: itself, its classes, prices and permits."""
    if tariff is None:
        return {}
    lines: dict[str, Values] = {tariff.name: tariff.model_dump(include={"currency", "places", "missing"})}
    lines |= {f"class {one.name}": {"list": one.list} for one in tariff.classes}
    for price in tariff.prices:
        lines[f"price {price.begin} to {price.end}"] = {**price.price, "both ways": price.both_ways}
    return lines | {f"permit {one.list}": {"percent": one.percent} for one in tariff.permits}


def _told(
    kind: str, before: Mapping[str, Values], after: Mapping[str, Values], owned: set[str]
) -> Iterator[str]:
    for name, values in after.items():
        if name not in before:
            yield f"+ {kind} {name}"
            continue
        changed = ", ".join(_changed(before[name], values))
        if changed:
            yield f"~ {kind} {name}: {changed}"
    for name in before:
        if name in owned and name not in after:
            yield f"- {kind} {name}"


def _reordered(
    what: str, before: Sequence[site_map.Lane | VehicleClass], after: Sequence[site_map.Lane | VehicleClass]
) -> Iterator[str]:
    """Yield that what stays is in another order: lanes lie side by side, and the first class holds."""
    was, now = ([one.name for one in some] for some in (before, after))
    if [name for name in was if name in now] != [name for name in now if name in was]:
        yield f"~ {what}: another order"


def _changed(before: Values, after: Values) -> Iterator[str]:
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name), after.get(name)
        if name in _SECRET:
            if now and was != now:
                yield f"another {name}"
        elif was != now:
            yield f"{name} {_shown(was)} becomes {_shown(now)}"


def _shown(value: object) -> str:
    return "none" if value in (None, "") else f"{value:g}" if isinstance(value, float) else str(value)
