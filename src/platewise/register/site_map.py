"""What a site file may say: gates, their lanes and cameras, and the road between the gates.

A gantry is a gate over lanes. Names are unique among their kind and are those of the store's records. Unknown
keys are errors. Tolerances and clock errors are bounds that 95 % of the measurements keep.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Annotated, Any

from pydantic import Field, model_validator

from platewise.errors import InputError
from platewise.register import sources
from platewise.register.toml_text import Fault, Strict, refuse, validated
from platewise.register.values import Direction

Name = Annotated[str, Field(min_length=1, max_length=80)]
Share = Annotated[float, Field(ge=0, le=1)]
Side = Annotated[str, Field(pattern="^(front|rear)$")]


class Gate(Strict):
    """A place that vehicles pass. ``direction`` is where it leads: 'in' and 'out' begin and end journeys.

    ``begins`` and ``ends`` are the shares of the vehicles seen here that begin or end their journey here,
    where a slip road makes that other than all or none. ``missed`` is the share that no camera reads. ``lot``
    is the car park that it leads into: then it is no gantry.
    """

    name: Name
    label: str = ""
    direction: Direction = "both"
    begins: Share | None = None
    ends: Share | None = None
    missed: Annotated[float, Field(gt=0, lt=1)] = 0.02
    vehicles_an_hour: Annotated[float, Field(gt=0, le=100_000)] = 600
    lot: Name | None = None


class Lane(Strict):
    """A lane of a gate; those of one gate lie beside each other in the order of the file."""

    name: Name
    gate: Name
    label: str = ""


class Camera(Strict):
    """A camera over a lane. ``side`` is the end of the vehicle that it sees.

    ``offset`` says how many metres behind the gate's line, in the direction of travel, it reads a plate;
    ``clock_error`` is by how many seconds its times may be wrong.
    """

    name: Name
    lane: Name
    label: str = ""
    source: str = Field("", repr=False)
    side: Side = "front"
    offset: Annotated[float, Field(ge=-200, le=200)] = 0
    clock_error: Annotated[float, Field(gt=0, le=60)] = 0.1
    options: dict[str, Any] = Field(default_factory=dict)


class Segment(Strict):
    """The road from one gate's line to the next one's, in one direction, by its shortest way.

    ``usual`` is the median speed in km/h, ``spread`` the deviation of its logarithm; the share ``stops``
    rests on the way, ``stop_minutes`` on average. ``share`` weighs it against other ways out of its gate.
    """

    begin: Name = Field(alias="from")
    end: Name = Field(alias="to")
    metres: Annotated[float, Field(gt=0, le=1e7)]
    tolerance: Annotated[float, Field(ge=0, le=1e5)]
    usual: Annotated[float, Field(gt=0, le=300)] = 100
    spread: Annotated[float, Field(ge=0.01, le=1)] = 0.12
    stops: Annotated[float, Field(gt=0, lt=1)] = 0.02
    stop_minutes: Annotated[float, Field(gt=0, le=600)] = 20
    share: Annotated[float, Field(gt=0, le=1)] = 1.0


class SiteMap(Strict):
    """A site: everything that a site file says."""

    name: str
    gates: tuple[Gate, ...] = Field(min_length=1)
    lanes: tuple[Lane, ...] = ()
    cameras: tuple[Camera, ...] = ()
    segments: tuple[Segment, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> "SiteMap":
        refuse(self.faults(), self)
        return self

    def faults(self) -> Iterator[Fault]:
        """Yield what does not fit together."""
        names = {
            "gates": [gate.name for gate in self.gates],
            "lanes": [lane.name for lane in self.lanes],
            "cameras": [camera.name for camera in self.cameras],
        }
        for kind, found in names.items():
            yield from _twice(kind, found)
        yield from _twice("segments", [f"{one.begin} to {one.end}" for one in self.segments])
        for n, lane in enumerate(self.lanes):
            yield from _known(("lanes", n, "gate"), f"lane {lane.name!r}", lane.gate, names["gates"])
        for n, camera in enumerate(self.cameras):
            yield from _known(("cameras", n, "lane"), f"camera {camera.name!r}", camera.lane, names["lanes"])
            yield from _opened(n, camera)
        for n, segment in enumerate(self.segments):
            yield from self._faults_of(n, segment)

    def _faults_of(self, number: int, segment: Segment) -> Iterator[Fault]:
        place, gates = ("segments", number), {gate.name: gate for gate in self.gates}
        who = f"the segment from {segment.begin!r} to {segment.end!r}"
        for key, end in (("from", segment.begin), ("to", segment.end)):
            yield from _known((*place, key), who, end, gates)
            if end in gates and gates[end].lot:
                yield Fault((*place, key), f"{who} ends at gate {end!r}, which leads into a car park")
        if segment.begin == segment.end:
            yield Fault(place, f"a segment leads from {segment.begin!r} to itself")
        if segment.tolerance >= segment.metres:
            yield Fault(
                (*place, "tolerance"),
                f"the segment from {segment.begin!r}: its tolerance is its whole length",
            )

    def camera(self, name: str) -> Camera | None:
        """Return a camera by its name."""
        return next((camera for camera in self.cameras if camera.name == name), None)

    def lane(self, name: str) -> Lane | None:
        """Return a lane by its name."""
        return next((lane for lane in self.lanes if lane.name == name), None)


def parse(toml: str) -> SiteMap:
    """Return the site that a TOML text says; ``InputError`` says where and why it cannot."""
    return validated(toml, SiteMap, "site file", float)


def _twice(kind: str, names: Iterable[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            yield Fault((kind, number, "name"), f"two {kind} are named {name!r}")
        seen.add(name)


def _opened(number: int, camera: Camera) -> Iterator[Fault]:
    key = "source"
    try:
        if sources.check_kept(camera.source):
            key = "options"
            sources.options_of(camera.source, camera.options)
    except InputError as error:
        yield Fault(("cameras", number, key), f"camera {camera.name!r}: {error}")


def _known(place: tuple[str | int, ...], who: str, name: str, known: Collection[str]) -> Iterator[Fault]:
    if name not in known:
        kind = "lane" if place[-1] == "lane" else "gate"
        told = ", ".join(sorted(known)) or "none"
        yield Fault(place, f"{who} names {kind} {name!r}; there are {told}")
