"""Telegram as the bot sees it. Every call is repeated until Telegram takes or refuses it."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from telegram import (
    Bot,
    BotCommand,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
)
from telegram.request import HTTPXRequest

from platewise.bot.patience import Away, persist

log = logging.getLogger(__name__)
T = TypeVar("T")
Buttons = Sequence[tuple[str, str]]
"""What stands on each button, and what comes back when it is pressed."""

LONG_POLL = timedelta(seconds=50)
SPARE_S = 10
"""Seconds that an answer without an update may take on the way."""
MOST_BYTES = 20 * 2**20
"""Telegram gives bots no larger files."""
MOST_SIGNS = 4000
"""Telegram takes messages of 4096 units, where some signs count as two."""
KINDS = ("message", "callback_query")


class Unsaid(Exception):
    """Telegram refuses a call for good: the chat is gone, the message too old, the bot blocked."""


class Messenger:
    """What the bot does through the Bot API."""

    def __init__(self, token: str, api: str) -> None:
        """Talk to the Bot API at that address."""
        self._bot = Bot(
            token,
            base_url=f"{api}/bot",
            base_file_url=f"{api}/file/bot",
            request=HTTPXRequest(read_timeout=30, connect_timeout=10, pool_timeout=10),
            get_updates_request=HTTPXRequest(read_timeout=10, connect_timeout=10, pool_timeout=10),
        )

    async def begin(self, menus: dict[str, list[tuple[str, str]]]) -> None:
        """Say who we are, end a webhook, which would keep updates away, and set the menus of commands.

        ``menus`` are by language code, the empty one for all others. InvalidToken where the token is none.
        """
        await _insist(self._bot.initialize)
        await _insist(self._bot.delete_webhook)
        for language, menu in menus.items():
            commands = [BotCommand(name, told) for name, told in menu]
            await _insist(partial(self._bot.set_my_commands, commands, language_code=language or None))

    async def end(self) -> None:
        """Close the connections."""
        await self._bot.shutdown()

    @property
    def name(self) -> str:
        """The bot's user name, without @."""
        return self._bot.username

    @property
    def number(self) -> int:
        """The bot's number."""
        return self._bot.id

    async def next(self, offset: int | None) -> Update | None:
        """Return the oldest update that waits, None after a while without one.

        ``offset`` confirms every update before it: Telegram forgets those. One at a time is asked for, so
        that an update is confirmed when it has been dealt with, and a kill repeats one at most.
        """
        seconds = int(LONG_POLL.total_seconds())
        asked = {"limit": 1, "timeout": seconds, "allowed_updates": KINDS}
        asked |= {"offset": offset} if offset is not None else {}
        updates = await _insist(
            lambda: self._bot.do_api_request("getUpdates", asked, read_timeout=seconds + SPARE_S)
        )
        return self._read(updates[0]) if updates else None

    def _read(self, told: dict[str, Any]) -> Update:
        """Return an update; one that the library cannot read is empty, or it would come for ever."""
        try:
            return Update.de_json(told, self._bot)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            log.error("update %d is passed over, it cannot be read: %s", told["update_id"], error)
            return Update(told["update_id"])

    async def download(self, file: str) -> bytes:
        """Return the bytes of a file; Unsaid where Telegram no longer has it."""

        async def once() -> bytes:
            """Ask where it is, which is good for an hour, and fetch it."""
            there = await self._bot.get_file(file)
            try:
                return bytes(await there.download_as_bytearray())
            except InvalidToken as error:  # 404: get_file has just proved the token
                raise BadRequest("the file is not there") from error

        return await _insist(once)

    async def say(
        self, chat: int, text: str, *, to: int | None = None, buttons: Buttons = (), ask: bool = False
    ) -> int:
        """Send a message and return its number; a long one becomes several.

        ``to`` is the message it answers; ``ask`` opens the answer field of whoever reads it.
        """
        reply = ReplyParameters(to, allow_sending_without_reply=True) if to else None
        markup = ForceReply() if ask else _keyboard(buttons)
        *first, last = pieces(text)
        for piece in first:
            await _insist(partial(self._bot.send_message, chat, piece, reply_parameters=reply))
        sent = await _insist(
            lambda: self._bot.send_message(chat, last, reply_parameters=reply, reply_markup=markup)
        )
        return sent.message_id

    async def mend(self, chat: int, message: int, text: str, buttons: Buttons) -> None:
        """Put another text into a message of the bot."""
        await _insist(
            lambda: self._bot.edit_message_text(text, chat, message, reply_markup=_keyboard(buttons))
        )

    async def heard(self, press: str, text: str | None = None) -> None:
        """Tell whoever pressed a button that it was heard."""
        await _insist(lambda: self._bot.answer_callback_query(press, text))


def pieces(text: str) -> list[str]:
    """Return a text in pieces that Telegram takes, parted at the ends of lines."""
    found = [""]
    for line in text.split("\n"):
        line = line[: MOST_SIGNS - 1]
        if len(found[-1]) + len(line) + 1 > MOST_SIGNS:
            found.append("")
        found[-1] += f"{line}\n"
    return [piece.rstrip("\n") for piece in found]


def _keyboard(buttons: Buttons) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(told, callback_data=data)] for told, data in buttons]
    return InlineKeyboardMarkup(rows) if rows else None


async def _insist(call: Callable[[], Awaitable[T]]) -> T:
    """Make a call until it is answered; Unsaid where it never will be."""
    try:
        return await persist(lambda: _once(call))
    except (BadRequest, Forbidden, ChatMigrated) as error:
        raise Unsaid(str(error)) from error


async def _once(call: Callable[[], Awaitable[T]]) -> T:
    try:
        return await call()
    except RetryAfter as error:
        wait = error.retry_after
        raise Away(
            "Telegram asks for a pause", wait.total_seconds() if isinstance(wait, timedelta) else wait
        ) from error
    except BadRequest:
        raise  # it is a NetworkError by descent only
    except NetworkError as error:
        raise Away(f"Telegram cannot be reached ({error})") from error
    except Conflict as error:
        raise Away(f"another program asks for this bot's updates ({error})") from error
