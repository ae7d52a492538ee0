"""E-mail with a real mail server: what is written, encryption, and what happens when it is refused."""

import socket
from mailbox import Mailbox, certified, mailing
from pathlib import Path
from typing import Any

import pytest
from receivers import event, free_port, means

from platewise.errors import InputError, OutputError
from platewise.outputs import mail
from platewise.outputs.mail import Mail
from platewise.outputs.messages import id_of


def output(box: Mailbox, *private: str, **options: Any) -> Mail:
    own = {"host": "127.0.0.1", "port": box.port, "security": "none", "sender": "Gate <gate@example.org>"}
    return Mail("post", {**own, "to": "ann@example.org", **options}, means(*private).http, means().zone)


def refused(output: Mail) -> OutputError:
    with pytest.raises(OutputError) as error:
        output.deliver(event())
    return error.value


def test_what_is_written() -> None:
    with mailing() as box:
        told = event(9, "Alert", list="stolen", camera="north\nBcc: eve@example.org", confidence=0.987)
        output(box, to="ann@example.org, Ben <ben@example.org>").deliver(told)
    (message,), (envelope,) = box.got, box.envelopes
    assert message["Subject"] == "Alert: AB12 CDE (list stolen), main"
    assert (envelope.mail_from, envelope.rcpt_tos) == (
        "gate@example.org",
        ["ann@example.org", "ben@example.org"],
    )
    assert message["Bcc"] is None
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_content()  # type: ignore[union-attr]
    assert {"Plate: AB12 CDE", "List: stolen", "Probability: 98.7%"} <= set(text.splitlines())
    assert "Time: 2026-03-29 12:00:00 UTC" in text
    assert "Camera: north Bcc: eve@example.org" in text


def test_the_same_event_bears_the_same_id() -> None:
    with mailing() as box:
        for _ in range(2):
            output(box).deliver(event())
    assert box.ids == [id_of(event())] * 2


@pytest.mark.parametrize(("security", "how"), [("starttls", "tls_context"), ("tls", "ssl_context")])
def test_encrypted_and_logged_in(
    security: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = certified(tmp_path, monkeypatch, "127.0.0.1")
    known = {"security": security, "username": "gate", "password": "sesame"}
    with mailing(**{how: context}) as box:
        output(box, **known).deliver(event())
        assert refused(output(box, **{**known, "password": "wrong-canary"})).fate == "retry"
    assert (box.encrypted, box.ids) == ([True], [id_of(event())])
    assert box.logins[0] == ("gate", "sesame")


@pytest.mark.parametrize(("security", "how"), [("starttls", "tls_context"), ("tls", "ssl_context")])
def test_a_certificate_of_another_name_is_not_trusted(
    security: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = certified(tmp_path, monkeypatch, "mail.example.org")
    with mailing(**{how: context}) as box:
        error = refused(output(box, security=security, username="gate", password="sesame"))
    assert "not trusted" in str(error)
    assert (box.got, box.logins) == ([], [])


def test_a_server_without_encryption_is_told_nothing() -> None:
    with mailing() as box:
        error = refused(output(box, security="starttls", username="gate", password="sesame"))
    assert error.fate == "retry"
    assert (box.got, box.logins) == ([], [])


def test_a_refusal_is_told_and_tried_again() -> None:
    with mailing() as box:
        box.refusals = ["451 later", "554 never"]
        post = output(box)
        assert str(refused(post)) == "the mail server answered 451"
        assert str(refused(post)) == "the mail server answered 554"
        post.deliver(event())
    assert len(box.got) == 1


def test_nobody_there_and_nobody_to_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    box = Mailbox()
    box.port = free_port()
    assert f"the mail server 127.0.0.1:{box.port} cannot be reached" in str(refused(output(box)))
    assert f"127.0.0.1:{box.port} leads to an address that is not public" in str(
        refused(output(box, "10.0.0.0/8"))
    )
    monkeypatch.setattr(mail, "TOTAL", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        box.port = silent.getsockname()[1]
        assert "cannot be reached" in str(refused(output(box)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": ""}, {"to": "ann"}, {"to": "ann@example.org\r\nBcc: eve@example.org"}, {"sender": "a b@c"},
        {"security": "some"}, {"password": "canary"}, {"host": ""}, {"port": 70000}, {"who": "x"},
        {"to": ["a@b.c"] * 51}, {"security": "tls", "username": "gate", "password": "canary-ü"},
    ],
)  # fmt: skip
def test_options_that_cannot_be_meant(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="option") as error:
        output(Mailbox(), **wrong)
    assert "canary" not in str(error.value)
