"""``platewise serve`` as a process of its own, with weights that need no time, for the tests that hurt it."""

import http.client
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import tiny

PROGRAM = "from platewise.cli.main import main; main()"
RECOGNISE = "/v1/recognise?save=0"


class ServerProcess:
    """A server that runs, and what a test asks of it."""

    def __init__(self, process: "subprocess.Popen[str]", port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, bytes, dict[str, str]]:
        """Send one request on a connection of its own; return status, body and headers."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            line.request(method, path, body, headers or {})
            answer = line.getresponse()
            return answer.status, answer.read(), {k.lower(): v for k, v in answer.getheaders()}
        finally:
            line.close()

    def send(self, picture: bytes, path: str = RECOGNISE) -> tuple[int, bytes, dict[str, str]]:
        """Upload a picture."""
        kind, body = form(picture)
        return self.ask("POST", path, body, {"Content-Type": kind})

    @property
    def memory(self) -> int:
        """Bytes of memory that the server and its children have in use."""
        return sum(map(_memory, self.family()))

    def family(self) -> list[int]:
        """Return the process and its children."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, listed)]


def _memory(process: int) -> int:
    try:
        told = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"RssAnon:\s+(\d+) kB", told)
    return int(found[1]) * 1024 if found else 0


def form(picture: bytes, name: str = "car.jpg") -> tuple[str, bytes]:
    """Return content type and body of a form with one picture."""
    line = uuid.UUID(int=7).hex
    head = f'--{line}\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n\r\n'
    return f"multipart/form-data; boundary={line}", head.encode() + picture + f"\r\n--{line}--\r\n".encode()


@contextmanager
def serving(
    folder: Path, program: str = PROGRAM, *options: str, **settings: object
) -> Iterator[ServerProcess]:
    """Run a server; data, log and temporary files are in a folder. Settings: ``reads_per_minute=0``."""
    models, scratch = folder / "models", folder / "tmp"
    if not models.exists():
        models.mkdir(parents=True)
        scratch.mkdir()
        tiny.write(models)
    given = {f"PLATEWISE_{name.upper()}": str(value) for name, value in settings.items()}
    fixed = {"PLATEWISE_MODELS": str(models), "PLATEWISE_DATA": str(folder / "data"), "TMPDIR": str(scratch)}
    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUNBUFFERED": "1"}
    line = [sys.executable, "-c", program, "serve", "--port", str(_free_port()), *options]
    log = folder / "server.log"
    with (
        log.open("a") as errors,
        subprocess.Popen(
            line,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, **path, **fixed, **given},
        ) as process,
    ):
        try:
            yield ServerProcess(process, _port(process), log)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)


def _port(process: "subprocess.Popen[str]") -> int:
    assert process.stdout
    found = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
    assert found, "the server did not start"
    return int(found[1])


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tried(arguments: Sequence[str], **more: str) -> "subprocess.CompletedProcess[str]":
    """Run the command line to its end."""
    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    line = [sys.executable, "-c", PROGRAM, *arguments]
    environ = {**os.environ, **path, **more}
    return subprocess.run(line, capture_output=True, text=True, check=False, env=environ)
