"""The tracker's numbers. Lengths are plate widths (of that plate in that frame), times captured seconds."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LinkTuning:
    """Which read belongs to which track.

    Within ``near`` of where a track is expected no text is needed; farther, up to ``rush`` a second for a
    vehicle of unknown speed and ``stray`` a second for one of known speed, the texts must speak for one plate
    with ``needed`` nats. Texts that speak against it with ``against`` nats never link. Sizes may differ by
    ``size`` (log), and by ``swell`` a second more. Distance, text and overlap weigh by the last three.
    """

    near: float = 1.2
    rush: float = 75.0
    stray: float = 20.0
    needed: float = 3.0
    against: float = -9.0
    size: float = 0.3
    swell: float = 2.5
    distance: float = 1.0
    text: float = 1.0
    overlap: float = 0.5


@dataclass(frozen=True, slots=True)
class TrackerTuning:
    """When a track ends, when it is told, and when the same plate may be told again.

    A track ends ``gone`` seconds after its last read, at slow cameras ``gaps`` frames after it. When all
    comes to rest, what was seen ``lately`` is taken to be there as long as nothing moves.

    A track is told when it ends; or when it has stood for ``stands`` seconds and its vote is ``sure``; or
    after ``patience``. What was told without a plate is told once more when its vote has become sure. One
    read alone must be ``lone`` sure; a track without text needs ``blind`` reads.

    A plate seen again within ``rearm`` seconds after its last read is the same passage: its vote must agree
    to the share ``same``, ``quick`` while it was gone for less than ``soon`` seconds. The best ``most`` looks
    vote.
    """

    link: LinkTuning = field(default_factory=LinkTuning)
    gone: float = 1.0
    lately: float = 0.4
    gaps: float = 2.5
    stands: float = 1.0
    sure: float = 0.8
    patience: float = 10.0
    lone: float = 0.6
    blind: int = 8
    rearm: float = 30.0
    same: float = 0.85
    quick: float = 0.65
    soon: float = 3.0
    most: int = 16


STILLS = TrackerTuning(lone=0.0, blind=1)
"""For single pictures: each read of each is a passage, unless the same plate was there just before."""
