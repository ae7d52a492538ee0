"""``platewise watch`` beside a running server: killed and started again, two cameras, each vehicle once."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from platewise.cli.main import build

pytest.importorskip("av", reason="needs the [camera] extra")

ROOT = Path(__file__).resolve().parents[2]
SITE = """
name = "drawn road"
gates = [{name = "here", direction = "in"}, {name = "there", direction = "out"}]
segments = [{from = "here", to = "there", metres = 3000, tolerance = 5, usual = 108}]
lanes = [{name = "h", gate = "here"}, {name = "t", gate = "there"}]
cameras = [{name = "first", lane = "h"}, {name = "second", lane = "t"}]
[tariff]
name = "drawn"
currency = "EUR"
classes = [{name = "any"}]
prices = [{from = "here", to = "there", price = {any = 1.20}}]
"""
VEHICLES, APART = 4, 100.0
"""How many pass each camera, and how many seconds lie between the two."""


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a drawn video and the same vehicles 100 s later, as a second camera saw them."""
    folder = tmp_path_factory.mktemp("roads")
    first, second = folder / "first.mp4", folder / "second.mp4"
    how = f"--vehicles {VEHICLES} --lanes 2 --regions gb --seed 3 --speed 110 --fps 12 --size 640x360"
    done = CliRunner().invoke(build(), ["synth", "video", str(first), *how.split()])
    assert done.exit_code == 0, done.output
    shutil.copy(first, second)
    now = time.time() - 1000
    os.utime(first, (now, now))
    os.utime(second, (now + APART, now + APART))
    return first, second


def platewise(data: Path, *arguments: str, **more: Any) -> "subprocess.Popen[str]":
    program = "from platewise.cli.main import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PLATEWISE_DATA": str(data)}
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env=environment,
        text=True,
        start_new_session=True,
        **more,
    )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Return the data folder and the address of a real ``platewise serve`` with the site applied."""
    data, file = tmp_path / "data", tmp_path / "site.toml"
    file.write_text(SITE, "utf-8")
    assert platewise(data, "site", "apply", str(file), stdout=subprocess.DEVNULL).wait() == 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = platewise(data, "serve", "--port", str(port), stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 90
    while time.monotonic() < until:
        try:
            if httpx.get(f"{address}/healthz").status_code == 200:
                break
        except httpx.TransportError:
            time.sleep(0.2)
    yield data, address
    running.terminate()
    running.wait(30)


def watch(data: Path, videos: tuple[Path, Path], after: int | None = None) -> list[dict[str, Any]]:
    """Watch both cameras to the end, or kill the process when so many vehicles were told; return these."""
    names = ["--camera", "first", "--camera", "second"]
    how = ["--regions", "gb", "--format", "jsonl", "--data", str(data)]
    running = platewise(data, "watch", *map(str, videos), *names, *how, stdout=subprocess.PIPE)
    assert running.stdout
    told = []
    for line in running.stdout:
        told.append(json.loads(line))
        if len(told) == after:
            os.killpg(running.pid, signal.SIGKILL)
            break
    running.stdout.close()
    assert running.wait(60) == (0 if after is None else -signal.SIGKILL)
    return told


def items(address: str, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{address}{path}").json()["items"]
    return found


def _settled(passages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the passages without what the server's rounds find in the meantime."""
    return [{**passage, "journey": None} for passage in passages]


def test_killed_and_started_again_nothing_is_doubled(
    server: tuple[Path, str], videos: tuple[Path, Path]
) -> None:
    data, address = server
    for after in (1, 5):
        watch(data, videos, after)
        assert len(items(address, "/v1/passages")) >= after, "what was told is kept"
    told = watch(data, videos)
    assert len(told) == 2 * VEHICLES
    passages = items(address, "/v1/passages")
    assert sorted((one["gate"], one["plate"]) for one in passages) == sorted(
        ({"first": "here", "second": "there"}[one["camera"]], one["plate"]) for one in told
    )
    assert len(items(address, "/v1/reads")) == 2 * VEHICLES
    watch(data, videos)
    assert _settled(items(address, "/v1/passages")) == _settled(passages)
    until, travelled = time.monotonic() + 60, list[dict[str, Any]]()
    while time.monotonic() < until and {one["state"] for one in travelled} != {"complete"}:
        time.sleep(0.5)  # halves of journeys that were over are joined when the other half comes
        travelled = items(address, "/v1/journeys")
    assert {one["plate"] for one in travelled} == {one["plate"] for one in told}
    assert [(one["state"], one["total"]) for one in travelled] == [("complete", "1.20")] * VEHICLES
    assert all(one["kmh_low"] < 108 < one["kmh_high"] for one in travelled)
