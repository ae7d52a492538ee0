"""A Lattice: character probabilities per slot, the stored truth of a read."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from platewise.core.plate import SIGNS

EMPTY = 0
"""The class of an empty slot; class ``1 + i`` is ``SIGNS[i]``."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """Probabilities ``(T, K) float32``: T slots, K = 1 + len(SIGNS) classes, rows sum to 1."""

    probabilities: npt.NDArray[np.float32] = field(repr=False)

    def __post_init__(self) -> None:
        """Check the shape and that every row is a distribution."""
        p = self.probabilities
        if p.ndim != 2 or p.shape[1] != 1 + len(SIGNS):
            raise ValueError(f"a lattice is (T, {1 + len(SIGNS)}), got {p.shape}")
        if not np.isfinite(p).all() or (np.abs(p.sum(1) - 1) > 1e-3).any() or (p < -1e-6).any():
            raise ValueError("every row of a lattice must be a distribution")

    def text(self) -> str:
        """Return the likeliest sign of every slot, empty slots dropped."""
        return "".join(SIGNS[k - 1] for k in self.probabilities.argmax(1) if k != EMPTY)

    def confidences(self) -> tuple[float, ...]:
        """Return the probability of each sign of ``text()``."""
        best = self.probabilities.argmax(1)
        return tuple(float(self.probabilities[i, k]) for i, k in enumerate(best) if k != EMPTY)

    @classmethod
    def of(cls, text: str, slots: int, confidence: float = 1.0) -> "Lattice":
        """Return the lattice ``(slots, K) float32`` that says ``text`` with that confidence a slot (tests, manual entry)."""
        p = np.full((slots, 1 + len(SIGNS)), (1 - confidence) / len(SIGNS), np.float32)
        for i in range(slots):
            p[i, 1 + SIGNS.index(text[i]) if i < len(text) else EMPTY] = confidence
        return cls(p)
