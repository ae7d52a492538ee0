"""Updates, one after the other, each confirmed when it has been dealt with."""

import asyncio

from telegram import Update

from platewise.bot.case import Tools
from platewise.bot.dispatch import deal

GRACE = 8.0
"""Seconds for which the update at hand may still be dealt with when the bot is stopped."""


class Poller:
    """Asks Telegram for updates.

    python-telegram-bot's own Updater confirms updates when they lie in its queue, so that a kill loses them.
    Here the next question confirms the last update, after its effect. Killed between the two, the bot is
    given the update again: the server knows its key, and the state file whether it was answered.
    """

    def __init__(self, tools: Tools) -> None:
        """Begin with the oldest update that is not confirmed."""
        self._tools = tools
        self._offset: int | None = None

    async def run(self) -> None:
        """Deal with updates for ever; when cancelled, after the one at hand."""
        while True:
            update = await self._tools.messenger.next(self._offset)
            if update is None:
                continue
            if update.update_id != self._tools.state.update:
                await _finish(asyncio.ensure_future(self._deal(update)))
            self._offset = update.update_id + 1

    async def _deal(self, update: Update) -> None:
        await deal(self._tools, update)
        self._tools.state.update = update.update_id
        self._tools.state.save()


async def _finish(work: asyncio.Future[None]) -> None:
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait({work}, timeout=GRACE)
        raise
