"""Which read belongs to which track: the assignment whose costs sum to the least."""

from collections.abc import Sequence
from math import hypot, log

import numpy as np
from scipy.optimize import linear_sum_assignment

from platewise.core.geometry import corners_box, iou
from platewise.tracking.likeness import likeness
from platewise.tracking.looks import Look
from platewise.tracking.tracks import Track
from platewise.tracking.tuning import LinkTuning

NEVER = 1e6


def link(tracks: Sequence[Track], looks: Sequence[Look], tuning: LinkTuning) -> dict[int, int]:
    """Return the number of the track of each look that has one."""
    if not tracks or not looks:
        return {}
    costs = np.array([[_cost(track, look, tuning) for look in looks] for track in tracks])
    rows, columns = linear_sum_assignment(costs)
    return {int(j): int(i) for i, j in zip(rows, columns, strict=True) if costs[i, j] < NEVER}


def _cost(track: Track, look: Look, tuning: LinkTuning) -> float:
    passed = max(look.at - track.last.at, 0.0)
    apart, reach = _distance(track, look), _reach(track, passed, tuning)
    if apart > reach or abs(_growth(track, look)) > tuning.size + tuning.swell * passed:
        return NEVER
    text = _text(track, look)
    if text < tuning.against or (apart > tuning.near and text < tuning.needed):
        return NEVER
    likely = 1 / (1 + np.exp(-text / 4))
    overlap = _overlap(track, look)
    weighed = tuning.distance * apart / reach + tuning.text * (1 - likely) + tuning.overlap * (1 - overlap)
    return float(weighed)


def _reach(track: Track, passed: float, tuning: LinkTuning) -> float:
    """Return how far from where it is expected a vehicle may be after some seconds, plate widths."""
    return tuning.near + passed * (tuning.stray if track.moves else tuning.rush)


def _distance(track: Track, look: Look) -> float:
    """Return how far a look is from where the track is expected, plate widths."""
    (x0, y0), (x1, y1) = track.expected(look.at), look.middle
    return hypot(x1 - x0, y1 - y0) / max(track.last.width, look.width)


def _growth(track: Track, look: Look) -> float:
    (_, _, w0, h0), (_, _, w1, h1) = track.last.box, look.box
    return log(max(w1 * h1, 1.0) / max(w0 * h0, 1.0)) / 2


def _text(track: Track, look: Look) -> float:
    """Return the nats for one plate: held against the last look and the best one, the kinder counts."""
    if look.lattice is None:
        return 0.0
    known = [other.lattice for other in (track.last, track.best) if other.lattice]
    return max((likeness(lattice, look.lattice) for lattice in known), default=0.0)


def _overlap(track: Track, look: Look) -> float:
    """Return the intersection over union of a look and the track's box moved to where it is expected."""
    x, y = track.expected(look.at)
    _, _, w, h = track.last.box
    boxes = [(x - w / 2, y - h / 2, w, h), look.box]
    one, other = (np.array([corners_box(box)], np.float32) for box in boxes)
    return float(iou(one, other)[0, 0])
