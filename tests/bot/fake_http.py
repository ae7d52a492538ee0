"""The HTTP of the tests' Bot API, and the ways in which it fails on demand."""

import json
import sys
from collections import defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "987654321:AAF-canary_Secret0123456789abcdefghij"
Json = dict[str, Any]


@dataclass(frozen=True)
class Flood:
    """429: come back after so many seconds."""

    seconds: int


@dataclass(frozen=True)
class Broken:
    """An answer that is no JSON, as a proxy gives one."""

    status: int = 502


@dataclass(frozen=True)
class Lost:
    """The connection ends without an answer; with ``done`` after the call had its effect."""

    done: bool = False


@dataclass(frozen=True)
class Denied:
    """The call is refused for good."""

    status: int
    description: str


Fault = Flood | Broken | Lost | Denied


class Api(Protocol):
    """What answers the calls."""

    faults: defaultdict[str, deque[Fault]]
    away: bool

    def tell(self, method: str, given: Json) -> None: ...

    def call(self, method: str, given: Json) -> Any: ...

    def file(self, path: str) -> bytes | None: ...


class Quiet(ThreadingHTTPServer):
    """A server to whom it is nothing new that a program is killed while it speaks."""

    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            raise


def handler(fake: Api) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            data = fake.file(path.removeprefix(f"/file/bot{TOKEN}/"))
            if self._faulty("file"):
                return
            if data is None:
                self._send(404, b'{"ok":false,"error_code":404,"description":"Not Found"}')
            else:
                self._send(200, data)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length).decode()
            if len(body) < length:  # whoever asks was killed
                self.close_connection = True
                return
            given = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
            secret, _, method = urlsplit(self.path).path.removeprefix("/bot").partition("/")
            fake.tell(method, given)
            if self._faulty(method, given):
                return
            if secret != TOKEN:
                self._refuse(401, "Unauthorized")
                return
            self._ok(fake.call(method, given))

        def _faulty(self, method: str, given: Json | None = None) -> bool:
            """Do as the next fault of a method says; tell whether there was one."""
            if fake.away:
                self.close_connection = True
                return True
            fault = fake.faults[method].popleft() if fake.faults[method] else None
            if isinstance(fault, Flood):
                self._refuse(429, "Too Many Requests", {"retry_after": fault.seconds})
            elif isinstance(fault, Broken):
                self._send(fault.status, b"<html>Bad Gateway</html>")
            elif isinstance(fault, Denied):
                self._refuse(fault.status, fault.description)
            elif isinstance(fault, Lost):
                if fault.done and given is not None:
                    fake.call(method, given)
                self.close_connection = True
            return fault is not None

        def _ok(self, result: Any) -> None:
            self._send(200, json.dumps({"ok": True, "result": result}).encode())

        def _refuse(self, status: int, description: str, parameters: Json | None = None) -> None:
            told = {"ok": False, "error_code": status, "description": description}
            self._send(
                status, json.dumps({**told, **({"parameters": parameters} if parameters else {})}).encode()
            )

        def _send(self, status: int, body: bytes) -> None:
            with suppress(OSError):  # whoever asked may have been killed
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

    return Handler
