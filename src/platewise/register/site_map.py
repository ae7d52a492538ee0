"""What a site file may say: gates, their lanes and cameras, and the road between the gates.

A gantry is a gate over lanes. Names are unique among their kind and are those of the store's records. Unknown
keys are errors. Tolerances and clock errors are bounds that 95 % of the measurements keep.
"""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from platewise.register.toml_text import validated
from platewise.register.values import Direction

Name = Annotated[str, Field(min_length=1, max_length=80)]
Share = Annotated[float, Field(ge=0, le=1)]
Side = Annotated[str, Field(pattern="^(front|rear)$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Gate(_Strict):
    """A place that vehicles pass. ``direction`` is where it leads: 'in' and 'out' begin and end journeys.

    ``begins`` and ``ends`` are the shares of the vehicles seen here that begin or end their journey here,
    where a slip road makes that other than all or none. ``missed`` is the share that no camera reads.
    """

    name: Name
    label: str = ""
    direction: Direction = "both"
    begins: Share | None = None
    ends: Share | None = None
    missed: Annotated[float, Field(gt=0, lt=1)] = 0.02
    vehicles_an_hour: Annotated[float, Field(gt=0, le=100_000)] = 600


class Lane(_Strict):
    """A lane of a gate; those of one gate lie beside each other in the order of the file."""

    name: Name
    gate: Name
    label: str = ""


class Camera(_Strict):
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
    options: dict[str, Any] = {}


class Segment(_Strict):
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


class SiteMap(_Strict):
    """A site: everything that a site file says."""

    name: str
    gates: tuple[Gate, ...] = Field(min_length=1)
    lanes: tuple[Lane, ...] = ()
    cameras: tuple[Camera, ...] = ()
    segments: tuple[Segment, ...] = ()

    @model_validator(mode="after")
    def _names_fit(self) -> "SiteMap":
        gates = _unique("gate", (gate.name for gate in self.gates))
        lanes = _unique("lane", (lane.name for lane in self.lanes))
        _unique("camera", (camera.name for camera in self.cameras))
        _unique("segment", (f"{s.begin} to {s.end}" for s in self.segments))
        for lane in self.lanes:
            _known(f"lane {lane.name!r}", "gate", lane.gate, gates)
        for camera in self.cameras:
            _known(f"camera {camera.name!r}", "lane", camera.lane, lanes)
        for segment in self.segments:
            for end in (segment.begin, segment.end):
                _known(f"the segment from {segment.begin!r} to {segment.end!r}", "gate", end, gates)
            if segment.begin == segment.end:
                raise ValueError(f"a segment leads from {segment.begin!r} to itself")
            if segment.tolerance >= segment.metres:
                raise ValueError(f"the segment from {segment.begin!r}: its tolerance is its whole length")
        return self

    def camera(self, name: str) -> Camera | None:
        """Return a camera by its name."""
        return next((camera for camera in self.cameras if camera.name == name), None)

    def lane(self, name: str) -> Lane | None:
        """Return a lane by its name."""
        return next((lane for lane in self.lanes if lane.name == name), None)


def parse(toml: str) -> SiteMap:
    """Return the site that a TOML text says; ``InputError`` says where and why it cannot."""
    return validated(toml, SiteMap, "site file", float)


def _unique(kind: str, names: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"two {kind}s are named {name!r}")
        seen.add(name)
    return seen


def _known(who: str, kind: str, name: str, known: set[str]) -> None:
    if name not in known:
        raise ValueError(f"{who} names {kind} {name!r}; there are {', '.join(sorted(known)) or 'none'}")
