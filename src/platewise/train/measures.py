"""Figures from judged pictures: how many plates were found, which texts are right, what confidence is worth.

Everything here is arithmetic on :class:`Judged` values: no picture is opened and no model runs.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from platewise.core.plate import fold
from platewise.core.read import Read
from platewise.train.index import Labelled

OVERLAPS = (0.5, 0.7)
"""The intersections over union at which detection is measured."""
YIELDS = (0.5, 0.8, 0.9, 0.95, 1.0)
"""The shares of plates taken automatically at which the error is told."""
ALLOWED_ERROR = 0.01
"""The error for which the needed confidence is told."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A labelled plate and the read that answers it (None: nothing at its place).

    ``overlap`` is the intersection over union of their boxes, None where the label has no box;
    ``truth`` is None where the plate has no certain text.
    """

    truth: str | None
    read: Read | None
    overlap: float | None = None

    @property
    def text(self) -> str:
        """The normalised text that was read; empty when none was."""
        return self.read.plate.text if self.read and self.read.plate else ""

    @property
    def confidence(self) -> float:
        """The confidence of the text; 0 when none was read."""
        return self.read.confidence if self.read and self.text else 0.0

    @property
    def exact(self) -> bool:
        """Whether every sign is right."""
        return self.truth is not None and self.text == self.truth


@dataclass(frozen=True, slots=True)
class Judged:
    """One picture after the comparison: pairs, the reads that answer no label, the time taken.

    ``ms`` holds wall milliseconds by stage, ``cpu_ms`` those of all threads for the whole picture;
    ``whole`` says that the detector was skipped, so that no read has a place.
    """

    label: Labelled
    pairs: tuple[Pair, ...]
    surplus: tuple[Read, ...] = ()
    ms: dict[str, float] = field(default_factory=dict)
    cpu_ms: float = 0.0
    error: str | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class YieldPoint:
    """Taking every read at or above ``confidence`` takes ``share`` of the plates, ``error`` of them wrong."""

    share: float
    error: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What a set of pictures says; None where the set cannot say it (no box, no text)."""

    images: int
    failed: int
    plates: int
    capture: float | None
    detection: dict[str, dict[str, float | None]]
    texts: int
    exact: float | None
    exact_folded: float | None
    character_accuracy: float | None
    error_at_yield: dict[str, float]
    for_1_percent_error: YieldPoint | None
    false_plates_an_image: float | None
    ms: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON, shares rounded to four places and times to two."""
        rounded: dict[str, Any] = _rounded(asdict(self), 4)
        return {**rounded, "ms": _rounded(self.ms, 2)}


def measure(judged: Sequence[Judged]) -> Figures:
    """Return the figures of these pictures."""
    pairs = [p for j in judged for p in j.pairs]
    texts = [p for p in pairs if p.truth]
    curve = yield_curve(texts)
    false_plates = [sum(bool(r.plate) for r in j.surplus) for j in judged if not j.label.plates]
    return Figures(
        images=len(judged),
        failed=sum(j.error is not None for j in judged),
        plates=len(pairs),
        capture=_share(bool(p.text) for p in pairs),
        detection=detection(judged),
        texts=len(texts),
        exact=_share(p.exact for p in texts),
        exact_folded=_share(fold(p.text) == fold(p.truth or "") for p in texts),
        character_accuracy=character_accuracy(texts),
        error_at_yield={f"{y:.0%}": at_yield(curve, y).error for y in YIELDS if curve},
        for_1_percent_error=within_error(curve, ALLOWED_ERROR),
        false_plates_an_image=sum(false_plates) / len(false_plates) if false_plates else None,
        ms=times(judged),
    )


def groups(judged: Iterable[Judged]) -> dict[str, list[Judged]]:
    """Return the pictures by ``source`` and, where a source holds several regions, by ``source/region``."""
    found: dict[str, dict[str, list[Judged]]] = {}
    for j in judged:
        found.setdefault(j.label.source, {}).setdefault(j.label.region, []).append(j)
    out: dict[str, list[Judged]] = {}
    for source, regions in sorted(found.items()):
        out[source] = [j for members in regions.values() for j in members]
        if len(regions) > 1:
            out |= {f"{source}/{region}": members for region, members in sorted(regions.items())}
    return out


def detection(judged: Iterable[Judged]) -> dict[str, dict[str, float | None]]:
    """Return recall and precision at each of ``OVERLAPS`` over the scenes whose plates all have boxes.

    ``recall_of_texts`` is the recall of the plates whose text is known: those that a person could read.
    """
    scenes = (j for j in judged if j.label.kind == "scene" and j.label.plates and not j.whole)
    boxed = [j for j in scenes if all(p.box for p in j.label.plates)]
    pairs = [p for j in boxed for p in j.pairs]
    found = sum(len(j.surplus) + sum(p.read is not None for p in j.pairs) for j in boxed)
    told: dict[str, dict[str, float | None]] = {}
    for least in OVERLAPS:
        hits = [(p.overlap or 0.0) >= least for p in pairs]
        told[f"{least}"] = {
            "recall": _share(hits),
            "recall_of_texts": _share(hit for hit, p in zip(hits, pairs, strict=True) if p.truth),
            "precision": sum(hits) / found if found else None,
        }
    return told


def align(truth: str, text: str) -> list[tuple[str, str]]:
    """Return the cheapest alignment as pairs of signs; an empty string stands for an absent sign."""
    rows, columns = len(truth) + 1, len(text) + 1
    cost = [[i + j if not i or not j else 0 for j in range(columns)] for i in range(rows)]
    for i in range(1, rows):
        for j in range(1, columns):
            swap = cost[i - 1][j - 1] + (truth[i - 1] != text[j - 1])
            cost[i][j] = min(swap, cost[i - 1][j] + 1, cost[i][j - 1] + 1)
    pairs, i, j = [], rows - 1, columns - 1
    while i or j:
        if i and j and cost[i][j] == cost[i - 1][j - 1] + (truth[i - 1] != text[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((truth[i], text[j]))
        elif i and cost[i][j] == cost[i - 1][j] + 1:
            i -= 1
            pairs.append((truth[i], ""))
        else:
            j -= 1
            pairs.append(("", text[j]))
    return pairs[::-1]


def edits(truth: str, text: str) -> int:
    """Return the edit distance: signs to change, add or drop."""
    return sum(a != b for a, b in align(truth, text))


def character_accuracy(pairs: Iterable[Pair]) -> float | None:
    """Return 1 - edits / signs over all texts together; a text costs at most its own length."""
    counted = [(min(edits(p.truth, p.text), len(p.truth)), len(p.truth)) for p in pairs if p.truth]
    signs = sum(length for _, length in counted)
    return 1 - sum(wrong for wrong, _ in counted) / signs if signs else None


def confusions(pairs: Iterable[Pair]) -> list[tuple[str, str, int]]:
    """Return (true sign, read sign, times), most frequent first, of the texts at least half right."""
    counts: Counter[tuple[str, str]] = Counter()
    for p in pairs:
        if p.truth and p.text:
            wrong = [(a, b) for a, b in align(p.truth, p.text) if a != b]
            if 2 * len(wrong) <= len(p.truth):
                counts.update(wrong)
    return [(a, b, n) for (a, b), n in counts.most_common()]


def yield_curve(pairs: Iterable[Pair]) -> list[YieldPoint]:
    """Return a point for every distinct confidence, highest first; a plate not read is wrong, at 0."""
    ranked = sorted(((p.confidence, p.exact) for p in pairs), reverse=True)
    points, wrong = [], 0
    for taken, (confidence, right) in enumerate(ranked, 1):
        wrong += not right
        if taken == len(ranked) or ranked[taken][0] < confidence:
            points.append(YieldPoint(taken / len(ranked), wrong / taken, confidence))
    return points


def at_yield(curve: Sequence[YieldPoint], share: float) -> YieldPoint:
    """Return the first point of the curve that takes at least ``share`` of the plates."""
    return next(p for p in curve if p.share >= share - 1e-9)


def within_error(curve: Sequence[YieldPoint], error: float) -> YieldPoint | None:
    """Return the point of the highest yield whose error is at most ``error``; None when there is none."""
    return max((p for p in curve if p.error <= error), key=lambda p: p.share, default=None)


def times(judged: Iterable[Judged]) -> dict[str, float]:
    """Return the mean wall milliseconds a picture by stage, and as ``cpu`` those of all threads."""
    done = [j for j in judged if j.error is None and j.ms]
    stages = {stage: sum(j.ms.get(stage, 0.0) for j in done) / len(done) for j in done[:1] for stage in j.ms}
    return {**stages, "cpu": sum(j.cpu_ms for j in done) / len(done)} if done else {}


def _share(flags: Iterable[bool]) -> float | None:
    """Return the share of True, None of nothing."""
    values = list(flags)
    return sum(values) / len(values) if values else None


def _rounded(value: Any, places: int) -> Any:
    """Return the value with every float in it rounded."""
    if isinstance(value, dict):
        return {key: _rounded(v, places) for key, v in value.items()}
    return round(value, places) if isinstance(value, float) else value
