"""``platewise serve`` as a process with a real socket."""

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import tiny

pytest.importorskip("waitress", reason="needs the [serve] extra")


@pytest.fixture(scope="module", autouse=True)
def _models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Serve with tiny weights, so that a start takes no time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLATEWISE_MODELS", str(tiny.write(tmp_path_factory.mktemp("tiny-weights"))))
        yield


@contextmanager
def _serving(*options: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", "from platewise.cli.main import main; main()", "serve", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def server(_models: None) -> Iterator[tuple[str, int]]:
    """Return host and port of a server that runs."""
    with _serving("--port", str(_free_port())) as process:
        yield _address(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_it_prints_its_address_and_answers_there() -> None:
    with _serving("--port", str(_free_port())) as process:
        assert process.stdout is not None
        address = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert address
        with urllib.request.urlopen(f"{address[0]}/healthz", timeout=20) as response:
            assert response.read() == b'{"status":"ok"}\n'


def _address(process: subprocess.Popen[str]) -> tuple[str, int]:
    """Return where the server listens, once it answers."""
    assert process.stdout is not None
    found = re.search(r"http://(127\.0\.0\.1):(\d+)", process.stdout.readline())
    assert found
    return found[1], int(found[2])


def test_it_says_who_may_use_it() -> None:
    with _serving("--port", str(_free_port())) as process:
        _address(process)
        assert process.stdout is not None
        assert "Open to this machine alone" in process.stdout.readline()
        assert "/setup/" in process.stdout.readline()


@pytest.mark.wall("S3")
def test_sigterm_ends_it_at_once_and_cleanly() -> None:
    with _serving("--port", str(_free_port())) as process:
        _address(process)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in told


@pytest.mark.wall("S3")
def test_live_streams_end_before_the_server_does() -> None:
    with _serving("--port", str(_free_port())) as process:
        host, port = _address(process)
        with urllib.request.urlopen(f"http://{host}:{port}/v1/events", timeout=20) as stream:
            assert stream.readline().startswith(b"retry")
            process.send_signal(signal.SIGTERM)
            stream.read()  # to its end
        _, told = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "still running" not in told  # a thread that waitress gave up


@pytest.mark.wall("S2")
def test_it_listens_elsewhere_only_when_somebody_has_an_account() -> None:
    with _serving("--host", "0.0.0.0", "--port", str(_free_port())) as process:
        _, told = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "users add" in told


@pytest.mark.parametrize(
    ("head", "body", "status"),
    [
        (b"Content-Length: 20000000", b"x" * 11_000_000, b"413"),
        (b"Content-Length: 90000000", b"", b"413"),
        (b"Transfer-Encoding: chunked", b"%x\r\n%s\r\n0\r\n\r\n" % (11_000_000, b"x" * 11_000_000), b"413"),
        (b"Transfer-Encoding: chunked", b"zz\r\n", b"400"),
        (b"Content-Length: -1", b"", b"400"),
        (b"Content-Length: 5\r\nContent-Length: 6", b"hello", b"400"),
        (
            b"Content-Length: 5\r\nTransfer-Encoding: chunked",
            b"0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n",
            b"400",
        ),
    ],
    ids=["long", "far too long", "chunked", "bad chunk", "negative", "two lengths", "length and chunked"],
)
@pytest.mark.wall("H13", "U3")
def test_a_body_that_lies_or_is_too_long(
    server: tuple[str, int], head: bytes, body: bytes, status: bytes
) -> None:
    with socket.create_connection(server, timeout=20) as line:
        start = b"POST /v1/recognise HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        line.sendall(start + head + b"\r\n\r\n")
        with suppress(OSError):  # the server may hang up on what it will not read
            line.sendall(body)
            line.shutdown(socket.SHUT_WR)
        answer = b""
        with suppress(ConnectionResetError):
            while part := line.recv(65536):
                answer += part
    if answer:  # a length that is never reached has no answer
        assert answer.split()[1] == status
        assert answer.count(b"HTTP/1.") == 1


def test_a_taken_port_is_said_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with _serving("--port", str(port)) as process:
            _, told = process.communicate(timeout=60)
    assert process.returncode == 3
    assert f"port {port}" in told
    assert "make serve PORT=" in told
    assert "Traceback" not in told
