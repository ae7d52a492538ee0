"""Reading contacts nobody: not even a library that Platewise stands on (ONNX Runtime's telemetry)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import walls

READS = """
import time, numpy
from platewise import Reader
Reader().read(numpy.zeros((200, 300, 3), numpy.uint8))
time.sleep(2)
"""


@pytest.mark.wall("S2")
@pytest.mark.skipif(sys.platform != "linux", reason="traces system calls")
def test_reading_opens_no_socket(tmp_path: Path, wall: walls.Wall) -> None:
    tracer = shutil.which("strace")
    if not tracer:
        pytest.skip("needs strace: apt install strace")
    environ = {
        name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")
    }
    environ |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    log = tmp_path / "calls"
    line = [tracer, "-f", "-e", "trace=socket,connect,sendto", "-o", str(log), sys.executable, "-c", READS]
    subprocess.run(line, check=True, env=environ, capture_output=True)
    calls = [call for call in log.read_text().splitlines() if "AF_INET" in call or "sin_addr" in call]
    wall.measured(f"{len(calls)} sockets opened by reading")
    assert calls == []
    assert list((tmp_path / "tmp").iterdir()) == []
