"""Joins the parts of the bot and runs it."""

import asyncio
import logging
import signal
from contextlib import suppress

from telegram.error import InvalidToken

from platewise.bot.case import Tools
from platewise.bot.commands import menus
from platewise.bot.messenger import Messenger
from platewise.bot.poller import Poller
from platewise.bot.server import Server
from platewise.bot.settings import BotSettings
from platewise.bot.state import State
from platewise.bot.watching import Watcher
from platewise.bot.watchlists import Watchlists
from platewise.errors import SettingError

log = logging.getLogger(__name__)


def run(settings: BotSettings) -> None:
    """Answer updates and follow events until the process is interrupted or told to end."""
    with suppress(asyncio.CancelledError, KeyboardInterrupt):
        asyncio.run(_run(settings))


async def _run(settings: BotSettings) -> None:
    task = asyncio.current_task()
    assert task
    assert settings.token
    with suppress(NotImplementedError):  # Windows has no SIGTERM to handle
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    messenger = Messenger(settings.token, settings.api)
    server = Server(settings.server, settings.server_token)
    tools = Tools(settings, server, Watchlists(server), messenger, State.load(settings.state))
    try:
        await messenger.begin(menus(settings.language))
        log.info("@%s answers through %s; the server is %s", messenger.name, settings.api, settings.server)
        await _work(tools)
    except InvalidToken:
        raise SettingError("Telegram does not know this bot's token") from None  # the error shows it
    finally:
        await messenger.end()
        await server.close()


async def _work(tools: Tools) -> None:
    watching = asyncio.create_task(Watcher(tools).run())
    try:
        await Poller(tools).run()
    finally:
        watching.cancel()
        await asyncio.wait({watching})
