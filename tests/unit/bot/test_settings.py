from pathlib import Path

import pytest

pytest.importorskip("telegram", reason="needs the [bot] extra")

from platewise.bot.settings import BotSettings
from platewise.errors import SettingError

TOKEN = "123456:AAF-canary_Secret"


def _set(**values: str) -> BotSettings:
    return BotSettings.from_env(
        {"PLATEWISE_BOT_TOKEN": TOKEN} | {f"PLATEWISE_BOT_{k}": v for k, v in values.items()}
    )


def test_what_is_given_is_taken() -> None:
    settings = _set(
        API="http://127.0.0.1:8081/", CHATS="-100, 7", MANAGERS="11", STATE="/var/bot.json", LOT=""
    )
    assert settings.api == "http://127.0.0.1:8081"
    assert (settings.chats, settings.managers) == (("-100", "7"), ("11",))
    assert settings.state == Path("/var/bot.json")
    assert settings.lot == "main"


def test_secrets_come_from_files_too_and_are_never_shown(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    (tmp_path / "server").write_text("pw_canary\n")
    given = {
        "PLATEWISE_BOT_TOKEN_FILE": str(tmp_path / "token"),
        "PLATEWISE_BOT_SERVER_TOKEN_FILE": str(tmp_path / "server"),
    }
    settings = BotSettings.from_env(given)
    assert settings.token == TOKEN
    assert settings.server_token == "pw_canary"
    assert set(settings.secrets) == {TOKEN, "AAF-canary_Secret", "pw_canary"}
    assert "canary" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKEN", "canary"),
        ("API", "ftp://host"),
        ("SERVER", "127.0.0.1:5000"),
        ("SERVER", "http://127.0.0.1:5000?x=1"),
        ("CAMERA", "north/south"),
        ("CHATS", "@ann"),
        ("CHATS", "everyone, ann"),
        ("MANAGERS", "everyone"),
        ("LEFT_FOR", "nobody"),
        ("LANGUAGE", "fr"),
        ("TIMEZONE", "Nowhere/Town"),
        ("TOKEN_FILE", "/nowhere/at/all"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(name: str, value: str) -> None:
    given = {"PLATEWISE_BOT_TOKEN": TOKEN, f"PLATEWISE_BOT_{name}": value}
    if name == "TOKEN_FILE":
        del given["PLATEWISE_BOT_TOKEN"]
    with pytest.raises(SettingError, match=f"PLATEWISE_BOT_{name}") as refused:
        BotSettings.from_env(given)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    ("chats", "chat", "lets_in"),
    [("", "11", True), ("", "22", False), ("22", "22", True), ("everyone", "33", True), ("22", "-22", False)],
)
def test_chats_that_may_use_it(chats: str, chat: str, lets_in: bool) -> None:
    assert _set(CHATS=chats, MANAGERS="11").lets_in(chat) is lets_in
