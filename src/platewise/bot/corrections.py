"""A misread plate is put right: a button, a question, an answer."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from telegram import CallbackQuery, InlineKeyboardMarkup, Message

from platewise.bot.answers import meant, pressed
from platewise.bot.case import Case
from platewise.bot.messenger import Unsaid
from platewise.bot.server import Json, Refused
from platewise.bot.state import Answer, Question
from platewise.core.plate import MAX_SIGNS, normalise

GONE = 404


async def ask(case: Case, press: CallbackQuery) -> None:
    """Ask for the right plate, where whoever pressed the button may say it."""
    wanted, answer = meant(press.data or ""), press.message
    if wanted is None or not isinstance(answer, Message) or not answer.text:
        await _hear(case, press, "old_question")
    elif not _may_correct(case, answer):
        await _hear(case, press, "not_yours")
    else:
        await _hear(case, press)
        server = case.tools.server
        if read := await _unless_gone(case, lambda: server.read(wanted[0])):
            await _put(case, read, wanted[1], answer)


async def _put(case: Case, read: Json, line: int, answer: Message) -> None:
    """Put the question for a plate, and remember what it is about."""
    text = case.words("ask", plate=read["display"]) if read["plate"] else case.words("ask_unread")
    question = await case.tools.messenger.say(case.chat, text, to=answer.message_id, ask=True)
    markup = answer.reply_markup or InlineKeyboardMarkup(())
    buttons = [(one.text, str(one.callback_data)) for row in markup.inline_keyboard for one in row]
    state = case.tools.state
    state.answers[f"{case.chat}:{answer.message_id}"] = Answer((answer.text or "").split("\n"), buttons)
    state.questions[f"{case.chat}:{question}"] = Question(read["id"], answer.message_id, line)


def is_answer(case: Case, message: Message) -> bool:
    """Tell whether a message answers one of the bot's."""
    to = message.reply_to_message
    return bool(to and to.from_user and to.from_user.id == case.tools.messenger.number)


async def take(case: Case, message: Message) -> None:
    """Put a plate right as a message says, and mend the answer that told it wrong."""
    assert message.reply_to_message
    questions, plate = case.tools.state.questions, message.text or ""
    name = f"{case.chat}:{message.reply_to_message.message_id}"
    question = questions.get(name)
    if question is None:
        await case.say("old_question")
    elif not 0 < len(normalise(plate)) <= MAX_SIGNS:
        await case.say("no_plate_text", most=MAX_SIGNS)
    else:
        await _correct(case, question, plate)
        del questions[name]


async def _correct(case: Case, question: Question, plate: str) -> None:
    server, key = case.tools.server, case.key("correct")
    reason = f"Telegram user {case.user}"
    read = await _unless_gone(case, lambda: server.correct(question.read, plate, reason, key))
    if read:
        stay = await case.insist(lambda: server.stay(read["id"]))
        with suppress(Unsaid):  # the answer may have been deleted
            await _mend(case, question, read, stay)
        await case.say("thanks", plate=read["display"])


async def _mend(case: Case, question: Question, read: Json, stay: Json | None) -> None:
    """Tell the right plate in the answer, with what has become of its visit."""
    kind = "Passed" if stay is None else "Out" if stay["exit_read"] == read["id"] else "In"
    answer = case.tools.state.answers[f"{case.chat}:{question.message}"]
    answer.lines[question.line] = case.words("corrected", line=case.words(kind, plate=read["display"]))
    own = pressed(read["id"], question.line)
    told = case.words("button", plate=read["display"])
    answer.buttons = [(told if data == own else text, data) for text, data in answer.buttons]
    await case.tools.messenger.mend(case.chat, question.message, "\n".join(answer.lines), answer.buttons)


async def _unless_gone(case: Case, work: Callable[[], Awaitable[Json]]) -> Json | None:
    """Return what the server gives; None, and the user is told, where the read is no longer kept."""
    try:
        return await case.insist(work)
    except Refused as refused:
        if refused.status != GONE:
            raise
        await case.say("gone")
        return None


def _may_correct(case: Case, answer: Message) -> bool:
    """Tell whether the user is a manager, or sent the photo that was answered."""
    photo = answer.reply_to_message
    sender = photo.from_user.id if photo and photo.from_user else None
    return case.is_manager or case.user == sender


async def _hear(case: Case, press: CallbackQuery, refusal: str | None = None) -> None:
    """End the button's waiting; a refusal is shown to whoever pressed it."""
    with suppress(Unsaid):  # after an outage the press may be too old for that
        await case.tools.messenger.heard(press.id, case.words(refusal) if refusal else None)
