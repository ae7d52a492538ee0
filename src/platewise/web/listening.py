"""The HTTP server: connections that hardly move are cut, so that they keep nobody else out."""

from typing import Any

from flask import Flask
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import BaseWSGIServer, create_server

from platewise import clock
from platewise.settings import Settings

PATIENCE_S, SLOWEST = 30.0, 4096
"""A request or an answer may take so many seconds, and one more for each so many bytes."""
CONNECTIONS = 1000
SPARE = 4
"""Threads that answer while all others read, wait or stream."""


class Body(OverflowableBuffer):
    """Keeps what comes up to a bound, and of the rest only its length: it is refused by that alone."""

    _dropped = 0

    def append(self, s: bytes) -> None:
        """Take bytes of a body."""
        if self._dropped or super().__len__() + len(s) >= self.overflow:
            self._dropped += len(s)
        else:
            super().append(s)

    def __len__(self) -> int:
        """Count all bytes that came."""
        return int(super().__len__()) + self._dropped


class Parser(HTTPRequestParser):
    """Refuses a request that gives its length in two ways: somebody else on the way may have seen another.

    Of a body that is too long nothing is kept; who asks before sending it (``Expect``) is told at once.
    """

    _told_at_once = False

    def received(self, data: bytes) -> int:
        """Take bytes of a request; return how many belong to it."""
        consumed = int(super().received(data))
        self.completed = self.completed or self._told_at_once
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head of a request."""
        super().parse_header(header_plus)
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("both Content-Length and Transfer-Encoding")
        if self.body_rcv:
            self.body_rcv.buf = Body(self.adj.inbuf_overflow)
        if self.expect_continue and self.content_length >= self.adj.inbuf_overflow:
            self._told_at_once, self.expect_continue = True, False
            self.headers = {**self.headers, "CONNECTION": "close"}


class Channel(HTTPChannel):
    """A connection that counts what moves while a request comes in, or an answer waits to go out."""

    parser_class = Parser
    _begun: float | None = None
    _moved = 0

    def readable(self) -> bool:
        """Tell whether more may be read; the loop asks each second at least, so the slow are cut here."""
        if self._is_stuck(clock.ticks()):
            self.handle_close()
            return False
        return bool(super().readable())

    def recv(self, buffer_size: int) -> bytes:
        """Take bytes from the line."""
        data: bytes = super().recv(buffer_size)
        self._moved += len(data)
        return data

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Give bytes to the line; return how many it took."""
        taken: int = super().send(data, do_close)
        self._moved += taken
        return taken

    def _is_stuck(self, now: float) -> bool:
        if self.request is None and not self.total_outbufs_len:
            self._begun = None
            return False
        if self._begun is None:
            self._begun, self._moved = now, 0
        return now - self._begun > PATIENCE_S + self._moved / SLOWEST


def listen(app: Flask, settings: Settings) -> Any:
    """Return waitress on the address of the settings, ready to ``run``; OSError where it cannot be had."""
    most = settings.max_upload
    server = create_server(
        app,
        host=settings.host,
        port=settings.port,
        threads=settings.requests + settings.queue + settings.streams + SPARE,
        inbuf_overflow=most + 2**20,  # an upload within the limit stays in memory; of more nothing is kept
        max_request_body_size=4 * most,  # up to here the application says 413 in its own shape
        channel_timeout=int(PATIENCE_S),
        cleanup_interval=5,
        connection_limit=CONNECTIONS,
        asyncore_use_poll=True,  # select cannot watch so many
        clear_untrusted_proxy_headers=False,  # web.access must see that a proxy is there
        ident="platewise",
    )
    for one in (server, *(getattr(server, "map", None) or {}).values()):  # one for each address of the host
        if isinstance(one, BaseWSGIServer):
            one.channel_class = Channel
    return server
