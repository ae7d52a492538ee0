"""A vehicle that passed, as the exports take it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Passing:
    """One sighting: its number, when and where, the plate (empty where none was readable), how sure.

    ``image`` and ``crop`` are the URLs of its evidence pictures; ``characters`` are probabilities.
    """

    id: int
    seen_at: datetime
    received_at: datetime | None
    plate: str
    display: str
    region: str | None
    confidence: float
    camera: str | None = None
    gate: str | None = None
    lane: str | None = None
    direction: str | None = None
    characters: tuple[float, ...] = ()
    image: str | None = None
    crop: str | None = None
