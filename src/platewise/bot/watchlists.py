"""The plates that chats watch for: a list of the server for each chat, which people may change there too."""

import re
from datetime import datetime

from platewise import clock
from platewise.bot.server import Json, Server

PREFIX = "telegram-"
FRESH = 2.0
"""Seconds for which the lists are taken as known; what the bot itself changes counts at once."""


class Watchlists:
    """Who watches for which plates."""

    def __init__(self, server: Server) -> None:
        """Ask the server when it is first needed."""
        self._server = server
        self._known: dict[str, list[Json]] = {}
        self._looked, self._changes, self._seen = float("-inf"), 0, 0

    async def add(self, chat: int, plate: str) -> None:
        """Let a chat watch for a plate."""
        await self._server.put_on_list(f"{PREFIX}{chat}", f"Telegram chat {chat}", plate)
        self._changes += 1

    async def remove(self, chat: int, plate: str) -> bool:
        """Let a chat no longer watch for a plate; tell whether it did."""
        was = await self._server.take_off_list(f"{PREFIX}{chat}", plate)
        self._changes += 1
        return was

    async def of(self, chat: int) -> list[str]:
        """Return the plates that a chat watches for."""
        return [entry["plate"] for entry in await self._server.entries(f"{PREFIX}{chat}")]

    async def watchers(self, plate: str, at: datetime) -> list[str]:
        """Return the chats that watch for a normalised plate at a time."""
        now, changes = clock.ticks(), self._changes
        if now - self._looked > FRESH or changes != self._seen:
            self._known = await self._fetch()
            self._looked, self._seen = now, changes  # what changed meanwhile is asked for again
        return [
            chat
            for chat, entries in self._known.items()
            if any(entry["normalised"] == plate and _holds(entry, at) for entry in entries)
        ]

    async def _fetch(self) -> dict[str, list[Json]]:
        names = [one["name"] for one in await self._server.lists() if one["kind"] == "watched"]
        own = [name for name in names if re.fullmatch(rf"{PREFIX}-?[0-9]+", name)]
        return {name.removeprefix(PREFIX): await self._server.entries(name) for name in own}


def _holds(entry: Json, at: datetime) -> bool:
    """Tell whether an entry of a list holds at a time."""
    times = (entry[name] and datetime.fromisoformat(entry[name]) for name in ("valid_from", "valid_until"))
    since, until = times
    return (since is None or since <= at) and (until is None or at < until)
