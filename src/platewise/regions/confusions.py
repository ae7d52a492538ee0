"""Which signs are easily taken for each other, and how easily.

A **pair** is a string of two signs; order does not matter. A **cost** is what reading one for the other
weighs: 0 for the same sign, 1 for two unrelated ones.
"""

from collections.abc import Iterable, Mapping

UNRELATED = 1.0
"""Cost of two signs that nobody confuses."""
REGIONAL = 0.3
"""Cost of a pair that only a region's own font makes alike (``look_alikes`` in its file)."""
COMMON: Mapping[str, float] = {
    "0O": 0.1, "1I": 0.1, "0D": 0.3, "0Q": 0.3, "DO": 0.3, "OQ": 0.3, "DQ": 0.4, "8B": 0.3, "5S": 0.3,
    "2Z": 0.3, "6G": 0.4, "1L": 0.5, "IL": 0.5, "1T": 0.5, "7T": 0.5, "1J": 0.6, "17": 0.5, "7Z": 0.6,
    "4A": 0.5, "3B": 0.6, "38": 0.6, "68": 0.6, "56": 0.7, "69": 0.8, "89": 0.7, "9P": 0.8, "CG": 0.5,
    "EF": 0.5, "PR": 0.6, "BR": 0.6, "UV": 0.5, "VY": 0.4, "XY": 0.7, "KX": 0.6, "MN": 0.5, "MW": 0.6,
    "HN": 0.5, "HM": 0.6, "VW": 0.6, "TY": 0.7, "CO": 0.6, "0C": 0.6, "0U": 0.7, "DU": 0.7, "IT": 0.6,
    "AÄ": 0.2, "OÖ": 0.2, "UÜ": 0.2, "CČ": 0.2, "SŠ": 0.2, "ZŽ": 0.2,
}  # fmt: skip
"""Cost of the pairs that plate fonts of many countries and low resolution make alike."""

_COSTS = {frozenset(pair): cost for pair, cost in COMMON.items()}


def cost(a: str, b: str, pairs: Iterable[str] = ()) -> float:
    """Return the cost in [0, 1] of reading sign ``a`` for ``b``; ``pairs`` are a region's own look-alikes.

    >>> cost("0", "O") < cost("0", "D") < cost("0", "X")
    True
    """
    if a == b:
        return 0.0
    both = frozenset((a, b))
    common = _COSTS.get(both, UNRELATED)
    return min(common, REGIONAL) if any(frozenset(pair) == both for pair in pairs) else common


def alike(a: str, b: str, pairs: Iterable[str] = ()) -> bool:
    """Tell whether ``a`` is easily read for ``b``, everywhere or (``pairs``) in one region.

    >>> alike("8", "B"), alike("京", "贵"), alike("京", "贵", ("京贵",))
    (True, False, True)
    """
    return cost(a, b, pairs) < UNRELATED
