"""A real mail server for the tests: aiosmtpd, on this machine, with a certificate of the tests' own."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from receivers import free_port

pytest.importorskip("aiosmtpd", reason="needs the [dev] extra")

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Mailbox:
    """Keeps what it is sent; answers ``refusals`` first, one a message."""

    def __init__(self) -> None:
        self.got: list[Message | EmailMessage] = []
        self.envelopes: list[Any] = []
        self.refusals: list[str] = []
        self.encrypted: list[bool] = []
        self.logins: list[tuple[str, str]] = []
        self.port = 0

    @property
    def ids(self) -> list[str]:
        return [str(message["Message-ID"])[1:].partition("@")[0] for message in self.got]

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refusals:
            return self.refusals.pop(0)
        self.envelopes.append(envelope)
        self.encrypted.append(
            session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None
        )
        self.got.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"

    def authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        name, password = (part.decode() for part in (data.login, data.password))
        self.logins.append((name, password))
        return AuthResult(success=password == "sesame", handled=False)


@contextmanager
def mailing(**how: Any) -> Iterator[Mailbox]:
    """Run a mail server; ``tls_context`` offers STARTTLS, ``ssl_context`` is encrypted from the start."""
    box = Mailbox()
    box.port = free_port()
    logins: Any = {"authenticator": box.authenticate, "auth_require_tls": "ssl_context" not in how}
    server = Controller(box, "127.0.0.1", box.port, **logins, **how)
    server.start()
    try:
        yield box
    finally:
        server.stop()


def certified(folder: Path, monkeypatch: pytest.MonkeyPatch, *names: str) -> ssl.SSLContext:
    """Return a server's context with a certificate for these names that this process trusts."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    return context
