"""What it costs when a read is wrong, in a unit of its own: a vehicle that passed, and nothing came of it."""

from collections.abc import Iterable

STAKES = {
    "Alert": 20.0,
    "Refused": 5.0,
    "Left": 5.0,
    "Entered": 3.0,
    "Opened": 3.0,
}
"""The cost by what the read did: somebody is accused, kept out, or charged; a place is taken."""
LEAST = 1.0


def stake(kinds: Iterable[str]) -> float:
    """Return what is at stake with a read that made events of these kinds: the dearest of them."""
    return max((STAKES.get(kind, LEAST) for kind in kinds), default=LEAST)
