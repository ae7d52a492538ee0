"""The plates that chats watch for: a list of the server for each chat, which people may change there too."""

import re

from platewise.bot.server import Server

PREFIX = "telegram-"


class Watchlists:
    """Who watches for which plates."""

    def __init__(self, server: Server) -> None:
        """Ask the server when it is first needed."""
        self._server = server

    async def add(self, chat: int, plate: str) -> None:
        """Let a chat watch for a plate."""
        await self._server.put_on_list(f"{PREFIX}{chat}", f"Telegram chat {chat}", plate)

    async def remove(self, chat: int, plate: str) -> bool:
        """Let a chat no longer watch for a plate; tell whether it did."""
        return await self._server.take_off_list(f"{PREFIX}{chat}", plate)

    async def of(self, chat: int) -> list[str]:
        """Return the plates that a chat watches for."""
        return [entry["plate"] for entry in await self._server.entries(f"{PREFIX}{chat}")]


def chat_of(name: object) -> str | None:
    """Return the chat whose list bears this name; None for any other list."""
    found = re.fullmatch(rf"{PREFIX}(-?[0-9]+)", name) if isinstance(name, str) else None
    return found[1] if found else None
