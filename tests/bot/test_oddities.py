"""T2, T3, T5: what Telegram may also bring: edits, albums, disorder, stickers, markup, strangers."""

import itertools
from collections.abc import Callable
from datetime import datetime

import pytest
from fake_telegram import ANN, FakeTelegram
from running import Bot, Site

import walls

RunBot = Callable[..., Bot]
Times = Callable[[float], datetime]
STRANGER = 4_242_424
ODD = {
    "sticker": {"sticker": {"file_id": "s", "file_unique_id": "s", "type": "regular", "width": 9, "height": 9,
                            "is_animated": False, "is_video": False}},
    "video": {"video": {"file_id": "v", "file_unique_id": "v", "width": 9, "height": 9, "duration": 1}},
    "voice": {"voice": {"file_id": "o", "file_unique_id": "o", "duration": 1}},
    "location": {"location": {"latitude": 45.8, "longitude": 15.9}},
    "contact": {"contact": {"phone_number": "+385", "first_name": "<b>"}},
    "dice": {"dice": {"emoji": "🎲", "value": 3}},
    "markdown": {"text": "*bold* _under_ [x](http://evil.example) `code` ||spoiler||"},
    "html": {"text": "<b>bold</b><script>x</script><a href='tg://user?id=1'>x</a>"},
    "right to left": {"text": "\u202egpj.exe\u2066\u200f"},
    "long": {"text": "x" * 4096},
    "nothing but spaces": {"text": " \n\t "},
    "an unknown command": {"text": "/drop_tables; --"},
    "a command for another bot": {"text": "/help@another_bot"},
}  # fmt: skip


@pytest.mark.wall("T5")
def test_whatever_is_sent_is_answered_politely(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, wall: walls.Wall
) -> None:
    bot = run_bot(site)
    for kind, content in ODD.items():
        told = telegram.answer(telegram.send(**content))["text"]
        assert told.strip(), kind
        assert "evil" not in told
    assert "given up" not in bot.log
    assert "Traceback" not in bot.log
    assert site.events() == []
    assert bot.process.poll() is None
    wall.measured(f"{len(ODD)} odd messages: {len(ODD)} answers, 0 crashes")


@pytest.mark.wall("T5")
def test_what_the_library_cannot_read_is_passed_over(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, plate_jpeg: bytes
) -> None:
    """Telegram may change: an update that nobody understands must not come back for ever."""
    bot = run_bot(site)
    telegram.send(poll={"id": 1})
    assert telegram.answer(telegram.photo(plate_jpeg))["text"] == "AB12 CDE In"
    assert bot.log.count("passed over") == 1


@pytest.mark.wall("T5")
@pytest.mark.parametrize("caption", ["*x* <b>y</b>", "\u202eabc", "x" * 1024])
def test_a_caption_changes_nothing(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, plate_jpeg: bytes, caption: str
) -> None:
    run_bot(site)
    assert telegram.answer(telegram.photo(plate_jpeg, caption=caption))["text"] == "AB12 CDE In"


@pytest.mark.wall("T2")
def test_an_album_and_an_edit_count_once_each(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, times: Times, plate_jpeg: bytes, wall: walls.Wall
) -> None:
    run_bot(site)
    album = [telegram.photo(plate_jpeg, date=times(3 * n), media_group_id="7") for n in range(10)]
    for photo in album:
        telegram.answer(photo, 60)
    assert site.events() == ["Entered", "Left"] * 5
    telegram._put({"edited_message": {**album[0], "edit_date": album[0]["date"] + 60, "caption": "edited"}})
    telegram.repeat(9)
    telegram.settled()
    assert site.events() == ["Entered", "Left"] * 5
    assert [len(telegram.said(photo)) for photo in album] == [1] * 10
    wall.measured("album of 10: 10 effects, 10 answers; edited 10 times: none more")


@pytest.mark.wall("T2")
def test_photos_that_arrive_out_of_order_have_one_effect_each(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, times: Times, plate_jpeg: bytes
) -> None:
    late, early = (telegram.photo(plate_jpeg, date=times(at)) for at in (4, 0))
    run_bot(site)
    told = [telegram.answer(photo)["text"] for photo in (late, early)]
    assert len(site.events()) == 2
    assert all(text.startswith("AB12 CDE") for text in told)
    assert site.inside <= 1


COMMANDS = ("/start", "/help", "/getnumber", "/left", "/find AB12CDE", "/watch AB12CDE", "/unwatch AB12CDE")


@pytest.mark.wall("T3")
def test_each_role_hears_what_it_may(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, times: Times, plate_jpeg: bytes, wall: walls.Wall
) -> None:
    """A stranger, a known chat and a manager send every command; only who may hears of a car."""
    run_bot(site, CHATS=f"{ANN},77", MANAGERS=str(ANN))
    telegram.answer(telegram.photo(plate_jpeg, date=times(0)))
    cells = 0
    for (role, chat), command in itertools.product(
        (("stranger", STRANGER), ("guest", 77), ("manager", ANN)), COMMANDS
    ):
        told = telegram.answer(telegram.send(chat, text=command))["text"]
        cells += 1
        if role == "stranger":
            assert "AB12" not in told, command
            assert "not" in told or str(STRANGER) in told
        elif role == "guest" and command == "/left":
            assert "AB12" not in told
    photo = telegram.photo(plate_jpeg, chat=STRANGER)
    assert "AB12" not in telegram.answer(photo)["text"]
    assert site.events() == ["Entered"]
    wall.measured(f"{cells} cells of role and command: 0 leaks")
