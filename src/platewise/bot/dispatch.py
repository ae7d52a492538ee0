"""An update goes to what deals with it; whatever happens, who wrote gets an answer."""

import logging
from collections.abc import Awaitable
from contextlib import suppress

from telegram import CallbackQuery, Chat, Message, Update

from platewise.bot import corrections, photos
from platewise.bot.case import Case, Tools
from platewise.bot.commands import COMMANDS
from platewise.bot.messenger import Unsaid
from platewise.bot.patience import Away
from platewise.bot.server import Refused
from platewise.bot.words import words_for

log = logging.getLogger(__name__)


async def deal(tools: Tools, update: Update) -> None:
    """Deal with an update. It is dealt with even where that fails: a second time would fail as well."""
    message = update.callback_query.message if update.callback_query else update.message
    user = update.effective_user
    if message is None or user is None:
        return
    words = words_for(user.language_code, tools.settings.language)
    case = Case(tools, update.update_id, message.chat.id, user.id, message.message_id, words)
    try:
        await _guarded(case, _route(case, update))
    except Unsaid as error:
        log.warning("update %d: the answer cannot be sent: %s", case.update, error)


async def _guarded(case: Case, work: Awaitable[None]) -> None:
    """Do the work; who wrote is told why it cannot be done."""
    try:
        await work
    except Refused as refused:
        log.warning("update %d: the server refuses (%d: %s)", case.update, refused.status, refused)
        await case.say("refused_by_server", message=refused)
    except Unsaid:
        raise
    except Away as away:
        log.error("update %d is given up: %s", case.update, away)
        await case.say("failed")
    except Exception:
        log.exception("update %d is given up", case.update)
        await case.say("failed")


async def _route(case: Case, update: Update) -> None:
    if update.callback_query:
        await _press(case, update.callback_query)
    elif update.message:
        await _message(case, update.message)


async def _press(case: Case, press: CallbackQuery) -> None:
    if case.is_known:
        await corrections.ask(case, press)
    else:
        with suppress(Unsaid):
            await case.tools.messenger.heard(press.id, case.words("not_allowed", chat=case.chat))


async def _message(case: Case, message: Message) -> None:
    command, argument = command_in(message, case.tools.messenger.name)
    picture = photos.picture_in(message)
    is_private = message.chat.type == Chat.PRIVATE
    if not case.is_known:
        if is_private or command:  # silent among people who talk to each other
            await case.say("not_allowed", chat=case.chat)
    elif command:
        await COMMANDS[command](case, argument)
    elif picture:
        await photos.see(case, picture)
    elif corrections.is_answer(case, message):
        await corrections.take(case, message)
    elif is_private:
        await case.say("photo_hint")


def command_in(message: Message, bot: str) -> tuple[str, str]:
    """Return the command of a message and what stands behind it; empty where it is none of this bot's."""
    head, _, argument = (message.text or "").partition(" ")
    name, _, to = head.removeprefix("/").partition("@")
    ours = head.startswith("/") and name.lower() in COMMANDS and to.lower() in ("", bot.lower())
    return (name.lower(), argument.strip()) if ours else ("", "")
