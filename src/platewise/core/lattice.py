"""A Lattice: character probabilities per slot, the stored truth of a read."""

import zlib
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from platewise.core.plate import SIGNS

EMPTY = 0
"""The class of an empty slot; class ``1 + i`` is ``SIGNS[i]``."""
_PACKED = b"\x01"
_STEPS_A_BIT = 8
_UNPACKED = np.exp2(-np.arange(256, dtype=np.float32) / _STEPS_A_BIT)
_UNPACKED[255] = 0


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
        """Return a lattice ``(slots, K) float32`` that says ``text`` with that confidence a slot."""
        p = np.full((slots, 1 + len(SIGNS)), (1 - confidence) / len(SIGNS), np.float32)
        for i in range(slots):
            p[i, 1 + SIGNS.index(text[i]) if i < len(text) else EMPTY] = confidence
        return cls(p)

    def likelihood(self, text: str) -> float:
        """Return the probability in [0, 1] that the slots carry exactly this normalised text."""
        p = self.probabilities
        if len(text) > len(p) or not set(text) <= set(SIGNS):
            return 0.0
        classes = [1 + SIGNS.index(sign) for sign in text] + [EMPTY] * (len(p) - len(text))
        return float(p[np.arange(len(p)), classes].prod())

    def pack(self) -> bytes:
        """Return some 300 bytes that keep each probability over 3e-10 to within a tenth, others as nought.

        One is a byte: minus its binary logarithm, in eighths. As rows sum to 1, that of a sure sign is far
        more exact: its doubt, not the sign, is what is rounded.
        """
        bits = -np.log2(np.maximum(self.probabilities, 2.0**-32)) * _STEPS_A_BIT
        return _PACKED + zlib.compress(np.clip(bits.round(), 0, 255).astype(np.uint8).tobytes(), 9)

    @classmethod
    def unpack(cls, packed: bytes) -> "Lattice":
        """Return the lattice ``(T, K) float32`` that was packed; ValueError when the bytes are not one."""
        if packed[:1] != _PACKED:
            raise ValueError("these bytes are no packed lattice")
        try:
            steps = np.frombuffer(zlib.decompress(packed[1:]), np.uint8).reshape(-1, 1 + len(SIGNS))
        except zlib.error as error:
            raise ValueError("this packed lattice is damaged") from error
        p = _UNPACKED[steps]
        return cls(p / p.sum(1, keepdims=True))
