"""What outputs send to in the tests: a real HTTP receiver, a real MQTT broker."""

import http.server
import json
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NamedTuple

import pytest

from platewise.outputs.broker import Brokers
from platewise.outputs.registry import Means
from platewise.outputs.safe_http import SafeHttp
from platewise.store.records import EventRecord

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOON = datetime(2026, 3, 29, 12, 0, 0, 123_457, UTC)
MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")


def event(number: int = 7, kind: str = "Entered", at: datetime = NOON, **payload: Any) -> EventRecord:
    told = {"plate": "AB12CDE", "display": "AB12 CDE", "lot": "main", "free": 98, "capacity": 100}
    return EventRecord(number, kind, at, {**told, **payload}, None)


def means(*private: str, folder: Path | None = None) -> Means:
    http = SafeHttp(private or ("127.0.0.0/8",))
    return Means(http, Brokers(http), folder)


def eventually(holds: Callable[[], object], seconds: float = 300.0, every: float = 0.005) -> None:
    """Wait until something holds; a crowded machine takes its time."""
    until = monotonic() + seconds
    while not holds():
        assert monotonic() < until, "it never happened"
        sleep(every)


class Got(NamedTuple):
    """A request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what it is sent and answers ``status``, or what ``answers`` hold first."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[Got] = []
        self.status: int = 204
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.delay = 0.0
        self.body = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"

    @property
    def ids(self) -> list[str]:
        return [got.headers["webhook-id"] for got in self.got]

    def handle_error(self, *_: Any) -> None:
        """Say nothing of senders that hang up."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        sleep(self.server.delay)
        self.server.got.append(Got(self.command, self.path, headers, body))
        status, more = self.server.answers.pop(0) if self.server.answers else (self.server.status, {})
        self.send_response(status)
        for name, value in {"Content-Length": str(len(self.server.body)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.body)

    do_POST = do_GET = _take

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mosquitto:
    """A broker that can be killed and started again; it keeps sessions, as it does in production."""

    def __init__(self, folder: Path, *more: str) -> None:
        if MOSQUITTO is None:
            pytest.skip("needs a broker: apt install mosquitto")
        pytest.importorskip("paho.mqtt", reason="needs the [mqtt] extra")
        self.port = free_port()
        self._config = folder / "mosquitto.conf"
        lines = [
            f"listener {self.port} 127.0.0.1", "persistence true", f"persistence_location {folder}/",
            "autosave_on_changes true", "autosave_interval 1", *(more or ["allow_anonymous true"]),
        ]  # fmt: skip
        if shutil.os.geteuid() == 0:  # type: ignore[attr-defined]
            lines.append("user root")
        self._config.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def options(self) -> dict[str, Any]:
        return {"host": "127.0.0.1", "port": self.port}

    def start(self) -> None:
        line = [str(MOSQUITTO), "-c", str(self._config)]
        self._process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(self._listens)

    def signal(self, number: int) -> None:
        assert self._process
        self._process.send_signal(number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self._process
        self._process.wait()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Listener:
    """Keeps what is published; its session outlives the broker."""

    def __init__(self, broker: Mosquitto, name: str = "listener", topics: str = "#") -> None:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        self.got: list[tuple[str, bytes, bool]] = []
        self.ready = threading.Event()
        self._topics = topics
        self._client = Client(CallbackAPIVersion.VERSION2, name, clean_session=False)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe(topics, 1)
        self._client.on_subscribe = lambda *_: self.ready.set()
        self._client.on_disconnect = lambda *_: self.ready.clear()
        self._client.on_message = lambda _, __, m: self.got.append((m.topic, m.payload, m.retain))
        self._client.connect_async("127.0.0.1", broker.port)
        self._client.loop_start()
        assert self.ready.wait(10)

    def on(self, topic: str) -> list[bytes]:
        return [payload for name, payload, _ in tuple(self.got) if name == topic]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
