"""Outages pass: what cannot be done now is done later, with longer and longer pauses."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")
Notice = Callable[[], Awaitable[object]]

FIRST, LONGEST = 0.5, 30.0
"""Seconds of the first pause and of the longest; each is twice the one before."""
NOTICED = 3
"""Who waits is told after so many attempts."""


class Away(Exception):
    """The other side cannot do it now: it is down, busy, or asks for a pause of ``wait`` seconds.

    After ``most`` attempts it is no use to go on; None means that it will come back.
    """

    def __init__(self, why: str, wait: float | None = None, most: int | None = None) -> None:
        super().__init__(why)
        self.wait, self.most = wait, most


async def persist(work: Callable[[], Awaitable[T]], notice: Notice | None = None) -> T:
    """Do some work, again and again while the other side is away, and return what it gives.

    ``notice`` is called once where that takes long. Away is raised where trying on is of no use.
    """
    attempt, pause = 0, FIRST
    while True:
        try:
            return await work()
        except Away as away:
            attempt += 1
            if away.most is not None and attempt >= away.most:
                raise
            log.warning("%s; attempt %d, again in %g s", away, attempt, away.wait or pause)
            if notice and attempt == NOTICED:
                await notice()
            await asyncio.sleep(pause if away.wait is None else away.wait)
            pause = min(2 * pause, LONGEST)
