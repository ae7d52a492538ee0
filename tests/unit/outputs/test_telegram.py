"""Messages of a Telegram bot: what is asked of its API, and what its answers mean."""

import json
from typing import Any

import pytest
from receivers import Receiver, event, means

from platewise.errors import InputError, OutputError
from platewise.outputs.telegram import Telegram

TOKEN = "123456:canary-token-of-the-bot"


def output(receiver: Receiver, **options: Any) -> Telegram:
    api = receiver.url.removesuffix("/hook")
    return Telegram("chat", {"token": TOKEN, "chat": -100, "api": api, **options}, means().http, means().zone)


def refused(receiver: Receiver, status: int, **told: Any) -> OutputError:
    receiver.status, receiver.body = status, json.dumps({"ok": False, **told}).encode()
    with pytest.raises(OutputError) as error:
        output(receiver).deliver(event())
    assert "canary" not in str(error.value)
    return error.value


def test_an_event_is_said(receiver: Receiver) -> None:
    receiver.status = 200
    output(receiver, silent=True).deliver(event(9, "Alert", list="<b>stolen</b>"))
    (got,) = receiver.got
    assert got.path == f"/bot{TOKEN}/sendMessage"
    assert (got.json["chat_id"], got.json["disable_notification"]) == (-100, True)
    assert "parse_mode" not in got.json
    assert got.json["text"].startswith("Alert: AB12 CDE (list <b>stolen</b>), main\nTime: ")


def test_a_channel_by_its_name(receiver: Receiver) -> None:
    receiver.status = 200
    output(receiver, chat="@yard").deliver(event())
    assert receiver.got[0].json["chat_id"] == "@yard"


def test_what_answers_mean(receiver: Receiver) -> None:
    busy = refused(receiver, 429, parameters={"retry_after": 7}, description="Too Many Requests")
    assert (busy.fate, busy.after) == ("retry", 7)
    gone = refused(receiver, 403, description="Forbidden: bot was blocked by the user")
    assert (gone.fate, str(gone)) == ("gone", "Telegram answered 403: Forbidden: bot was blocked by the user")
    assert refused(receiver, 401).fate == "retry"
    receiver.body = b"[no json"
    with pytest.raises(OutputError, match=r"^Telegram answered 401$"):
        output(receiver).deliver(event())


@pytest.mark.parametrize(
    "wrong", [{"token": "canary"}, {"chat": "yard"}, {"api": "ftp://x"}, {"api": "http://x/y"}, {"who": 1}]
)
def test_options_that_cannot_be_meant(receiver: Receiver, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="option") as error:
        output(receiver, **wrong)
    assert "canary" not in str(error.value)
