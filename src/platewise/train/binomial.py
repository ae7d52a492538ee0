"""Exact binomial probabilities and the bounds that follow from them."""

from math import exp, lgamma, log, log1p

_ROUNDS = 60


def at_most(wrong: int, of: int, share: float) -> float:
    """Return the probability of so many or fewer out of ``of``, each with probability ``share`` in (0, 1)."""
    return min(1.0, sum(exp(_log_exactly(k, of, share)) for k in range(min(wrong, of) + 1)))


def upper_bound(wrong: int, of: int, confidence: float) -> float:
    """Return the share that the true one exceeds with probability 1 - confidence at most.

    The one-sided interval of Clopper and Pearson (1934).
    """
    if wrong >= of:
        return 1.0
    low, high = wrong / of, 1.0
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(wrong, of, middle) > 1 - confidence else (low, middle)
    return high


def interval(right: int, of: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the shares between which the true one lies with so much confidence (Clopper and Pearson)."""
    side = (1 + confidence) / 2
    return 1 - upper_bound(of - right, of, side), upper_bound(right, of, side)


def _log_exactly(k: int, n: int, share: float) -> float:
    ways = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    return ways + k * log(share) + (n - k) * log1p(-share)
