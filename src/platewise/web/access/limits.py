"""How often somebody may do something: a sliding window in the memory of this process."""

from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

from platewise import clock

MOST_KEYS = 10_000
"""Callers remembered at once; the one heard from longest ago makes room."""


class Limiter:
    """Allows ``most`` calls in any ``seconds``, for each key apart. Threads may share it."""

    def __init__(self, most: int, seconds: float = 60.0, ticks: Callable[[], float] = clock.ticks) -> None:
        """Count by the seconds that ``ticks`` gives; ``most`` 0 allows everything."""
        self.most, self.seconds = most, seconds
        self._ticks, self._lock = ticks, Lock()
        self._calls: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, key: str) -> float:
        """Count a call and return 0; where there were too many, return the seconds to wait instead."""
        if not self.most:
            return 0.0
        with self._lock:
            now = self._ticks()
            calls = self._calls.setdefault(key, deque())
            self._calls.move_to_end(key)
            if len(self._calls) > MOST_KEYS:
                self._calls.popitem(last=False)
            while calls and calls[0] <= now - self.seconds:
                calls.popleft()
            if len(calls) >= self.most:
                return calls[0] + self.seconds - now
            calls.append(now)
            return 0.0
