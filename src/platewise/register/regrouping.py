"""One more view of a gantry: which passages it changes. What it does not touch stays as it was."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from platewise.register.fusing import Fusing, Mismatch, fuse
from platewise.register.passages import Passage, View
from platewise.register.site_map import SiteMap


class Regrouped(NamedTuple):
    """The passages that are no more, those that took their place, and mismatches in which one of these is."""

    gone: tuple[Passage, ...]
    now: tuple[Passage, ...]
    mismatches: tuple[Mismatch, ...]


def regroup(near: Sequence[Passage], views: Sequence[View], site: SiteMap, rules: Fusing) -> Regrouped:
    """Return what ``views``, new or with a new reading, change among the passages of a gantry ``near`` them.

    Only passages that share a view with one of these, before or after, change: those further off were fused
    when their own surroundings were known better.
    """
    changed = {view.sighting.key: view for view in views}
    known = {view.sighting.key: view for passage in near for view in passage.views}
    fused = fuse({**known, **changed}.values(), site, rules)
    touched = _touched(changed, near, fused.passages)
    gone = [passage for passage in near if touched.intersection(_keys(passage))]
    now = [passage for passage in fused.passages if touched.intersection(_keys(passage))]
    rest = {passage.key for passage in near if passage in fused.passages}
    new = {passage.key for passage in now}
    told = (one for one in fused.mismatches if new.intersection(one) and (new | rest).issuperset(one))
    return Regrouped(tuple(gone), tuple(now), tuple(told))


def _touched(first: Collection[str], before: Sequence[Passage], after: Sequence[Passage]) -> set[str]:
    """Return the keys of all views that are, before or after, in one passage with a touched one."""
    touched, groups = set(first), [_keys(passage) for passage in (*before, *after)]
    while True:
        more = {key for group in groups if touched.intersection(group) for key in group}
        if more <= touched:
            return touched
        touched |= more


def _keys(passage: Passage) -> list[str]:
    return [view.sighting.key for view in passage.views]
