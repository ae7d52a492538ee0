"""What people and the bot say to each other: the real bot and the real server, with HTTP between them."""

from collections.abc import Callable
from datetime import datetime

import pytest
from fake_http import Json
from fake_telegram import ANN, BEN, FakeTelegram
from running import Bot, Site

RunBot = Callable[..., Bot]
Times = Callable[[float], datetime]
GROUP = -100


def _buttons(message: Json) -> list[str]:
    return [row[0]["text"] for row in message["reply_markup"]["inline_keyboard"]]


def _asked(telegram: FakeTelegram, text: str, **more: object) -> str:
    """Return what the bot answers to a text."""
    return str(telegram.answer(telegram.send(text=text, **more))["text"])


def test_a_photo_says_in_and_then_out(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, times: Times, plate_jpeg: bytes
) -> None:
    run_bot(site)
    for minutes, told in ((0, "AB12 CDE In"), (10, "AB12 CDE Out"), (20, "AB12 CDE In")):
        answer = telegram.answer(telegram.photo(plate_jpeg, date=times(minutes)))
        assert answer["text"] == told
        assert _buttons(answer) == ["Correct AB12 CDE"]
    again = telegram.photo(plate_jpeg, date=times(20.2))
    assert telegram.answer(again)["text"] == "AB12 CDE (seen just now)"
    assert site.inside == 1
    (_, inside) = sorted(site.get("/v1/visits")["items"], key=lambda visit: visit["entered"])
    assert datetime.fromisoformat(inside["entered"]) == times(20)


@pytest.mark.wall("T2")
def test_every_picture_and_every_plate_is_answered(
    telegram: FakeTelegram,
    site: Site,
    run_bot: RunBot,
    times: Times,
    two_plates_jpeg: bytes,
    plate_jpeg: bytes,
) -> None:
    run_bot(site)
    album = [
        telegram.photo(data, date=times(n), media_group_id="1")
        for n, data in enumerate((two_plates_jpeg, plate_jpeg, two_plates_jpeg))
    ]
    told = [sorted(telegram.answer(photo)["text"].split("\n")) for photo in album]
    assert told == [
        ["AB-1234-CD In", "CD 567EF In"],
        ["AB12 CDE In"],
        ["AB-1234-CD Out", "CD 567EF Out"],
    ]
    assert telegram.answer(telegram.document(plate_jpeg, date=times(9)))["text"] == "AB12 CDE Out"
    assert site.inside == 0


@pytest.mark.wall("T5")
def test_what_cannot_be_read_is_said_with_what_to_do(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, no_plate_jpeg: bytes
) -> None:
    run_bot(site)
    assert "no number plate" in telegram.answer(telegram.photo(no_plate_jpeg))["text"]
    assert "没有找到车牌" in telegram.answer(telegram.photo(no_plate_jpeg, language="zh-hans"))["text"]
    assert "cannot open" in telegram.answer(telegram.document(b"no picture"))["text"]
    assert "/help" in telegram.answer(telegram.document(b"%PDF", "application/pdf"))["text"]
    assert "too big" in telegram.answer(telegram.document(b"x", size=21 * 2**20))["text"]
    assert "too big" in telegram.answer(telegram.document(bytes(10 * 2**20 + 1)))["text"]
    assert len(telegram.made("getFile")) == 4  # what is too big for Telegram is not asked for
    assert site.events() == []


@pytest.mark.wall("T3")
def test_who_may_not_come_in(
    telegram: FakeTelegram,
    site: Site,
    run_bot: RunBot,
    times: Times,
    plate_jpeg: bytes,
    two_plates_jpeg: bytes,
) -> None:
    site.put("/v1/lots/main", {"capacity": 2})
    site.put("/v1/lists/banned", {"kind": "denied"})
    site.post("/v1/lists/banned/entries", {"entries": [{"plate": "AB1234CD"}]})
    run_bot(site)
    told = telegram.answer(telegram.photo(two_plates_jpeg, date=times(0)))["text"]
    assert sorted(told.split("\n")) == ["AB-1234-CD: refused (it is on a denied list)", "CD 567EF In"]
    site.put("/v1/lots/main", {"capacity": 1})
    assert telegram.answer(telegram.photo(plate_jpeg, date=times(1)))["text"] == "AB12 CDE: full"
    assert site.inside == 1


