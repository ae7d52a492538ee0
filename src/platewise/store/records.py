"""What the store keeps about a picture: frames, reads, their reviews, sightings, events.

Records are frozen and plain. ``New...`` goes in, ``...Record`` comes out with the number that the store gave.
Every time is an aware UTC datetime, kept to the microsecond.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from platewise.core.lattice import Lattice
from platewise.core.plate import Plate
from platewise.core.read import Character, Read

ImageKind = Literal["frame", "plate"]
State = Literal["new", "accepted", "corrected", "rejected"]
Verdict = Literal["accepted", "corrected", "rejected"]
Direction = Literal["in", "out", "both"]

STATES: tuple[State, ...] = ("new", "accepted", "corrected", "rejected")


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A picture in the image folder: ``key`` is the SHA-256 of its JPEG bytes, ``size`` counts them."""

    key: str
    kind: ImageKind
    size: int


@dataclass(frozen=True, slots=True)
class NewFrame:
    """One picture that was read. ``name`` is the Frame's own id; ``camera`` need not be a known one."""

    captured_at: datetime
    received_at: datetime
    width: int
    height: int
    camera: str | None = None
    name: str | None = None
    image: StoredImage | None = None


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """A stored picture; ``image`` is the key of its evidence picture while that is kept."""

    id: int
    captured_at: datetime
    received_at: datetime
    width: int
    height: int
    camera: str | None
    name: str | None
    image: str | None


@dataclass(frozen=True, slots=True)
class NewRead:
    """A Read to keep, the picture of its plate, and what read it."""

    read: Read
    pipeline: str
    model: str
    crop: StoredImage | None = None


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """A stored read. ``raw`` and the lattice are what the recogniser said and never change.

    ``display``, ``normalised``, ``folded`` and ``region`` are the plate as it is known now: a correction
    changes them and keeps the former text beside. They are empty where no plate was readable.
    ``quad`` is the plate's own top-left, top-right, bottom-right, bottom-left as (x, y) px of the frame.
    ``likelihood`` is that of the text searched for, in a misread-tolerant search.
    """

    id: int
    frame: FrameRecord
    raw: str
    display: str
    normalised: str
    folded: str
    region: str | None
    confidence: float
    detection_confidence: float
    characters: tuple[Character, ...]
    quad: tuple[tuple[float, float], ...]
    explain: tuple[str, ...]
    state: State
    pipeline: str
    model: str
    crop: str | None
    packed_lattice: bytes | None = field(default=None, repr=False)
    likelihood: float | None = None

    @property
    def lattice(self) -> Lattice | None:
        """The lattice, as precise as ``Lattice.pack`` keeps it; None where a read has none."""
        return Lattice.unpack(self.packed_lattice) if self.packed_lattice else None

    @property
    def plate(self) -> Plate | None:
        """The plate as it is known now."""
        return Plate(self.normalised, self.region, self.display) if self.normalised else None


@dataclass(frozen=True, slots=True)
class Review:
    """A person's verdict on a read; ``plate`` is the right one and given exactly with ``corrected``."""

    read: int
    verdict: Verdict
    user: str
    at: datetime
    reason: str = ""
    plate: Plate | None = None

    def __post_init__(self) -> None:
        """Check that a correction, and only a correction, carries a plate."""
        if (self.plate is not None) != (self.verdict == "corrected"):
            raise ValueError("a plate is given exactly when the verdict is 'corrected'")


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """A verdict as it was kept; ``before`` and ``after`` are display forms, empty where no plate was."""

    id: int
    read: int
    verdict: Verdict
    user: str
    at: datetime
    reason: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class NewSighting:
    """One vehicle passing once. ``key`` makes it happen once however often it is delivered.

    ``read`` is the read that shows it best: where that is corrected or rejected, the sighting follows.
    """

    key: str
    seen_at: datetime
    plate: Plate | None
    confidence: float
    camera: str | None = None
    gate: str | None = None
    lane: str | None = None
    direction: Direction | None = None
    read: int | None = None


@dataclass(frozen=True, slots=True)
class SightingRecord:
    """A stored sighting; the text forms are empty where no plate was readable."""

    id: int
    key: str
    seen_at: datetime
    display: str
    normalised: str
    folded: str
    region: str | None
    confidence: float
    camera: str | None
    gate: str | None
    lane: str | None
    direction: Direction | None
    read: int | None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Something that happened; ``payload`` is plain JSON, ``outputs`` name who must be told."""

    kind: str
    at: datetime
    payload: Mapping[str, Any]
    sighting: int | None = None
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventRecord:
    """A stored event; ``id`` grows, so it is the place to resume a stream at."""

    id: int
    kind: str
    at: datetime
    payload: Mapping[str, Any]
    sighting: int | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one output; ``attempts`` failed so far, the last one with ``error``.

    At ``dead_at`` it was given up.
    """

    id: int
    event: EventRecord
    output: str
    attempts: int
    due_at: datetime
    error: str
    dead_at: datetime | None = None
