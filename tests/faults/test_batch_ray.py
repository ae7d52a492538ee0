"""``platewise batch --engine ray`` on a cluster of two machines, one of which is lost in the middle."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny

pytest.importorskip("ray", reason="needs the [ray] extra")
from many import shard

PICTURES, CHUNK = 600, 6
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tiny models and a tar of pictures."""
    place = tmp_path_factory.mktemp("ray")
    (place / "models").mkdir()
    tiny.write(place / "models")
    shard(place / "a.tar", PICTURES)
    return place


@pytest.fixture
def cluster() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Return the process that holds a cluster of two machines, and its address."""
    line = [sys.executable, str(HERE / "ray_cluster.py"), "2"]
    with subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as held:
        assert held.stdout
        assert held.stdin
        address = next(told for told in held.stdout if told.startswith("address")).split()[1]
        yield held, address
        held.stdin.write("end\n")
        held.stdin.flush()
        held.wait(60)


def start(place: Path, *options: str) -> subprocess.Popen[str]:
    program = "from platewise.cli.main import main; main()"
    line = [sys.executable, "-c", program, "batch", "a.tar", "--chunk", str(CHUNK), "--format", "jsonl"]
    environment = {**os.environ, "PLATEWISE_MODELS": str(place / "models")}
    return subprocess.Popen([*line, *options], cwd=place, env=environment, stderr=subprocess.PIPE, text=True)


def records(folder: Path) -> list[dict[str, Any]]:
    """Return what was read, in order, without the times."""
    lines = [line for path in sorted(folder.glob("part-*.jsonl")) for line in path.read_text().splitlines()]
    return [{**json.loads(line), "ms": None} for line in lines]


def test_a_lost_machine_costs_nothing(place: Path, cluster: tuple[subprocess.Popen[str], str]) -> None:
    held, address = cluster
    assert held.stdin
    assert held.stdout
    run = start(place, "--out", "ray", "--engine", "ray", "--address", address)
    until = time.monotonic() + 120
    while len(list((place / "ray").glob("part-*"))) < 10:
        assert run.poll() is None, run.communicate()[1]
        assert time.monotonic() < until
        time.sleep(0.05)
    held.stdin.write("kill\n")
    held.stdin.flush()
    assert held.stdout.readline() == "killed\n"
    there = len(list((place / "ray").glob("part-*")))
    _, told = run.communicate(timeout=180)
    assert run.returncode == 0, told
    assert there < PICTURES // CHUNK, "the machine was lost too late to matter"
    local = start(place, "--out", "local", "--workers", "2")
    _, told = local.communicate(timeout=120)
    assert local.returncode == 0, told
    assert records(place / "ray") == records(place / "local")
    assert len({record["image"] for record in records(place / "ray")}) == PICTURES
