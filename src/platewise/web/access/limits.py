"""How often somebody may do something: a sliding window, in this process or shared by all servers."""

from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock
from typing import Protocol

from platewise import clock
from platewise.store.sharing import CallStore

MOST_KEYS = 10_000
"""Callers remembered at once; the one heard from longest ago makes room."""


class Limit(Protocol):
    """Counts the calls of each key."""

    def wait(self, key: str, count: int = 1) -> float:
        """Count calls and return 0; where they are too many, count none and return the seconds to wait."""
        ...


def limit(name: str, most: int, calls: CallStore | None) -> Limit:
    """Return the limit of that name: counted in the store where several servers share it."""
    return SharedLimit(name, most, calls) if calls and most else Limiter(most)


class SharedLimit:
    """Allows ``most`` calls in any ``seconds``, for each key apart, by all servers together."""

    def __init__(self, name: str, most: int, calls: CallStore, seconds: int = 60) -> None:
        """Count in a store, under a name."""
        self._name, self._most, self._calls, self._seconds = name, most, calls, seconds

    def wait(self, key: str, count: int = 1) -> float:
        """Count calls, or return the seconds to wait."""
        return self._calls.take(f"{self._name} {key}", self._most, self._seconds, count)


class Limiter:
    """Allows ``most`` calls in any ``seconds``, for each key apart. Threads may share it."""

    def __init__(self, most: int, seconds: float = 60.0, ticks: Callable[[], float] = clock.ticks) -> None:
        """Count by the seconds that ``ticks`` gives; ``most`` 0 allows everything."""
        self.most, self.seconds = most, seconds
        self._ticks, self._lock = ticks, Lock()
        self._calls: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, key: str, count: int = 1) -> float:
        """Count calls and return 0; where they are too many, count none and return the seconds to wait."""
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
            too_many = len(calls) + count - self.most
            if too_many > 0:
                return calls[min(too_many, len(calls)) - 1] + self.seconds - now if calls else self.seconds
            calls.extend([now] * count)
            return 0.0
