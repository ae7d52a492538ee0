"""The site: what its file says together with what the store knows of its gates, lanes and cameras."""

from collections.abc import Iterable

from platewise.register import site_map
from platewise.register.site_file import SiteFile, parse
from platewise.store.protocol import Unit
from platewise.store.site import Camera, Gate, Lane


def in_force(unit: Unit) -> SiteFile | None:
    """Return the gantries and roads that hold now; None where no site was applied, or nothing of it is left.

    The store's records say where a lane and a camera belong, so a camera that was moved by hand counts where
    it is; what only the file knows, distances, sides and clocks, is the file's, or usual for a new camera.
    """
    record = unit.tolls.site()
    return joined(parse(record.toml), unit) if record else None


def joined(file: SiteFile, unit: Unit) -> SiteFile | None:
    """Return a site as its file and the store's records say together, without car parks."""
    there = {one.name: one for one in unit.site.gates()}
    gates = [_gate(one, there[one.name]) for one in file.gates if one.name in there]
    gates = [one for one in gates if not one.lot]
    names = {one.name for one in gates}
    lanes = _lanes(file, (one for one in unit.site.lanes() if one.gate in names))
    over = {one.name for one in lanes}
    cameras = _cameras(file, (one for one in unit.site.cameras() if one.lane in over))
    roads = tuple(one for one in file.segments if one.begin in names and one.end in names)
    new = {"gates": tuple(gates), "lanes": lanes, "cameras": cameras, "segments": roads}
    return file.model_copy(update=new) if gates else None


def standing(unit: Unit) -> SiteFile:
    """Return all that stands: what the file says as it is now, and all other gates, lanes and cameras."""
    record = unit.tolls.site()
    file = parse(record.toml) if record else SiteFile.model_construct(name="site", gates=())
    told = {one.name: one for one in file.gates}
    order = {name: place for place, name in enumerate(told)}
    there = sorted(unit.site.gates(), key=lambda one: (order.get(one.name, len(order)), one.name))
    known = {one.name for one in there}
    new = {
        "gates": tuple(_gate(told.get(one.name), one) for one in there),
        "lanes": _lanes(file, unit.site.lanes()),
        "cameras": _cameras(file, unit.site.cameras()),
        "segments": tuple(one for one in file.segments if one.begin in known and one.end in known),
    }
    return file.model_copy(update=new)


def _gate(told: site_map.Gate | None, one: Gate) -> site_map.Gate:
    base = told or site_map.Gate(name=one.name)
    return base.model_copy(update={"label": one.label, "direction": one.direction, "lot": one.lot})


def _lanes(file: SiteFile, there: Iterable[Lane]) -> tuple[site_map.Lane, ...]:
    """Return lanes in the order of the file, which is that on the road, new ones last."""
    order = {one.name: place for place, one in enumerate(file.lanes)}
    found = sorted(there, key=lambda one: (order.get(one.name, len(order)), one.name))
    return tuple(site_map.Lane(name=one.name, gate=one.gate, label=one.label) for one in found)


def _cameras(file: SiteFile, there: Iterable[Camera]) -> tuple[site_map.Camera, ...]:
    told = {one.name: one for one in file.cameras}
    order = {name: place for place, name in enumerate(told)}
    found = sorted(there, key=lambda one: (order.get(one.name, len(order)), one.name))
    return tuple(_camera(told.get(one.name), one) for one in found)


def _camera(told: site_map.Camera | None, one: Camera) -> site_map.Camera:
    """Return a camera as it stands, which may be over no lane; no file can say so."""
    base = told or site_map.Camera.model_construct(name=one.name)
    new = {"lane": one.lane, "label": one.label, "source": one.source, "options": dict(one.options)}
    return base.model_copy(update=new)
