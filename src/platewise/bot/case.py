"""What every step of dealing with an update needs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from platewise.bot.messenger import Buttons, Messenger
from platewise.bot.patience import persist
from platewise.bot.server import Server
from platewise.bot.settings import EVERYONE, BotSettings
from platewise.bot.state import State
from platewise.bot.watchlists import Watchlists
from platewise.bot.words import Words

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tools:
    """What the bot works with."""

    settings: BotSettings
    server: Server
    watchlists: Watchlists
    messenger: Messenger
    state: State


@dataclass(frozen=True, slots=True)
class Case:
    """An update that is being dealt with: its number, where, who, which message, and in which language."""

    tools: Tools
    update: int
    chat: int
    user: int
    message: int
    words: Words

    @property
    def is_manager(self) -> bool:
        """Tell whether the user is one of the managers."""
        return str(self.user) in self.tools.settings.managers

    @property
    def is_known(self) -> bool:
        """Tell whether chat or user may use the bot."""
        return self.is_manager or self.tools.settings.lets_in(str(self.chat))

    @property
    def may_know(self) -> bool:
        """Tell whether the user is told about other people's cars."""
        return self.is_manager or self.tools.settings.left_for == EVERYONE

    def key(self, what: str) -> str:
        """Return the idempotency key of a write: the same update never has its effect twice."""
        return f"telegram {self.tools.messenger.number} {self.update} {what}"

    async def say(self, key: str, *, buttons: Buttons = (), **blanks: object) -> int:
        """Answer the message with one of our sentences; return the number of the answer."""
        return await self.tell(self.words(key, **blanks), buttons=buttons)

    async def tell(self, text: str, *, buttons: Buttons = (), ask: bool = False) -> int:
        """Answer the message; return the number of the answer."""
        said = self.tools.messenger.say(self.chat, text, to=self.message, buttons=buttons, ask=ask)
        return await said

    async def insist(self, work: Callable[[], Awaitable[T]]) -> T:
        """Have the server do something, however long that takes; the user is told where it takes long."""
        return await persist(work, lambda: self.say("away"))
