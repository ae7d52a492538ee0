"""Events as messages of a Telegram bot. It only speaks; the bot that also listens is ``platewise bot``."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field

from platewise.errors import InputError, OutputError
from platewise.outputs import messages, words
from platewise.outputs.options import Checked, read
from platewise.outputs.protocol import Options
from platewise.outputs.safe_http import Answer, Request, SafeHttp
from platewise.store.records import EventRecord

TOTAL, MOST = 20.0, 2**16
"""Seconds and bytes that an answer may take."""
LONGEST = 4096
"""Characters of a message."""
LONGEST_PAUSE = 3600.0
_BLOCKED, _BUSY = 403, 429


class TelegramOptions(Checked):
    """The bot's token as @BotFather gave it, and the chat: its number, or ``@name`` of a channel."""

    token: str = Field(
        pattern=r"^[0-9]{1,20}:[A-Za-z0-9_-]{10,100}$", repr=False, examples=["123456:ABC-DEF1234ghIkl"]
    )
    chat: int | str = Field(union_mode="left_to_right")
    api: str = Field(default="https://api.telegram.org", pattern=r"^https?://[^\s/?#@]+$")
    silent: bool = False


class Telegram:
    """Sends a message to a chat for each event."""

    def __init__(self, name: str, options: Options, http: SafeHttp, zone: ZoneInfo) -> None:
        self.name, self._http, self._zone = name, http, zone
        self._options = read(TelegramOptions, options)
        if isinstance(self._options.chat, str) and not self._options.chat.startswith("@"):
            raise InputError("option chat: a chat is a number, or @name")

    def deliver(self, event: EventRecord) -> None:
        """Return once Telegram has the message; no formatting is used, so nothing in it can be taken so."""
        options = self._options
        text = "\n".join([words.headline(event), *words.lines(event, self._zone)])[:LONGEST]
        body = {"chat_id": options.chat, "text": text, "disable_notification": options.silent}
        url = f"{options.api}/bot{options.token}/sendMessage"
        request = Request("POST", url, {"Content-Type": "application/json"}, messages.as_json(body))
        try:
            answer = self._http(request, TOTAL, MOST)
        except InputError as error:
            raise OutputError(str(error)) from error
        if answer.status != 200:
            raise _failed(answer)

    def close(self) -> None:
        """Do nothing: no connection is kept."""


def _failed(answer: Answer) -> OutputError:
    """Return the error of an answer; a chat that threw the bot out is told nothing more."""
    told = _told(answer.body)
    why = f"Telegram answered {answer.status}: {str(told.get('description', ''))[:200]}".rstrip(": ")
    if answer.status == _BLOCKED:
        return OutputError(why, "gone")
    parameters = told.get("parameters")
    pause = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if answer.status == _BUSY and isinstance(pause, int):
        return OutputError(why, after=min(float(max(pause, 0)), LONGEST_PAUSE))
    return OutputError(why)


def _told(body: bytes | None) -> dict[str, Any]:
    try:
        told = json.loads(body or b"{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
