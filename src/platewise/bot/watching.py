"""Watched plates: the server's alerts about the list of a chat go to that chat."""

import asyncio
import logging
from datetime import datetime

from telegram.error import InvalidToken

from platewise.bot.case import Tools
from platewise.bot.messenger import Unsaid
from platewise.bot.patience import FIRST, LONGEST, Away
from platewise.bot.server import Refused
from platewise.bot.stream import Happening
from platewise.bot.watchlists import chat_of
from platewise.bot.words import Words, told_time

log = logging.getLogger(__name__)
ALERT = "Alert"
"""The kind of the events that tell of a plate on a list: once a passage, misread or not."""
TOLD = {"Entered": "In", "Left": "Out", "Refused": "Refused"}
"""What a vehicle did when it raised an alert, and our words for it."""


class Watcher:
    """Follows the events of the server and tells chats of the plates they watch."""

    def __init__(self, tools: Tools) -> None:
        """Follow from the event after the last one that was dealt with."""
        self._tools, self._pause = tools, FIRST

    async def run(self) -> None:
        """Follow for ever."""
        while True:
            try:
                async for happening in self._tools.server.events(self._tools.state.event):
                    self._pause = FIRST
                    await self._guarded(happening)
            except Away as away:
                log.warning("%s; again in %g s", away, away.wait or self._pause)
                await self._rest(away.wait)
            except Refused as refused:
                log.error("nothing is watched: the server refuses (%d: %s)", refused.status, refused)
                return
            except InvalidToken:
                raise
            except Exception:
                log.exception("the server's events cannot be followed; again in %g s", self._pause)
                await self._rest(None)

    async def _rest(self, wait: float | None) -> None:
        """Pause for so many seconds; where nobody says how many, twice as long each time."""
        await asyncio.sleep(self._pause if wait is None else wait)
        self._pause = min(2 * self._pause, LONGEST)

    async def _guarded(self, happening: Happening) -> None:
        """Deal with an event; one that cannot be dealt with does not keep the others away."""
        try:
            await self._deal(happening)
        except (Away, Refused, InvalidToken):
            raise
        except Exception:
            log.exception("event %d is passed over", happening.id)
            self._done(happening)

    async def _deal(self, happening: Happening) -> None:
        """Tell the chat whose list it is, then remember that it was told: a kill tells it twice at most."""
        chat = chat_of(happening.payload.get("list")) if happening.kind == ALERT else None
        if chat and self._tools.settings.lets_in(chat):
            await self._tell(chat, happening)
        self._done(happening)

    def _done(self, happening: Happening) -> None:
        self._tools.state.event = happening.id
        self._tools.state.save()

    async def _tell(self, chat: str, happening: Happening) -> None:
        settings, payload = self._tools.settings, happening.payload
        words = Words(self._tools.state.languages.get(chat, settings.language))
        line = words(TOLD.get(payload.get("what", ""), "Passed"), plate=payload["display"])
        if not payload.get("exact"):
            line = words("maybe", line=line, plate=payload["listed"])
        time = told_time(datetime.fromisoformat(payload["seen_at"]), settings.zone)
        place = payload.get("lot") or payload.get("camera") or ""
        try:
            await self._tools.messenger.say(
                int(chat), words("told", line=line, time=time, place=place).rstrip()
            )
        except Unsaid as error:
            log.warning("a chat that watches cannot be told: %s", error)
