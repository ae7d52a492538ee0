"""A Sighting: one vehicle passing one camera once, the vote over all its reads."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from platewise.core.frame import Frame
from platewise.core.read import Read

Motion = Literal["approaching", "receding", "left", "right", "still"]
"""What the plate did in the picture: it grew or sank, shrank or rose, went to a side, or stood."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One passage. ``key`` is the same each time the same pictures are told; ``read`` is the vote.

    ``frame`` is the evidence: the frame that was read best, at ``read.quad`` of it. ``frames`` counts the
    reads that voted; ``first_seen`` and ``last_seen`` are when they were captured.
    """

    key: str
    read: Read
    frame: Frame = field(repr=False)
    first_seen: datetime
    last_seen: datetime
    frames: int
    motion: Motion
    lane: str | None = None

    @property
    def camera(self) -> str | None:
        """The camera's name."""
        return self.frame.camera

    @property
    def seen_at(self) -> datetime:
        """When the evidence was captured."""
        return self.frame.captured_at or self.last_seen

    def __str__(self) -> str:
        """Return the plate, its confidence and what it did."""
        return f"{self.read} {self.motion}, {self.frames} frames"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: those of the read, and where and when."""
        return {
            "camera": self.camera,
            "seen_at": self.seen_at.isoformat(),
            "first_seen": self.first_seen.isoformat(),
            "last_seen": self.last_seen.isoformat(),
            "frame": self.frame.id,
            "frames": self.frames,
            "motion": self.motion,
            "lane": self.lane,
            "key": self.key,
            **self.read.to_dict(),
        }
