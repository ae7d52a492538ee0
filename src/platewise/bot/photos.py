"""A photo becomes an answer."""

import logging
from dataclasses import dataclass
from datetime import datetime

from telegram import Document, Message, PhotoSize

from platewise.bot import answers
from platewise.bot.case import Case
from platewise.bot.messenger import MOST_BYTES, Unsaid
from platewise.bot.server import Refused

log = logging.getLogger(__name__)
TOO_BIG, NOT_A_PICTURE = 413, 415


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on Telegram: how to fetch it, its name for ever, its bytes or 0, and its date."""

    file: str
    unique: str
    size: int
    taken: datetime


def picture_in(message: Message) -> Picture | None:
    """Return the picture of a message, the largest form of a photo; None where there is none."""
    largest: PhotoSize | Document | None = message.document
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
    elif not message.document or not (message.document.mime_type or "").startswith("image/"):
        return None
    assert largest
    return Picture(largest.file_id, largest.file_unique_id, largest.file_size or 0, message.date)


async def see(case: Case, picture: Picture) -> None:
    """Have the server read a picture, and answer one line a plate."""
    if picture.size > MOST_BYTES:
        await case.say("too_big")
        return
    try:
        data = await case.tools.messenger.download(picture.file)
    except Unsaid as error:
        log.warning("update %d: its file cannot be had: %s", case.update, error)
        await case.say("failed")
        return
    server, camera = case.tools.server, case.tools.settings.camera
    key = case.key(picture.unique)
    try:
        reads = await case.insist(
            lambda: server.recognise(data, f"{picture.unique}.jpg", camera, picture.taken, key)
        )
    except Refused as refused:
        if refused.status not in (TOO_BIG, NOT_A_PICTURE):
            raise
        await case.say("too_big" if refused.status == TOO_BIG else "not_a_picture")
        return
    told = answers.told(reads)
    text = "\n".join(answers.lines(told, case.words))
    await case.tell(text, buttons=answers.buttons(told, case.words))
