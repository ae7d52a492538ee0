"""Lattice + formats -> the likeliest texts, with honest probabilities.

    P(text | picture)  is proportional to  P(text | lattice) x prior(text)
    prior(text) = foreign + the sum over regions of  P(region) x gain of its best matching pattern

The lattice's slots are independent, so the best texts under one pattern are found exactly: a text whose slots
take their i-th best options is among the best N only if the product of all (i + 1) is at most N. What no
candidate covers stays in the sum as foreign text, so a smeared lattice cannot look sure.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from platewise.core.plate import MAX_SIGNS
from platewise.core.read import Candidate, Character
from platewise.regions.library import Region
from platewise.vision.formats import CLASS, FREE, GENERIC, Formats
from platewise.vision.protocols import Recognition

Floats = npt.NDArray[np.float32]
_NEVER = -1e9
_SIGN = {klass: sign for sign, klass in CLASS.items()} | {0: ""}
_POSITIONS = np.arange(MAX_SIGNS)


@dataclass(frozen=True, slots=True)
class LatticeTuning:
    """The weights of the prior and the width of the search.

    ``foreign``: prior of a text that no format of the regions has; smaller trusts the formats more.
    ``mix``: share of the region probabilities that is spread evenly, because the region head errs.
    ``specificity``: how much a narrow format counts more than one that allows nearly all (0: alike).
    ``rarity``: how much a series that is rare in its region, as personal plates are, counts less (0: alike).
    ``temperature``: over 1 softens the lattice, under 1 sharpens it.
    ``patterns``, ``frees``, ``pool``: patterns, free lengths and texts that are looked at closely.
    """

    foreign: float = 0.05
    mix: float = 0.4
    specificity: float = 0.3
    rarity: float = 0.75
    temperature: float = 1.0
    patterns: int = 12
    frees: int = 2
    pool: int = 24


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a lattice most likely says; the empty text when it says nothing.

    ``spelled`` is the lattice's own likeliest text, before any format spoke.
    """

    text: str
    confidence: float
    region: str | None
    display: str
    characters: tuple[Character, ...]
    candidates: tuple[Candidate, ...]
    spelled: str


def decode_lattice(
    recognition: Recognition, formats: Formats, tuning: LatticeTuning | None = None, top: int = 5
) -> Decoded:
    """Return the likeliest text of a recognition, its region and the ``top`` candidates."""
    tuning = tuning or LatticeTuning()
    logs = _logs(recognition.lattice.probabilities, tuning.temperature)
    shares = region_shares(recognition.regions, [region.code for region in formats.regions], tuning.mix)
    found = _search(logs, formats, np.log(tuning.foreign + formats.gains @ shares), tuning, max(top, 2))
    support = formats.supports(found)
    prior = {text: tuning.foreign + float(gains @ shares) for text, gains in support.items()}
    posterior, rest = _posterior(found, prior, tuning.foreign)
    ranked = sorted(posterior, key=lambda text: (-posterior[text], text))
    best = ranked[0]
    owner = _owner(formats, support[best] * shares)
    return Decoded(
        best,
        posterior[best],
        owner.code if owner else None,
        (owner.display(best) if owner else None) or best,
        _characters(best, posterior, np.exp(logs) * np.float32(rest)),
        tuple(Candidate(text, posterior[text]) for text in ranked if text)[:top],
        recognition.lattice.text(),
    )


def _owner(formats: Formats, support: Floats) -> Region | None:
    """Return the region that a text's support ``(R,)`` speaks for most, None when no format matches."""
    named = [
        (share, -i)
        for i, (share, region) in enumerate(zip(support, formats.regions, strict=True))
        if share > 0 and region.code != GENERIC
    ]
    return formats.regions[-max(named)[1]] if named else None


def region_shares(head: dict[str, float], codes: Sequence[str], mix: float) -> Floats:
    """Return P(region) ``(R,) float32`` of the codes: the head's, with the share ``mix`` spread evenly."""
    if not codes:
        return np.zeros(0, np.float32)
    said = np.array([head.get(code, 0.0) for code in codes], np.float32)
    even = np.full(len(codes), 1 / len(codes), np.float32)
    shares = (1 - mix) * said / said.sum() + mix * even if said.sum() > 0 else even
    return shares.astype(np.float32)


def _logs(probabilities: Floats, temperature: float) -> Floats:
    logs: Floats = np.log(np.maximum(probabilities, 1e-7)).astype(np.float32) / np.float32(temperature)
    sums: Floats = np.log(np.exp(logs).sum(1, keepdims=True))
    return logs - sums


