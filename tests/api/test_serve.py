"""``platewise serve`` as a process with a real socket."""

import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

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