def test_commands_of_a_car_park(
    telegram: FakeTelegram,
    site: Site,
    run_bot: RunBot,
    times: Times,
    plate_jpeg: bytes,
    two_plates_jpeg: bytes,
) -> None:
    run_bot(site, MANAGERS=str(ANN), TIMEZONE="Europe/Zagreb")
    assert _asked(telegram, "/left") == "No car is inside."
    telegram.photo(plate_jpeg, date=times(0))
    telegram.photo(two_plates_jpeg, date=times(120))
    assert _asked(telegram, "/getnumber") == "97 of 100 places are free."
    assert _asked(telegram, "/getnumber", language="zh-hant") == "97 个空车位（共 100 个）。"
    head, first, *others = _asked(telegram, "/left").split("\n")
    assert head == "3 cars are inside:"
    assert first.startswith("AB12 CDE since 20")
    assert first.endswith("(5 h 0 min)")
    assert [line.split()[0] for line in sorted(others)] == ["AB-1234-CD", "CD"]
    assert "Only managers" in _asked(telegram, "/left", chat=GROUP, user=BEN)
    assert "3 cars" in _asked(telegram, "/left@platewise_bot", chat=GROUP, user=ANN)
    assert "Only managers" in _asked(telegram, "/find AB12CDE", user=BEN)
    found = _asked(telegram, "/find ab12-cde").split("\n")
    assert found[0] == "AB12-CDE was seen:"
    assert [line.split("  ")[::2] for line in found[1:]] == [["AB12 CDE", "telegram"]]
    assert "perhaps it was misread" in _asked(telegram, "/find AB12C0E")
    assert _asked(telegram, "/find ZZ99ZZZ") == "ZZ99ZZZ was not seen."
    for wrong in ("/find", "/find !?", "/watch AB12CDEFGHIJKL", "/unwatch"):
        assert "ABC123" in _asked(telegram, wrong)


@pytest.mark.wall("T3")
def test_everyone_may_ask_where_the_owner_says_so(
    telegram: FakeTelegram, site: Site, run_bot: RunBot
) -> None:
    run_bot(site, LEFT_FOR="everyone")
    assert _asked(telegram, "/left", user=BEN) == "No car is inside."
    assert _asked(telegram, "/find AB12CDE", user=BEN) == "AB12CDE was not seen."


def test_a_misread_plate_is_put_right(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, times: Times, two_plates_jpeg: bytes
) -> None:
    run_bot(site, MANAGERS=str(BEN))
    photo = telegram.photo(two_plates_jpeg, chat=GROUP, user=ANN, date=times(0))
    answer = telegram.answer(photo)
    row = _buttons(answer).index("Correct CD 567EF")
    telegram.press(answer, row, user=33)
    telegram.wait(lambda: len(telegram.made("answerCallbackQuery")) == 1)
    assert "Only who sent" in telegram.made("answerCallbackQuery")[0].given["text"]
    for presser in (ANN, BEN):
        telegram.press(answer, row, user=presser)
    telegram.wait(lambda: len(telegram.said(answer)) == 2)
    question = telegram.said(answer)[0]
    assert question["text"] == "What should CD 567EF be? Answer this message with the right plate."
    assert "force_reply" in telegram.made("sendMessage")[-1].given["reply_markup"]
    wrong = telegram.reply(question, "!!", chat=GROUP, user=ANN)
    assert "1 to 10 letters" in telegram.answer(wrong)["text"]
    right = telegram.reply(question, "cd 567 eg", chat=GROUP, user=ANN)
    assert telegram.answer(right)["text"] == "CD 567 EG: thank you, it is put right."
    assert sorted(answer["text"].split("\n")) == ["AB-1234-CD In", "CD 567 EG In (corrected)"]
    assert sorted(_buttons(answer)) == ["Correct AB-1234-CD", "Correct CD 567 EG"]
    (visit,) = site.get("/v1/visits", plate="CD567EG")["items"]
    (review,) = site.get(f"/v1/reads/{visit['entry_read']}")["reviews"]
    assert (review["user"], review["reason"]) == ("token:telegram", f"Telegram user {ANN}")
    assert "no longer know" in telegram.answer(telegram.reply(question, "X1", chat=GROUP, user=ANN))["text"]


