"""From reviewed reads to a calibration: what a confidence is worth, and from which one an error is promised.

A third of the reads (chosen by the hash of their group) teaches the curves, the others set the thresholds. So
what is promised was not fitted to the reads that prove it.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, log

import numpy as np
import numpy.typing as npt

from platewise.register.decision import Calibration, CameraRule, Curve, Promise, log_odds
from platewise.train.binomial import at_most

Floats = npt.NDArray[np.float64]
LEAST = 100
"""A camera with fewer reviewed reads keeps the curve of all cameras together."""
LADDER = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05)
"""The errors that are promised beside the wanted one, so that each camera may be given another."""
_PULL, _ROUNDS, _SLOWEST = 5.0, 60, 0.02
_STEPS, _OWN = 100, 3


@dataclass(frozen=True, slots=True)
class Judged:
    """A read with its stated confidence (0 without a text), and whether its text was right.

    Reads of one ``group`` show one scene and are kept together.
    """

    camera: str
    confidence: float
    right: bool
    group: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """The share of wrong reads to promise, and with which probability the promise must hold."""

    error: float = 0.005
    confidence: float = 0.95
    reject: float = 0.05

    @property
    def needed(self) -> int:
        """How many reads, all of them right, it takes to promise anything."""
        return ceil(log(1 - self.confidence) / log(1 - self.error))


def calibrate(judged: Sequence[Judged], wanted: Wanted) -> Calibration:
    """Return what these reads teach, for all cameras together and for each with reads enough."""
    lessons, proofs = split(judged)
    together = fit(lessons, Curve(), 1.0)
    by_camera: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        by_camera[one.camera].append(one)
    curves = {
        name: fit(split(mine)[0], together, _PULL) for name, mine in by_camera.items() if len(mine) >= LEAST
    }
    learned = Calibration(curve=together, promise=_nothing(wanted), reject=wanted.reject)
    learned = learned.model_copy(
        update={"cameras": {name: CameraRule(curve=c) for name, c in curves.items()}}
    )
    rules = {name: _rule(by_camera[name], curve, wanted) for name, curve in curves.items()}
    p = probabilities(proofs, learned)
    ladder = tuple(promise(proofs, p, rung) for rung in _rungs(wanted))
    everywhere = promise(proofs, p, wanted)
    return learned.model_copy(update={"promise": everywhere, "ladder": ladder, "cameras": rules})


def split(judged: Iterable[Judged]) -> tuple[list[Judged], list[Judged]]:
    """Return (to fit curves to, to prove thresholds with), by the hash of each read's group."""
    sides: tuple[list[Judged], list[Judged]] = ([], [])
    for one in judged:
        sides[hashlib.sha256(one.group.encode()).digest()[0] % 3 > 0].append(one)
    return sides


def fit(judged: Sequence[Judged], prior: Curve, pull: float) -> Curve:
    """Return the likeliest curve of these reads, drawn to a prior one as by ``pull`` reads.

    Newton's method on the logistic likelihood of odds that are divided and shifted.
    """
    read = [one for one in judged if one.confidence > 0]
    odds = np.array([log_odds(one.confidence) for one in read])
    features = np.stack([odds, np.ones_like(odds)], axis=1)
    right = np.array([one.right for one in read], float)
    start = np.array([1 / prior.temperature, prior.shift])
    weights, spread = start.copy(), np.diag([pull, pull / 4])
    for _ in range(_ROUNDS):
        p = 1 / (1 + np.exp(-features @ weights))
        slope = features.T @ (p - right) + spread @ (weights - start)
        bend = (features * (p * (1 - p))[:, None]).T @ features + spread
        step = np.linalg.solve(bend, slope)
        weights -= step / max(1.0, float(np.abs(step).max()))
        weights[0] = max(weights[0], _SLOWEST)
    return Curve(temperature=round(float(1 / weights[0]), 4), shift=round(float(weights[1]), 4))


def probabilities(judged: Iterable[Judged], calibration: Calibration) -> Floats:
    """Return the probabilities ``(n,) float64`` that the reads are right; 0 without a text."""
    return np.array(
        [calibration.probability(one.confidence, one.camera) * (one.confidence > 0) for one in judged]
    )


def promise(judged: Sequence[Judged], p: Floats, wanted: Wanted) -> Promise:
    """Return the lowest threshold on the probabilities ``(n,) float64`` that keeps the wanted error.

    Thresholds are tried from high to low in steps that look at no verdict, each by the exact binomial test of
    Clopper and Pearson (1934) that more than the wanted error is wrong above it; the first that fails ends
    the search. So all of it holds with the wanted confidence: fixed sequence testing, as in Learn then Test
    (Angelopoulos, Bates, Candès, Jordan and Lei, 2021, arXiv:2110.01052).
    """
    found = _nothing(wanted).model_copy(update={"reads": len(judged)})
    ranked = np.sort(p[p > 0])[::-1]
    right = np.array([one.right for one in judged])
    for count in _counts(ranked, wanted):
        # rounded down, so that a threshold that was written to a file takes no read less
        threshold = np.floor(ranked[count - 1] * 1e9) / 1e9
        taken = p >= threshold
        wrong = int((taken & ~right).sum())
        if at_most(wrong, int(taken.sum()), wanted.error) > 1 - wanted.confidence:
            break
        found = found.model_copy(update={"auto": float(threshold), "taken": int(taken.sum()), "wrong": wrong})
    return found


def _counts(ranked: Floats, wanted: Wanted) -> list[int]:
    """Return how many of the surest reads each threshold takes, least first.

    The first is where the probabilities ``(n,) float64``, surest first, let hope most to pass the test.
    """
    step = max(1, len(ranked) // _STEPS)
    counts = [*range(wanted.needed, len(ranked), step), *([len(ranked)] * (len(ranked) >= wanted.needed))]
    expected = np.cumsum(1 - ranked)
    hopes = [at_most(ceil(expected[count - 1]), count, wanted.error) for count in counts]
    return counts[hopes.index(min(hopes)) :] if counts else []


def _rule(judged: Sequence[Judged], curve: Curve, wanted: Wanted) -> CameraRule:
    """Return the rule of one camera, without promises where it has too few reads to fail but by chance."""
    proofs = split(judged)[1]
    p = np.array([curve(one.confidence) * (one.confidence > 0) for one in proofs])
    if int((p > 0).sum()) < _OWN * wanted.needed:
        return CameraRule(curve=curve)
    ladder = tuple(promise(proofs, p, rung) for rung in _rungs(wanted))
    return CameraRule(curve=curve, promise=promise(proofs, p, wanted), ladder=ladder)


def _rungs(wanted: Wanted) -> list[Wanted]:
    return [replace(wanted, error=error) for error in LADDER if error != wanted.error]


def _nothing(wanted: Wanted) -> Promise:
    return Promise(error=wanted.error, confidence=wanted.confidence, reads=0, taken=0, wrong=0)
