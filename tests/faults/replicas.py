"""Several real servers behind a real nginx, over one PostgreSQL, all on this machine."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
CONFIG = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/platewise.conf;
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Replicas:
    """The servers' ports and processes, and nginx's port."""

    ports: list[int]
    servers: list[subprocess.Popen[bytes]]
    front: int

    def kill(self, number: int) -> None:
        self.servers[number].send_signal(signal.SIGKILL)
        self.servers[number].wait()


@contextmanager
def served(folder: Path, environment: dict[str, str], count: int = 2) -> Iterator[Replicas]:
    """Run so many servers and nginx before them, by the configuration that Platewise ships."""
    ports, front = [free_port() for _ in range(count)], free_port()
    with ExitStack() as stack:
        servers = [stack.enter_context(_server(port, environment)) for port in ports]
        stack.enter_context(_nginx(folder, ports, front))
        for port in (*ports, front):
            _wait(port)
        yield Replicas(ports, servers, front)


@contextmanager
def _server(port: int, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    program = "from platewise.cli.main import main; main()"
    line = [sys.executable, "-c", program, "serve", "--port", str(port)]
    with subprocess.Popen(line, env={**os.environ, **environment}, stdout=subprocess.DEVNULL) as server:
        try:
            yield server
        finally:
            server.kill()


@contextmanager
def _nginx(folder: Path, ports: list[int], front: int) -> Iterator[None]:
    shipped = (ROOT / "deploy/nginx/platewise.conf").read_text("utf-8")
    for name, port in zip(("one", "two"), ports, strict=True):
        shipped = shipped.replace(f"server {name}:5000", f"server 127.0.0.1:{port}")
    (folder / "platewise.conf").write_text(shipped.replace("listen 8080", f"listen 127.0.0.1:{front}"))
    (folder / "nginx.conf").write_text(CONFIG.format(folder=folder))
    assert NGINX
    line = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with subprocess.Popen(line) as nginx:
        try:
            yield
        finally:
            nginx.kill()


def _wait(port: int) -> None:
    until = time.monotonic() + 60
    while True:
        with suppress(OSError):
            if call(port, "GET", "/healthz")[0] == 200:
                return
        assert time.monotonic() < until, f"nothing answers on port {port}"
        time.sleep(0.1)


def call(
    port: int, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """Send one request and return status and body; OSError where no answer came."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        line.request(method, path, body, headers or {})
        answer = line.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as error:
        raise OSError("the connection was lost") from error
    finally:
        line.close()


class Listener:
    """Follows the live events, and goes on after the last one where it loses the line."""

    def __init__(self, port: int, headers: dict[str, str], after: int = 0) -> None:
        self._port, self._headers, self._after = port, headers, after
        self.events: list[int] = []
        self.lost = 0
        self._stop, self.ready = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self.ready.wait(30)

    def wait_for(self, count: int, seconds: float = 20) -> None:
        until = time.monotonic() + seconds
        while len(self.events) < count and time.monotonic() < until:
            time.sleep(0.02)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        last = str(self._after)
        while not self._stop.is_set():
            line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=1)
            try:
                line.request("GET", "/v1/events", headers={**self._headers, "Last-Event-ID": last})
                answer = line.getresponse()
                if answer.status != 200:
                    raise OSError
                self.ready.set()
                last = self._follow(answer, last)
            except (OSError, http.client.HTTPException):
                self.lost += 1
                time.sleep(0.1)
            finally:
                line.close()

    def _follow(self, answer: http.client.HTTPResponse, last: str) -> str:
        """Take events until the line is lost; return the number of the last one."""
        while not self._stop.is_set():
            try:
                words = answer.readline()
            except TimeoutError:
                return last
            except (OSError, http.client.HTTPException):
                self.lost += 1
                return last
            if not words:
                self.lost += 1
                return last
            if words.startswith(b"data: "):
                number = int(json.loads(words[6:])["id"])
                self.events.append(number)
                last = str(number)
        return last
