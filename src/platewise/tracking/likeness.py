"""How much two lattices speak for one and the same text."""

import numpy as np
import numpy.typing as npt

from platewise.core.lattice import EMPTY, Lattice

COMMON = 36
"""So many signs are about equally common: two sure looks at one sign speak for it with log of this."""
MOST, LEAST = 3.5, -2.5
"""Nats that one slot can add or take: no single slot decides."""
GAP = -1.5
"""Nats for a slot that the other lattice does not have."""

Floats = npt.NDArray[np.float32]


def length(lattice: Lattice) -> int:
    """Return how many slots there are up to the last that likely carries a sign."""
    taken = np.flatnonzero(lattice.probabilities.argmax(1) != EMPTY)
    return int(taken[-1]) + 1 if len(taken) else 0


def agreement(one: Lattice, other: Lattice) -> Floats:
    """Return nats ``(n, m) float32``: how much slot i of one and slot j of the other speak for one sign.

    Nought where either knows nothing, negative where they contradict each other.
    """
    a, b = (lattice.probabilities[: length(lattice)] for lattice in (one, other))
    nats = np.log(np.maximum(a @ b.T * COMMON, 1e-9))
    return np.asarray(np.clip(nats, LEAST, MOST), np.float32)


def likeness(one: Lattice, other: Lattice) -> float:
    """Return the nats that speak for one text in both.

    The shorter may stand anywhere in the longer, as when half a plate was seen, and one slot beyond its ends.
    """
    table = agreement(one, other)
    if not table.size:
        return 0.0
    longer = table.shape[1] - table.shape[0]
    return max(_along(table, shift) for shift in range(min(longer, 0) - 1, max(longer, 0) + 2))


def share(one: Lattice, other: Lattice) -> float:
    """Return the likeness as a share of the largest that the longer of the two could have; at most 1."""
    longest = max(length(one), length(other))
    return likeness(one, other) / (longest * MOST) if longest else 0.0


def _along(table: Floats, shift: int) -> float:
    diagonal = np.diagonal(table, shift)
    left_over = max(table.shape) - len(diagonal)
    return float(diagonal.sum() + GAP * left_over)
