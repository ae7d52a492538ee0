"""What decoding uploads in a sandbox costs: CPU a request to ``/v1/recognise``, with and without, in turn.

python -m benchmarks.sandbox [--rounds 6] [--pictures 10]
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from PIL import Image

from platewise import clock
from platewise.settings import Settings
from platewise.store.opening import open_store
from platewise.vision.decoding import Decoder, InProcess
from platewise.vision.reader import Reader
from platewise.vision.sandbox import Sandbox
from platewise.web import create_app

ROOT = Path(__file__).parent.parent
SIZES = ((1280, 720), (1920, 1080), (4000, 3000))


def pictures(size: tuple[int, int], count: int) -> list[bytes]:
    """Return the drawn samples at a size, as JPEG."""
    files = sorted((ROOT / "samples").glob("*.jpg"))
    found = []
    for number in range(count):
        out = BytesIO()
        Image.open(files[number % len(files)]).convert("RGB").resize(size).save(out, "JPEG", quality=90)
        found.append(out.getvalue())
    return found


def cpu(decoder: Decoder) -> float:
    """Return the CPU seconds of this process and of the decoder's workers."""
    used = clock.cpu_seconds()
    if isinstance(decoder, Sandbox):
        for worker in list(decoder._idle.queue):
            told = Path(f"/proc/{worker._process.pid}/schedstat").read_text()
            used += int(told.split()[0]) / 1e9
    return used


def measure(client: FlaskClient, decoder: Decoder, files: list[bytes]) -> float:
    """Return milliseconds of CPU a request."""
    used = cpu(decoder)
    for data in files:
        answer = client.post("/v1/recognise", data={"image": (BytesIO(data), "car.jpg")})
        assert answer.status_code == 200, answer.text
    return (cpu(decoder) - used) / len(files) * 1e3


def main() -> None:
    """Measure and write benchmarks/results/sandbox.json."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--rounds", type=int, default=6)
    asked.add_argument("--pictures", type=int, default=10)
    given = asked.parse_args()
    folder = Path(tempfile.mkdtemp())
    settings = Settings(threads=1, data=folder, reads_per_minute=0)
    store, reader = open_store(settings.database_url, folder / "images"), Reader(settings=settings)
    ways: dict[str, Decoder] = {"server": InProcess(settings), "sandbox": Sandbox(settings)}
    clients = {name: create_app(None, reader, store, None, way).test_client() for name, way in ways.items()}
    results: list[dict[str, Any]] = []
    for size in SIZES:
        files = pictures(size, given.pictures)
        rounds: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(given.rounds + 1):
            for name in sorted(ways, reverse=bool(turn % 2)):  # each is the first in every other round
                rounds[name].append(measure(clients[name], ways[name], files))
        row: dict[str, Any] = {"size": f"{size[0]} x {size[1]}", "rounds": given.rounds}
        row |= {f"{name}_cpu_ms": round(statistics.median(told[1:]), 1) for name, told in rounds.items()}
        shares = [a / b - 1 for a, b in zip(rounds["sandbox"], rounds["server"], strict=True)][1:]
        row["more"] = f"{statistics.median(shares):+.1%}"
        row["rounds_from_to"] = f"{min(shares):+.1%} to {max(shares):+.1%}"
        results.append(row)
        print(row, flush=True)
    about = {
        "command": f"python -m benchmarks.sandbox --rounds {given.rounds} --pictures {given.pictures}",
        "date": f"{clock.now():%Y-%m-%d}",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[1]:.1f}",
    }
    out = ROOT / "benchmarks" / "results" / "sandbox.json"
    out.write_text(json.dumps({**about, "results": results}, indent=1) + "\n")
    for way in ways.values():
        way.close()
    store.close()


if __name__ == "__main__":
    main()
