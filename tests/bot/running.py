"""Platewise's server and its bot, run as they are run, for the tests."""

import signal
import socket
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from fake_http import Json

from platewise.store.protocol import Store
from platewise.vision.reader import Reader
from platewise.web import create_app
from platewise.web.access import people, tokens
from serving import Served

SCOPES = ("reads:write", "reads:read", "lots:read", "visits:read", "lists:read", "lists:write", "events:read")


class Site:
    """Platewise's server on SQLite, on a port that it keeps while it is down."""

    def __init__(self, store: Store, reader: Reader) -> None:
        self._store, self._reader, self._port = store, reader, 0
        people.add(store, "owner", "manager", "a long password", by="test")  # from now on tokens count
        _, self.token = tokens.create(store, "telegram", ["operator", *SCOPES], by="test", days=1)
        _, own = tokens.create(store, "the tests", ["manager"], by="test", user="owner")
        self._headers = {"Authorization": f"Bearer {own}"}
        self._held = socket.socket()
        self.up()

    def close(self) -> None:
        self.down()
        self._held.close()

    def up(self) -> None:
        app = create_app(None, self._reader, self._store)
        self._served = Served(app, self._port, threads=12)
        self._port = self._served.port
        self._held.close()

    def down(self) -> None:
        """End it in the middle of whatever it does; its port is held, so that nobody else gets it."""
        self._served.close()
        self._held = socket.socket()
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.bind(("127.0.0.1", self._port))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def get(self, path: str, **params: Any) -> Any:
        return self._do("GET", path, params=params).json()

    def put(self, path: str, body: Json) -> None:
        self._do("PUT", path, json=body)

    def post(self, path: str, body: Json) -> None:
        self._do("POST", path, json=body)

    def delete(self, path: str) -> None:
        self._do("DELETE", path)

    def see(self, picture: bytes, taken: datetime) -> None:
        """Have the camera of the bot see a picture, not through the bot."""
        asked = {"camera": "telegram", "captured_at": taken.isoformat()}
        self._do("POST", "/v1/recognise", params=asked, files={"image": picture})

    def _do(self, method: str, path: str, **more: Any) -> httpx.Response:
        response = httpx.request(method, f"{self.url}{path}", headers=self._headers, timeout=20, **more)
        assert response.status_code == 200, response.text
        return response

    @property
    def inside(self) -> int:
        return int(self.get("/v1/lots/main")["inside"])

    def events(self) -> list[str]:
        """Return the kinds of all events."""
        with self._store.reading() as unit:
            return [event.kind for event in unit.events.after(0)]


class Bot:
    """``platewise bot`` as a process, and what it logs."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self._command, self._environment, self._log = command, environment, log
        self.process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            return subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)

    def again(self) -> None:
        self.process = self._start()

    def stop(self) -> int:
        """Ask it to end and return its exit code."""
        self.process.terminate()
        return self.process.wait(20)

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8")
