"""Wakes whoever waits for events, instead of letting everybody look again and again."""

import threading


class Bell:
    """Rings when something was written; threads wait for it."""

    def __init__(self, listens: bool) -> None:
        """``listens``: it also rings for what other processes write."""
        self.listens = listens
        self._rung = threading.Condition()
        self._count = 0

    @property
    def count(self) -> int:
        """How often it has rung. Take it, look into the store, then wait: nothing falls in between."""
        return self._count

    def ring(self) -> None:
        """Wake all."""
        with self._rung:
            self._count += 1
            self._rung.notify_all()

    def wait(self, count: int, seconds: float) -> bool:
        """Wait until it has rung more often than ``count``, at most for so long; tell whether it has."""
        with self._rung:
            return self._rung.wait_for(lambda: self._count != count, seconds)
