"""The vote of many lattices: summed log-likelihood, weighted, slots aligned."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from platewise.core.lattice import EMPTY, Lattice
from platewise.core.plate import SIGNS
from platewise.tracking.likeness import GAP, agreement

FLOOR = 1e-4
"""No look may rule a sign out: a smear or a wrong cut would."""
COUNT = 0.25
"""n equal looks count as n to this power: frames of one passage share light, dirt and angle."""
MISSING = 0.5
"""What a look that lacks a slot says for the slot being empty; of its sign it says nothing."""

Floats = npt.NDArray[np.float32]


def fuse(lattices: Sequence[Lattice], weights: Sequence[float]) -> Lattice:
    """Return the lattice ``(T, K)`` that some looks at one plate say together."""
    if len(lattices) == 1:
        return Lattice(_closed_up(lattices[0].probabilities))
    base = lattices[_most_typical(lattices, weights)]
    rows = np.stack([_floored(_aligned(lattice, base)) for lattice in lattices])
    shares = np.asarray(weights, np.float32)
    number = float(shares.sum() / shares.max()) ** COUNT
    logs = np.tensordot(shares / shares.sum(), np.log(rows), 1) * number
    fused = np.exp(logs - logs.max(1, keepdims=True))
    return Lattice(_closed_up((fused / fused.sum(1, keepdims=True)).astype(np.float32)))


def fuse_regions(regions: Sequence[Mapping[str, float]], weights: Sequence[float]) -> dict[str, float]:
    """Return the weighted mean of what some looks say of the region."""
    total = sum(weights)
    codes = dict.fromkeys(code for said in regions for code in said)
    return {
        code: sum(w * said.get(code, 0.0) for said, w in zip(regions, weights, strict=True)) / total
        for code in codes
    }


def _most_typical(lattices: Sequence[Lattice], weights: Sequence[float]) -> int:
    """Return the number of the lattice that the others, by weight, agree with most."""
    tables = [[agreement(a, b) for b in lattices] for a in lattices]
    scores = [
        w * sum(v * float(np.trace(t)) for v, t in zip(weights, row, strict=True) if t.size)
        for w, row in zip(weights, tables, strict=True)
    ]
    return int(np.argmax(scores))


def _aligned(lattice: Lattice, base: Lattice) -> Floats:
    """Return the rows ``(T, K)`` of a lattice in the places of the base's slots."""
    table = agreement(base, lattice)
    same = table.shape[0] == table.shape[1]
    if not table.size or (same and float(np.trace(table)) >= 0):
        return lattice.probabilities
    rows = _nothing(len(base.probabilities))
    pairs = _best_path(table)
    for i, j in pairs:
        rows[i] = lattice.probabilities[j]
    tail = lattice.probabilities[1 + max((j for _, j in pairs), default=-1) :][: len(rows) - len(table)]
    rows[len(table) : len(table) + len(tail)] = tail
    return rows


def _best_path(table: Floats) -> list[tuple[int, int]]:
    """Return the pairs (i, j) of slots that belong together so that agreement and gaps sum to the most."""
    n, m = table.shape
    best = np.zeros((n + 1, m + 1), np.float32)
    best[:, 0], best[0] = GAP * np.arange(n + 1), GAP * np.arange(m + 1)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            skip = max(best[i - 1, j], best[i, j - 1]) + GAP
            best[i, j] = max(best[i - 1, j - 1] + table[i - 1, j - 1], skip)
    pairs, i, j = [], n, m
    while i and j:
        if best[i, j] == np.float32(best[i - 1, j - 1] + table[i - 1, j - 1]):
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif best[i, j] == np.float32(best[i - 1, j] + GAP):
            i -= 1
        else:
            j -= 1
    return pairs


def _nothing(count: int) -> Floats:
    """Return rows ``(count, K)`` of a look that has no such slot."""
    classes = 1 + len(SIGNS)
    rows = np.full((count, classes), (1 - MISSING) / (classes - 1), np.float32)
    rows[:, EMPTY] = MISSING
    return rows


def _floored(rows: Floats) -> Floats:
    raised = np.maximum(rows, FLOOR)
    return np.asarray(raised / raised.sum(1, keepdims=True), np.float32)


def _closed_up(rows: Floats) -> Floats:
    """Return the rows with those of empty slots behind those with a sign: texts have no holes."""
    empty = rows.argmax(1) == EMPTY
    return np.concatenate([rows[~empty], rows[empty]])
