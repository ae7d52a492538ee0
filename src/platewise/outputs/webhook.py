"""Events as signed HTTP requests, by Standard Webhooks 1.0."""

from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from pydantic import Field, field_validator

from platewise import clock
from platewise.errors import InputError, OutputError
from platewise.outputs import formats, messages, signing
from platewise.outputs.options import Checked, read
from platewise.outputs.protocol import Options
from platewise.outputs.safe_http import Request, SafeHttp, parse
from platewise.store.records import EventRecord

TOTAL = 20.0
"""Seconds that a receiver may take."""
THROTTLE, LONGEST_PAUSE = 5.0, 24 * 3600.0
"""Seconds that a busy receiver is left alone where it does not say how long, and at most."""
_GONE, _BUSY = 410, (429, 502, 503, 504)


class WebhookOptions(Checked):
    """Where to, in whose format, and the secrets that sign: several while one takes another's place."""

    url: str = Field(repr=False)
    secret: str | list[str] = Field(default=[], repr=False)
    format: formats.WebhookFormat = "platewise"

    @field_validator("url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        return _checked(url, parse)

    @field_validator("secret")
    @classmethod
    def _are_secrets(cls, secret: str | list[str]) -> list[str]:
        return [_checked(one, signing.key_of) for one in ([secret] if isinstance(secret, str) else secret)]

    @property
    def keys(self) -> list[bytes]:
        """The bytes of the secrets."""
        return [signing.key_of(secret) for secret in self.secret]


def _checked(text: str, check: Callable[[str], object]) -> str:
    try:
        check(text)
    except InputError as error:
        raise ValueError(str(error)) from error
    return text


class Message(NamedTuple):
    """What is sent: under which id, the body and its type; a GET carries none."""

    id: str
    body: bytes
    method: str = "POST"
    kind: str = formats.JSON


class Webhook:
    """Tells a URL each event."""

    def __init__(self, name: str, options: Options, http: SafeHttp) -> None:
        self.name, self._http = name, http
        self._options = read(WebhookOptions, options)

    def deliver(self, event: EventRecord) -> None:
        """Post the event; anything but a 2xx answer is an ``OutputError``."""
        body = formats.webhook(self._options.format, event, self._options.url)
        if body:
            message = Message(messages.id_of(event), body.data, kind=body.kind)
            send(self._http, self._options, message, TOTAL)

    def close(self) -> None:
        """Do nothing: no connection is kept."""


def send(http: SafeHttp, options: WebhookOptions, message: Message, seconds: float) -> None:
    """Send one message and judge the answer."""
    now = clock.now()
    headers = signing.headers(options.keys, message.id, now, message.body)
    body = None
    if message.method != "GET":
        body, headers["Content-Type"] = message.body, message.kind
    try:
        answer = http(Request(message.method, options.url, headers, body), seconds, most=0)
    except InputError as error:
        raise OutputError(str(error)) from error
    if 200 <= answer.status < 300:
        return
    told = f"answered with status {answer.status}"
    if answer.status == _GONE:
        raise OutputError(told, "gone")
    pause = _pause(answer.retry_after, now)
    raise OutputError(told, after=THROTTLE if pause is None and answer.status in _BUSY else pause)


def _pause(retry_after: str | None, now: datetime) -> float | None:
    """Return the seconds that a header Retry-After asks for, a number or a date; None where it is neither."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_PAUSE)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    seconds = (until - now).total_seconds() if until.tzinfo else 0.0
    return min(max(seconds, 0.0), LONGEST_PAUSE)
