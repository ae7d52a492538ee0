"""Events as e-mail, over a mail server that the owner names."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from platewise.errors import InputError, OutputError
from platewise.outputs import messages, words
from platewise.outputs.options import Checked, read
from platewise.outputs.protocol import Options
from platewise.outputs.safe_http import SafeHttp, place
from platewise.store.records import EventRecord

CONNECT, TOTAL = 5.0, 30.0
"""Seconds to connect, and for everything that the mail server is asked."""
PORTS = {"tls": 465, "starttls": 587, "none": 25}
DOMAIN = "platewise.invalid"
"""What stands behind the @ of a message's id: it names no host, so it says nothing of this one."""


class MailOptions(Checked):
    """The mail server, who writes and to whom.

    ``security``: 'starttls' asks for encryption before anything is said, 'tls' begins with it. A password is
    never sent without either.
    """

    host: str = Field(min_length=1, max_length=253)
    port: int = Field(default=0, ge=0, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = Field(default="", repr=False)
    sender: str = Field(max_length=320)
    to: str | list[str] = Field(max_length=2000)

    @field_validator("sender")
    @classmethod
    def _is_address(cls, sender: str) -> str:
        return _address(sender)

    @field_validator("to")
    @classmethod
    def _are_addresses(cls, to: str | list[str]) -> list[str]:
        found = [_address(one) for one in (to.split(",") if isinstance(to, str) else to)]
        if not 0 < len(found) <= 50:
            raise ValueError("1 to 50 addresses")
        return found

    @field_validator("username", "password")
    @classmethod
    def _can_be_sent(cls, text: str) -> str:
        if not text.isascii():
            raise ValueError("only ASCII letters, digits and signs can be sent to a mail server here")
        return text

    @model_validator(mode="after")
    def _keeps_the_password(self) -> "MailOptions":
        if self.password and self.security == "none":
            raise ValueError("a password is sent encrypted only: set security to starttls or tls")
        return self


def _address(text: str) -> str:
    """Return an address without its name; ValueError where it is none."""
    found = parseaddr(text.strip())[1]
    before, at, behind = found.rpartition("@")
    if not (before and at and behind) or not (found.isascii() and text.strip().isprintable()) or " " in found:
        raise ValueError("an e-mail address looks like name@example.org")
    return found


class Mail:
    """Writes a message for each event."""

    def __init__(self, name: str, options: Options, http: SafeHttp, zone: ZoneInfo) -> None:
        self.name, self._http, self._zone = name, http, zone
        self._options = read(MailOptions, options)

    def deliver(self, event: EventRecord) -> None:
        """Return once the mail server has taken the message, under the same Message-ID each time."""
        options = self._options
        port = options.port or PORTS[options.security]
        try:
            address = self._http.address(options.host, port)
            message = written(event, options, self._zone)
            with _connected(options, (address, port)) as server:
                server.send_message(message, options.sender, list(options.to))
        except InputError as error:
            raise OutputError(f"the mail server {error}") from error
        except smtplib.SMTPResponseException as error:
            raise OutputError(f"the mail server answered {error.smtp_code}") from error
        except smtplib.SMTPRecipientsRefused as error:
            codes = sorted({code for code, _ in error.recipients.values()})
            raise OutputError(f"the mail server takes none of the addresses: {codes}") from error
        except smtplib.SMTPNotSupportedError as error:
            raise OutputError(f"the mail server does not offer what is wanted: {error}") from error
        except ssl.SSLError as error:
            raise OutputError(f"the mail server's encryption is not trusted: {error.reason}") from error
        except (OSError, smtplib.SMTPException) as error:
            where = place(options.host, port)
            raise OutputError(f"the mail server {where} cannot be reached: {type(error).__name__}") from error

    def close(self) -> None:
        """Do nothing: no connection is kept."""


def written(event: EventRecord, options: MailOptions, zone: ZoneInfo) -> EmailMessage:
    """Return the message about an event."""
    message = EmailMessage()
    message["Subject"] = words.headline(event)
    message["From"] = options.sender
    message["To"] = ", ".join(options.to)
    message["Date"] = format_datetime(event.at)
    message["Message-ID"] = f"<{messages.id_of(event)}@{DOMAIN}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join(words.lines(event, zone)) + "\n")
    return message


@contextmanager
def _connected(options: MailOptions, place: tuple[str, int]) -> Iterator[smtplib.SMTP]:
    """Lend a connection to the address that was checked, logged in; it ends after so many seconds."""
    context = ssl.create_default_context()
    server: _Pinned = _PinnedTls(place, context) if options.security == "tls" else _Pinned(place)
    timer = threading.Timer(TOTAL, server.cut)  # a server that drips its answers runs into no timeout
    timer.start()
    try:
        server.reach(options.host, place[1])
        if options.security == "starttls":
            server.starttls(context=context)
        if options.username:
            server.login(options.username, options.password)
        yield server
        with suppress(smtplib.SMTPException, OSError):  # the message is taken; the goodbye does not matter
            server.quit()
    finally:
        timer.cancel()
        server.close()


class _Pinned(smtplib.SMTP):
    """A mail server by an address that was found before; its certificate must bear its name."""

    def __init__(self, place: tuple[str, int]) -> None:
        self._place = place
        self._line: socket.socket | None = None
        super().__init__(timeout=TOTAL, local_hostname="platewise")

    def reach(self, host: str, port: int) -> None:
        """Connect to a host of that name."""
        self._host = host
        code, answer = self.connect(host, port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, answer)

    def cut(self) -> None:
        """End the connection while another thread waits for it."""
        if self._line is not None:
            with suppress(OSError):  # it may have ended by itself
                self._line.shutdown(socket.SHUT_RDWR)

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
        line = socket.create_connection(self._place, CONNECT)
        line.settimeout(timeout)
        self._line = line
        return line


class _PinnedTls(_Pinned):
    """The same, encrypted from the first byte."""

    def __init__(self, place: tuple[str, int], context: ssl.SSLContext) -> None:
        super().__init__(place)
        self._context = context

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
        return self._context.wrap_socket(super()._get_socket(host, port, timeout), server_hostname=host)