def test_what_is_no_longer_kept_cannot_be_put_right(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, plate_jpeg: bytes
) -> None:
    run_bot(site)
    answer = telegram.answer(telegram.photo(plate_jpeg))
    site.delete("/v1/plates/AB12CDE")
    telegram.press(answer)
    assert "no longer kept" in telegram.answer(answer)["text"]


def test_a_watched_plate_is_told_where_it_is_watched(
    telegram: FakeTelegram,
    site: Site,
    run_bot: RunBot,
    times: Times,
    plate_jpeg: bytes,
    two_plates_jpeg: bytes,
) -> None:
    run_bot(site, MANAGERS=f"{ANN},{BEN}")
    assert _asked(telegram, "/watch") == "I watch for no plate here."
    assert _asked(telegram, "/watch ab12 cde") == "I tell you here when AB12 CDE is seen."
    assert "会在这里通知您" in _asked(telegram, "/watch AB12CDE", chat=GROUP, user=BEN, language="zh")
    assert _asked(telegram, "/watch") == "I watch here for:\nAB12 CDE"
    telegram.photo(plate_jpeg, chat=BEN, date=times(0))
    told = lambda: [m for m in telegram.said() if m["text"].startswith("🔔")]  # noqa: E731
    telegram.wait(lambda: len(told()) == 2)
    assert {(m["chat"]["id"], m["text"].split("  ")[0]) for m in told()} == {
        (ANN, "🔔 AB12 CDE In"),
        (GROUP, "🔔 AB12 CDE In 驶入"),
    }
    assert _asked(telegram, "/unwatch AB12CDE") == "I no longer watch for AB12CDE."
    assert _asked(telegram, "/unwatch AB12CDE") == "I did not watch for AB12CDE."
    telegram.photo(two_plates_jpeg, date=times(5))
    telegram.photo(plate_jpeg, chat=BEN, date=times(10))
    telegram.wait(lambda: len(told()) == 3)
    assert told()[-1]["chat"]["id"] == GROUP


@pytest.mark.wall("T3")
def test_strangers_learn_the_number_of_their_chat_and_nothing_else(
    telegram: FakeTelegram, site: Site, run_bot: RunBot, plate_jpeg: bytes
) -> None:
    run_bot(site, CHATS=str(GROUP), MANAGERS=str(ANN))
    assert _asked(telegram, "/getnumber", chat=BEN).startswith("I do not know this chat. Its number is 22")
    assert "22" in telegram.answer(telegram.photo(plate_jpeg, chat=BEN))["text"]
    assert _asked(telegram, "/getnumber", chat=GROUP, user=BEN) == "100 of 100 places are free."
    assert _asked(telegram, "/getnumber", chat=-200, user=ANN) == "100 of 100 places are free."
    assert "-200" in _asked(telegram, "/watch AB12CDE", chat=-200, user=ANN)
    silent = [
        telegram.send(-200, BEN, text="hello all"),
        telegram.photo(plate_jpeg, chat=-200, user=BEN),
        telegram.send(GROUP, BEN, text="hello all"),
        telegram.send(GROUP, BEN, text="/getnumber@another_bot"),
    ]
    telegram.settled()
    assert not any(map(telegram.said, silent))
    assert site.events() == []


def test_it_says_what_it_can_and_what_is_kept(telegram: FakeTelegram, site: Site, run_bot: RunBot) -> None:
    run_bot(site)
    assert "What is kept" in _asked(telegram, "/start")
    assert "保存的内容" in _asked(telegram, "/help", language="zh-hans")
    assert "What is kept" in _asked(telegram, "/HELP", language="hr")
    assert "/help" in _asked(telegram, "hello")
    menus = {
        call.given.get("language_code"): call.given["commands"] for call in telegram.made("setMyCommands")
    }
    assert menus.keys() == {None, "en", "zh"}
    assert menus[None] == menus["en"] != menus["zh"]
