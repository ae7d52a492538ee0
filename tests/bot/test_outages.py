"""Both sides fail in every way they can, and the bot is killed: every photo is answered, and counts once."""

import random
import re
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime

import pytest
from fake_http import TOKEN, Broken, Denied, Flood, Json, Lost
from fake_telegram import ANN, FakeTelegram
from running import Bot, Site

import walls

RunBot = Callable[..., Bot]
Times = Callable[[float], datetime]
KILLS = walls.size("BOT_KILLS", 5, 50)
TWINS = 8


def _photos(telegram: FakeTelegram, data: bytes, count: int, times: Times) -> list[Json]:
    """Send a car that comes and goes: each photo an hour's part after the one before."""
    return [telegram.photo(data, date=times(2 * n)) for n in range(count)]


def _texts(telegram: FakeTelegram, photos: list[Json]) -> list[list[str]]:
    return [[answer["text"] for answer in telegram.said(photo)] for photo in photos]


def _in_and_out(count: int) -> list[list[str]]:
    return [[f"AB12 CDE {'Out' if n % 2 else 'In'}"] for n in range(count)]


@pytest.mark.wall("T1")
def test_a_pause_that_telegram_asks_for_is_kept(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, times: Times, plate_jpeg: bytes
) -> None:
    telegram.faults["sendMessage"] += [Flood(2), Flood(1)]
    run_bot(site)
    photo = telegram.photo(plate_jpeg, date=times(0))
    telegram.answer(photo)
    telegram.settled()
    first, second, third = telegram.tried("sendMessage")
    assert second - first >= 2
    assert third - second >= 1
    assert _texts(telegram, [photo]) == _in_and_out(1)


@pytest.mark.wall("T1")
def test_faults_of_telegram_lose_nothing_and_double_nothing(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, times: Times, plate_jpeg: bytes
) -> None:
    for method in ("getMe", "deleteWebhook", "getUpdates", "getFile", "file", "sendMessage"):
        telegram.faults[method] += [Broken(502), Lost()]
    run_bot(site)
    photos = _photos(telegram, plate_jpeg, 4, times)
    telegram.answer(photos[-1], 60)
    telegram.settled()
    assert not any(telegram.faults.values())
    assert _texts(telegram, photos) == _in_and_out(4)
    assert site.events() == ["Entered", "Left"] * 2


@pytest.mark.wall("T1")
def test_an_answer_whose_receipt_is_lost_is_sent_again_but_counts_once(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, times: Times, plate_jpeg: bytes
) -> None:
    telegram.faults["sendMessage"] += [Lost(done=True)]
    run_bot(site)
    photos = _photos(telegram, plate_jpeg, 2, times)
    telegram.answer(photos[-1])
    first, second = _in_and_out(2)
    assert _texts(telegram, photos) == [first * 2, second]
    assert site.events() == ["Entered", "Left"]


def test_a_chat_that_is_gone_does_not_hold_up_the_others(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, times: Times, plate_jpeg: bytes
) -> None:
    telegram.faults["sendMessage"] += [Denied(403, "Forbidden: bot was blocked by the user")]
    telegram.faults["file"] += [Denied(404, "Not Found")]
    bot = run_bot(site)
    photos = _photos(telegram, plate_jpeg, 3, times)
    telegram.answer(photos[-1])
    assert [texts[:1] for texts in _texts(telegram, photos)] == [[], ["AB12 CDE In"], ["AB12 CDE Out"]]
    assert bot.log.count("cannot be") == 2


@pytest.mark.wall("T1")
def test_while_the_server_is_down_photos_wait(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, times: Times, plate_jpeg: bytes
) -> None:
    run_bot(site)
    telegram.answer(telegram.send(text="/help"))
    site.down()
    photos = _photos(telegram, plate_jpeg, 2, times)
    assert "I keep trying" in telegram.answer(photos[0])["text"]
    site.up()
    telegram.answer(photos[1], 60)
    _, *told = [text for texts in _texts(telegram, photos) for text in texts]
    assert told == ["AB12 CDE In", "AB12 CDE Out"]
    assert site.events() == ["Entered", "Left"]


@pytest.mark.wall("T1")
def test_while_telegram_is_down_photos_wait(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, times: Times, plate_jpeg: bytes
) -> None:
    run_bot(site)
    telegram.answer(telegram.send(text="/help"))
    telegram.away = True
    photos = _photos(telegram, plate_jpeg, 2, times)
    time.sleep(2)
    telegram.away = False
    telegram.answer(photos[1], 60)
    assert _texts(telegram, photos) == _in_and_out(2)
    assert site.events() == ["Entered", "Left"]


