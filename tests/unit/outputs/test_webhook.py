"""Webhooks over real HTTP: what is sent, and what becomes of each answer."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from time import monotonic

import pytest
from receivers import NOON, SECRET, Receiver, event, means

from platewise import clock
from platewise.errors import InputError, OutputError
from platewise.outputs import webhook
from platewise.outputs.messages import id_of
from platewise.outputs.webhook import Webhook


def hook(receiver: Receiver, *private: str, **options: object) -> Webhook:
    return Webhook("hook", {"url": receiver.url, "secret": SECRET, **options}, means(*private).http)


def refused(output: Webhook) -> OutputError:
    with pytest.raises(OutputError) as error:
        output.deliver(event())
    return error.value


@pytest.mark.wall("W1")
def test_an_event_arrives_signed(receiver: Receiver) -> None:
    library = pytest.importorskip("standardwebhooks.webhooks", reason="needs standardwebhooks, of [dev]")
    output = hook(receiver)
    output.deliver(event(plate="京A12345"))
    output.deliver(event(plate="京A12345"))
    output.close()
    first, second = receiver.got
    assert (first.method, first.path, first.headers["content-type"]) == ("POST", "/hook", "application/json")
    assert first.json == {
        "type": "Entered",
        "timestamp": NOON.isoformat(),
        "data": {
            "plate": "京A12345", "display": "AB12 CDE", "lot": "main", "free": 98, "capacity": 100,
            "event": 7, "at": NOON.isoformat(),
        },
    }  # fmt: skip
    assert "京A12345".encode() in first.body
    assert receiver.ids == [id_of(event())] * 2
    assert "." not in id_of(event())
    library.Webhook(SECRET).verify(first.body.decode(), first.headers)
    library.Webhook(SECRET).verify(second.body.decode(), second.headers)


def test_ids_tell_the_events_of_two_databases_apart() -> None:
    later = event(at=NOON + timedelta(microseconds=1))
    assert len({id_of(event()), id_of(later), id_of(event(8))}) == 3


@pytest.mark.parametrize("status", [200, 201, 204, 299])
@pytest.mark.wall("W2")
def test_any_2xx_is_an_arrival(receiver: Receiver, status: int) -> None:
    receiver.status = status
    hook(receiver).deliver(event())


@pytest.mark.parametrize(
    ("status", "header", "fate", "after"),
    [
        (301, None, "retry", None),
        (400, None, "retry", None),
        (404, "17", "retry", 17),
        (410, "17", "gone", None),
        (429, None, "retry", webhook.THROTTLE),
        (429, "120", "retry", 120),
        (429, "0", "retry", 0),
        (500, None, "retry", None),
        (502, None, "retry", webhook.THROTTLE),
        (503, "soon", "retry", webhook.THROTTLE),
        (503, "99999999999999999999", "retry", webhook.LONGEST_PAUSE),
        (503, "Wed, 21 Oct 2015 07:28:00 GMT", "retry", 0),
        (504, "-5", "retry", webhook.THROTTLE),
        (503, "Wed, 21 Oct 2015 07:28:00 +9999999999999999", "retry", webhook.THROTTLE),
    ],
)
@pytest.mark.wall("W2")
def test_what_becomes_of_a_refusal(
    receiver: Receiver, status: int, header: str | None, fate: str, after: float | None
) -> None:
    receiver.answers = [(status, {"Retry-After": header} if header else {})]
    error = refused(hook(receiver))
    assert (error.fate, error.after) == (fate, after)
    assert str(status) in str(error)


@pytest.mark.wall("W2")
def test_a_pause_until_a_date(receiver: Receiver) -> None:
    until = (clock.now() + timedelta(seconds=100)).astimezone(UTC)
    receiver.answers = [(503, {"Retry-After": format_datetime(until, usegmt=True)})]
    after = refused(hook(receiver)).after
    assert after is not None
    assert 95 < after <= 100


@pytest.mark.wall("W2")
def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answers = [(307, {"Location": receiver.url + "/elsewhere"})]
    refused(hook(receiver))
    assert [got.path for got in receiver.got] == ["/hook"]


@pytest.mark.wall("W4")
def test_a_private_address_needs_the_owners_word(receiver: Receiver) -> None:
    told = str(refused(hook(receiver, "10.0.0.0/8")))
    assert told == f"127.0.0.1:{receiver.server_port} leads to an address that is not public"
    assert receiver.got == []
    hook(receiver, "127.0.0.1").deliver(event())
    assert len(receiver.got) == 1


def test_a_receiver_that_is_not_there(receiver: Receiver) -> None:
    output = hook(receiver)
    receiver.shutdown()
    receiver.server_close()
    error = refused(output)
    assert (error.fate, error.after) == ("retry", None)
    assert str(error) == f"http://127.0.0.1:{receiver.server_port} cannot be fetched: ConnectionRefusedError"


@pytest.fixture
def silent() -> Iterator[str]:
    """Return the URL of a host that drips one letter of an answer after the other."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        over = threading.Event()

        def drip() -> None:
            line, _ = server.accept()
            with line:
                for letter in b"HTTP/1.1 204 No Content and so on and so on":
                    if over.wait(0.05):
                        return
                    line.send(bytes([letter]))

        thread = threading.Thread(target=drip)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        over.set()
        thread.join()


@pytest.mark.wall("W2")
def test_a_slow_receiver_is_cut(silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "TOTAL", 0.3)
    start = monotonic()
    assert refused(Webhook("hook", {"url": silent}, means().http)).fate == "retry"
    assert monotonic() - start < 1.5
    assert webhook.TOTAL == 0.3


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "option url"),
        ({"url": "ftp://example.org"}, "http or https"),
        ({"url": "https://user:pw@example.org"}, "password"),
        ({"url": "https://example.org", "secret": "sesame"}, "whsec_"),
        ({"url": "https://example.org", "secret": [SECRET, "sesame"]}, "whsec_"),
        ({"url": "https://example.org", "colour": "red"}, "option colour"),
        ({"url": 7}, "option url"),
    ],
)
def test_options_that_cannot_be_meant(options: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told) as error:
        Webhook("hook", options, means().http)
    assert "sesame" not in str(error.value)
    assert "pw" not in str(error.value).split()


def test_secrets_are_not_shown(receiver: Receiver) -> None:
    output = hook(receiver, secret=[SECRET])
    assert SECRET not in repr(output._options)
    assert SECRET not in json.dumps(receiver.ids)
    receiver.status = 500
    assert SECRET not in str(refused(output))


def test_a_time_is_that_of_the_attempt(receiver: Receiver) -> None:
    hook(receiver).deliver(event())
    sent = datetime.fromtimestamp(int(receiver.got[0].headers["webhook-timestamp"]), UTC)
    assert abs(clock.now() - sent) < timedelta(seconds=5)
