"""What a calibration is worth, on the reads that it was not fitted to."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from platewise.errors import InputError, MissingExtra
from platewise.register.decision import Calibration
from platewise.train.binomial import upper_bound
from platewise.train.calibrate import LADDER, Judged, Wanted, probabilities, promise, split

BINS = 10
_EDGES = (0.01, 0.9998)
_TICKS = (0.01, 0.1, 0.5, 0.9, 0.99, 0.999)
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Yield:
    """For a promised error: the share of the reads that is taken, which share of those was wrong here.

    ``bound`` is what the true share of wrong ones exceeds only with the probability that is left. ``auto`` is
    the threshold, None where nothing can be promised.
    """

    error: float
    auto: float | None
    taken: float
    wrong: float
    bound: float


@dataclass(frozen=True, slots=True)
class Worth:
    """How well stated confidences fit: the mean gap to the share that is right, before and after."""

    reads: int
    right: float
    gap_before: float
    gap_after: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Reads of about one probability: its mean, the share right, and how many there are."""

    stated: float
    right: float
    reads: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a calibration is worth; ``needed`` reads, all right, are the fewest that can prove the error."""

    needed: int
    all: Worth
    cameras: dict[str, Worth]
    yields: tuple[Yield, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(self)


def report(judged: Sequence[Judged], calibration: Calibration, wanted: Wanted) -> Report:
    """Return what a calibration is worth on the reads that did not teach it."""
    proofs = split(judged)[1]
    p = probabilities(proofs, calibration)
    errors = sorted({*LADDER, wanted.error})
    cameras = sorted({one.camera for one in proofs})
    return Report(
        needed=wanted.needed,
        all=_worth(proofs, calibration),
        cameras={
            name: _worth([one for one in proofs if one.camera == name], calibration) for name in cameras
        },
        yields=tuple(_yield(proofs, p, replace(wanted, error=error)) for error in errors),
    )


def bins(p: Floats, right: npt.NDArray[np.bool_]) -> list[Bin]:
    """Return reads of probabilities ``(n,)`` and verdicts ``(n,)`` in bins of about as many reads each."""
    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, min(BINS, max(1, len(order) // 10))) if len(part)]
    return [Bin(float(p[part].mean()), float(right[part].mean()), len(part)) for part in parts]


def draw(judged: Sequence[Judged], calibration: Calibration, picture: Path) -> None:
    """Draw the reliability before and after (left) and error against yield (right) into a PNG or SVG file."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("the diagram", "plot") from error
    proofs = split(judged)[1]
    figure = Figure(figsize=(11, 5), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    _draw_reliability(left, proofs, calibration)
    _draw_yield(right, proofs, calibration)
    try:
        figure.savefig(picture, dpi=110)
    except (OSError, ValueError) as error:
        raise InputError(f"{picture}: {error}") from error


def _worth(judged: Sequence[Judged], calibration: Calibration) -> Worth:
    read = [one for one in judged if one.confidence > 0]
    right = np.array([one.right for one in read], bool)
    stated = np.array([one.confidence for one in read])
    return Worth(
        reads=len(judged),
        right=sum(one.right for one in judged) / max(len(judged), 1),
        gap_before=_gap(bins(stated, right)),
        gap_after=_gap(bins(probabilities(read, calibration), right)),
    )


def _gap(found: Sequence[Bin]) -> float:
    """Return the expected calibration error: the mean gap between stated and true, weighted by reads."""
    reads = sum(one.reads for one in found)
    return sum(abs(one.stated - one.right) * one.reads for one in found) / reads if reads else 0.0


def _yield(judged: Sequence[Judged], p: Floats, wanted: Wanted) -> Yield:
    kept = promise(judged, p, wanted)
    wrong = kept.wrong / kept.taken if kept.taken else 0.0
    bound = upper_bound(kept.wrong, kept.taken, wanted.confidence)
    return Yield(wanted.error, kept.auto, kept.taken / max(kept.reads, 1), wrong, bound)


def _draw_reliability(axes: Any, judged: Sequence[Judged], calibration: Calibration) -> None:
    """Draw how often reads are right against how sure they were, both as log odds: most are very sure."""
    read = [one for one in judged if one.confidence > 0]
    right = np.array([one.right for one in read], bool)
    stated = np.array([one.confidence for one in read])
    axes.plot(_EDGES, _EDGES, color="0.6", linewidth=1)
    for name, p, mark in (("as stated", stated, "o"), ("calibrated", probabilities(read, calibration), "s")):
        found = bins(p, right)
        x, y = np.clip([[one.stated, one.right] for one in found], *_EDGES).T
        bounds = np.clip([_bounds(one, calibration.promise.confidence) for one in found], *_EDGES).T
        label = f"{name}: mean gap {_gap(found):.2%}"
        axes.errorbar(x, y, np.abs(bounds - y), fmt=mark, capsize=2, linewidth=1, label=label)
    axes.set(xscale="logit", yscale="logit", xlabel="probability told", ylabel="share right")
    axes.set_xticks(_TICKS, map(str, _TICKS))
    axes.set_yticks(_TICKS, map(str, _TICKS))
    axes.minorticks_off()
    axes.set_title(f"{len(read)} reads that taught nothing")
    axes.grid(alpha=0.3)
    axes.legend()


def _bounds(one: Bin, confidence: float) -> tuple[float, float]:
    """Return the shares right that a bin's true one lies between, each with this confidence."""
    right = round(one.right * one.reads)
    least = 1 - upper_bound(one.reads - right, one.reads, confidence)
    return least, upper_bound(right, one.reads, confidence)


def _draw_yield(axes: Any, judged: Sequence[Judged], calibration: Calibration) -> None:
    """Draw the error of the reads taken, surest first, its bound, and the promised point."""
    kept = calibration.promise
    p = probabilities(judged, calibration)
    wrong = np.cumsum([not judged[i].right for i in np.argsort(-p, kind="stable")])
    taken = np.arange(1, len(judged) + 1)
    some = np.unique(np.linspace(len(judged) // 50, len(judged) - 1, 150).astype(int))
    bound = [upper_bound(int(wrong[i]), int(taken[i]), kept.confidence) for i in some]
    share = taken[some] / len(judged)
    axes.plot(share, 100 * wrong[some] / taken[some], label="wrong of those taken")
    axes.plot(share, 100 * np.array(bound), "--", label=f"bound with {kept.confidence:.0%} confidence")
    axes.axhline(100 * kept.error, color="0.6", linewidth=1)
    if kept.auto is not None:
        told = f"{kept.taken / kept.reads:.1%} taken at {kept.error:.2%} promised"
        axes.plot(kept.taken / kept.reads, 100 * kept.wrong / kept.taken, "o", color="black", label=told)
    axes.set(xlabel="share of the reads taken automatically", ylabel="wrong, %", xlim=(0, 1))
    axes.set(
        ylim=(0, max(400 * kept.error, 120 * float(wrong[-1]) / len(judged))), title="yield against error"
    )
    axes.grid(alpha=0.3)
    axes.legend()
