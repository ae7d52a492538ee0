"""A Read: what one Frame says at one place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from platewise.core.geometry import Quad, box_of
from platewise.core.lattice import Lattice
from platewise.core.plate import Plate


class Character(NamedTuple):
    """One sign of a plate and its probability."""

    text: str
    confidence: float


class Candidate(NamedTuple):
    """One possible plate text and its probability."""

    plate: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Detection:
    """A plate may be here: Quad ``(4, 2) float32`` px and score in [0, 1]."""

    quad: Quad
    score: float


@dataclass(frozen=True, slots=True)
class Read:
    """A plate (or none readable) at a Quad ``(4, 2) float32`` px of its Frame.

    ``confidence`` is the probability that the whole text is right; ``explain`` says why a read is doubtful.
    ``lattice`` and ``regions`` (the probability of each region code) are what the recogniser said.
    """

    plate: Plate | None
    confidence: float
    quad: Quad = field(repr=False)
    detection_confidence: float = 1.0
    characters: tuple[Character, ...] = field(default=(), repr=False)
    candidates: tuple[Candidate, ...] = field(default=(), repr=False)
    explain: tuple[str, ...] = ()
    lattice: Lattice | None = field(default=None, repr=False, compare=False)
    regions: Mapping[str, float] = field(default_factory=dict, repr=False, compare=False)

    def __str__(self) -> str:
        """Return the plate and its confidence in a form for people."""
        return f"{self.plate or '(unreadable)'} {self.confidence:.0%}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; pixels are rounded to a tenth, probabilities to four places."""
        return {
            "plate": self.plate.text if self.plate else None,
            "display": self.plate.display if self.plate else None,
            "region": self.plate.region if self.plate else None,
            "confidence": round(self.confidence, 4),
            "detection_confidence": round(self.detection_confidence, 4),
            "box": [round(v, 1) for v in box_of(self.quad)],
            "quad": [[round(float(x), 1), round(float(y), 1)] for x, y in self.quad],
            "characters": [{"text": c.text, "confidence": round(c.confidence, 4)} for c in self.characters],
            "candidates": [{"plate": c.plate, "confidence": round(c.confidence, 4)} for c in self.candidates],
            "explain": list(self.explain),
        }