def _search(
    logs: Floats, formats: Formats, priors: Floats, tuning: LatticeTuning, top: int
) -> dict[str, float]:
    """Return the pool: texts and their log-probabilities under the lattice ``(MAX_SIGNS, K)`` of logs.

    ``priors (P,)`` are logs, each pattern's own part of the prior of its texts.
    """
    rows = _promising(logs, formats, priors, tuning)
    options = np.where(formats.legal[formats.units[rows]], logs, _NEVER)
    ids = np.argpartition(-options, top - 1, axis=2)[:, :, :top]
    values = np.take_along_axis(options, ids, 2)
    order = np.argsort(-values, axis=2)
    ids, values = np.take_along_axis(ids, order, 2), np.take_along_axis(values, order, 2)
    spelled = _spell_words(logs, formats, rows, values)
    picks = _picks(top)
    scores = values[:, _POSITIONS, picks].sum(2)
    flat = (scores + priors[rows, None]).ravel()
    count = min(max(tuning.pool, 2 * top), len(flat))
    pool: dict[str, float] = {}
    for at in np.argpartition(-flat, count - 1)[:count]:
        row, pick = divmod(int(at), len(picks))
        if scores[row, pick] > _NEVER / 2:
            signs = [_SIGN[k] for k in ids[row, _POSITIONS, picks[pick]].tolist()]
            for t, words in spelled.get(row, ()):
                signs[t : t + len(words[0])] = [words[picks[pick, t]]] + [""] * (len(words[0]) - 1)
            pool["".join(signs)] = float(scores[row, pick])
    return pool


def _promising(logs: Floats, formats: Formats, priors: Floats, tuning: LatticeTuning) -> npt.NDArray[np.intp]:
    """Return the rows of the patterns and free lengths whose best text may be the best of all."""
    bounds = formats.best(logs)[formats.units, _POSITIONS].sum(1) + priors
    frees = np.argsort(-bounds[:FREE])[: tuning.frees]
    count = min(tuning.patterns, len(bounds) - FREE)
    chosen = FREE + np.argsort(-bounds[FREE:])[:count]
    return np.concatenate([frees, chosen])


def _spell_words(
    logs: Floats, formats: Formats, rows: npt.NDArray[np.intp], values: Floats
) -> dict[int, list[tuple[int, list[str]]]]:
    """Let the best words take the place of their slots' signs in ``values (n, MAX_SIGNS, top)``.

    A word's score stands at its first position, the others become silent. Returns, by n, each word slot's
    position and its best words.
    """
    top = values.shape[2]
    spelled: dict[int, list[tuple[int, list[str]]]] = {}
    for n, row in enumerate(rows):
        for words in formats.words.get(int(row), ()):
            width = words.classes.shape[1]
            scores = logs[words.at + np.arange(width), words.classes].sum(1)
            order = np.argsort(-scores)[:top]
            values[n, words.at : words.at + width] = _NEVER
            values[n, words.at, : len(order)] = scores[order]
            values[n, words.at + 1 : words.at + width, 0] = 0
            spelled.setdefault(n, []).append((words.at, [words.options[i] for i in order]))
    return spelled


@lru_cache(maxsize=8)
def _picks(top: int) -> npt.NDArray[np.int64]:
    """Return all rows ``(C, MAX_SIGNS) int64`` of ranks whose product of (rank + 1) is at most ``top``."""
    partial: list[tuple[tuple[int, ...], int]] = [((), 1)]
    for _ in range(MAX_SIGNS):
        partial = [((*ranks, i), n * (i + 1)) for ranks, n in partial for i in range(top // n)]
    return np.array([ranks for ranks, _ in partial], np.int64)


def _posterior(
    pool: dict[str, float], prior: dict[str, float], foreign: float
) -> tuple[dict[str, float], float]:
    """Return each text's probability, and that of all texts outside the pool."""
    lattice = {text: math.exp(score) for text, score in pool.items()}
    weights = {text: p * prior[text] for text, p in lattice.items()}
    rest = max(1 - sum(lattice.values()), 0.0) * foreign
    total = sum(weights.values()) + rest
    return {text: weight / total for text, weight in weights.items()}, rest / total


def _characters(best: str, posterior: dict[str, float], rest: Floats) -> tuple[Character, ...]:
    """Return each sign of the best text with the probability of all texts that have it there.

    ``rest (MAX_SIGNS, K)`` is what the lattice gives each sign in the texts outside the pool.
    """
    found = [
        sum(p for text, p in posterior.items() if text[t : t + 1] == sign) for t, sign in enumerate(best)
    ]
    return tuple(
        Character(sign, known + float(rest[t, CLASS[sign]]))
        for t, (sign, known) in enumerate(zip(best, found, strict=True))
    )