@pytest.mark.wall("T2")
def test_an_update_that_is_told_eight_times_has_one_effect(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, times: Times, plate_jpeg: bytes
) -> None:
    photos = _photos(telegram, plate_jpeg, 1, times)
    telegram.repeat(7)
    run_bot(site)
    telegram.answer(photos[0])
    telegram.settled()
    assert _texts(telegram, photos) == _in_and_out(1)
    assert site.events() == ["Entered"]


@pytest.mark.wall("T2")
def test_eight_bots_that_are_given_an_update_at_once_have_one_effect(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, times: Times, plate_jpeg: bytes
) -> None:
    telegram.together = threading.Barrier(TWINS)
    photo = telegram.photo(plate_jpeg, date=times(0))
    for _ in range(TWINS):
        run_bot(site)
    telegram.wait(lambda: len(telegram.said(photo)) == TWINS, 120)
    assert set(map(tuple, _texts(telegram, [photo]))) == {("AB12 CDE In",) * TWINS}
    assert site.events() == ["Entered"]
    assert site.inside == 1


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
@pytest.mark.wall("T1")
def test_a_bot_that_is_killed_answers_every_photo_and_counts_it_once(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, times: Times, plate_jpeg: bytes, wall: walls.Wall
) -> None:
    rng = random.Random(1)
    bot, before = run_bot(site), 0
    photos: list[Json] = []
    for kill in range(KILLS):
        photos += [telegram.photo(plate_jpeg, date=times(2 * kill + n)) for n in range(2)]
        calls = before + rng.randrange(1, 13)  # while it starts or deals with one photo or the other
        telegram.wait(lambda: len(telegram.tries) >= calls, 120)  # noqa: B023
        time.sleep(rng.uniform(0, 0.05))
        bot.kill()
        before = len(telegram.tries)
        bot.again()
    telegram.answer(photos[-1], 300)
    telegram.settled()
    told = [set(texts) for texts in _texts(telegram, photos)]
    assert told == [{text} for (text,) in _in_and_out(2 * KILLS)]
    assert site.events() == ["Entered", "Left"] * KILLS
    twice = sum(len(telegram.said(photo)) > 1 for photo in photos)
    assert twice <= KILLS
    wall.measured(f"{KILLS} kills: {len(photos)} photos answered, {twice} of them twice, each counted once")


@pytest.mark.wall("T1")
def test_notices_survive_kills_and_restarts(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, times: Times, plate_jpeg: bytes
) -> None:
    bot = run_bot(site, MANAGERS=str(ANN))
    telegram.answer(telegram.send(text="/watch AB12CDE"))
    told = lambda: [m["text"].split("  ")[0] for m in telegram.said() if m["text"].startswith("🔔")]  # noqa: E731
    telegram.photo(plate_jpeg, date=times(0))
    telegram.wait(lambda: len(told()) == 1)
    telegram.settled()
    time.sleep(0.2)  # what was told is on the disk
    bot.kill()
    site.see(plate_jpeg, times(10))
    bot.again()
    telegram.wait(lambda: len(told()) == 2)
    site.down()
    site.up()
    site.see(plate_jpeg, times(20))
    telegram.wait(lambda: len(told()) == 3)
    time.sleep(0.5)
    assert told() == ["🔔 AB12 CDE In", "🔔 AB12 CDE Out", "🔔 AB12 CDE In"]


def test_sigterm_ends_it_cleanly_and_after_the_update_at_hand(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, times: Times, plate_jpeg: bytes
) -> None:
    telegram.faults["sendMessage"] += [Flood(2)]
    bot = run_bot(site)
    photo = telegram.photo(plate_jpeg, date=times(0))
    telegram.wait(lambda: bool(telegram.tried("getFile")))
    assert bot.stop() == 0
    assert _texts(telegram, [photo]) == _in_and_out(1)
    bot.again()
    telegram.settled()
    assert _texts(telegram, [photo]) == _in_and_out(1)


@pytest.mark.wall("T4")
def test_no_log_shows_the_token(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, times: Times, plate_jpeg: bytes
) -> None:
    telegram.faults["getFile"] += [Lost()]
    bot = run_bot(site, "--verbose")
    telegram.answer(telegram.photo(plate_jpeg, date=times(0)))
    bot.stop()
    secret = TOKEN.partition(":")[2]
    assert re.search(r"HTTP Request: POST http://\S+/bot\*\*\*/getFile", bot.log)
    assert re.search(r"HTTP Request: GET http://\S+/file/bot[0-9]*%3A\*\*\*/photos", bot.log)
    assert secret not in bot.log
    assert site.token not in bot.log


@pytest.mark.wall("T4")
def test_a_wrong_token_ends_it_without_showing_it(
    telegram: FakeTelegram, site: Site, run_bot: RunBot
) -> None:
    wrong = "987654321:AAF-wrong_Secret"
    bot = run_bot(site, TOKEN=wrong)
    assert bot.process.wait(60) == 3
    assert "Telegram does not know this bot's token" in bot.log
    assert "wrong_Secret" not in bot.log
