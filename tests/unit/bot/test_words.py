import re
from datetime import timedelta
from string import Formatter

import pytest

pytest.importorskip("telegram", reason="needs the [bot] extra")

from platewise.bot.commands import COMMANDS, menus
from platewise.bot.words import LANGUAGES, Words, words_for


def test_all_languages_say_the_same_with_the_same_blanks() -> None:
    english = LANGUAGES["en"]
    for sentences in LANGUAGES.values():
        assert sentences.keys() == english.keys()
        for part in english:
            assert _blanks(sentences[part]) == _blanks(english[part])


def _blanks(sentences: object) -> dict[str, set[str]]:
    assert isinstance(sentences, dict)
    return {
        key: {name for _, name, _, _ in Formatter().parse(text) if name} for key, text in sentences.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_replies_of_the_first_bot_stay(language: str) -> None:
    assert Words(language)("In", plate="京A12345").startswith("京A12345 In")
    assert Words(language)("Out", plate="京A12345").startswith("京A12345 Out")
    assert Words(language)("free", free=97, capacity=100).startswith("97 ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_menu_and_help_name_every_command(language: str) -> None:
    assert set(Words(language).menu) == COMMANDS.keys() - {"start"}
    assert set(re.findall(r"^/(\w+)", Words(language)("help"), re.M)) == COMMANDS.keys() - {"start"}


def test_menus_are_in_each_language_and_for_all_others() -> None:
    assert menus("zh").keys() == {"", *LANGUAGES}
    assert menus("zh")[""] == menus("zh")["zh"] != menus("en")[""]


def test_every_reason_that_the_server_gives_has_words() -> None:
    from platewise.register import lists, lots
    from platewise.vision import explain

    codes = re.findall(r"``(\w+)``", (explain.__doc__ or "").partition("people.")[2])
    assert len(codes) == 9
    others = [
        lists.DENIED,
        lists.NOT_ALLOWED,
        lots.ALREADY_INSIDE,
        lots.EXIT_MISSED,
        lots.ALREADY_LEFT,
        lots.UNMATCHED,
    ]
    for words in map(Words, LANGUAGES):
        assert not {*codes, *others} - LANGUAGES[words.language]["why"].keys()
    assert Words("en").why(["too_small: 9 px high", "blurred", "blurred"]) == "it is too small, it is blurred"
    assert Words("en").why(["something new"]) == "something new"


@pytest.mark.parametrize(
    ("code", "language"), [("zh-hans", "zh"), ("ZH", "zh"), ("en-GB", "en"), ("hr", "zh"), (None, "zh")]
)
def test_languages_of_telegram(code: str | None, language: str) -> None:
    assert words_for(code, "zh").language == language


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=65), "1 h 5 min"),
        (timedelta(days=2, hours=3, minutes=4), "2 d 3 h"),
        (-timedelta(minutes=1), "0 min"),
    ],
)
def test_spans(span: timedelta, told: str) -> None:
    assert Words("en").span(span) == told
