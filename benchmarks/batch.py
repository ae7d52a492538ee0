"""``python -m benchmarks.batch``: pictures a second of ``platewise batch``, by engine and number of workers.

A tar of the pictures in samples/, many times over, is read by one worker and by two, each with one thread:
processes of this machine, then a Ray cluster whose machines are played by processes. Time counts from the
first part to the last, so without the start. JSON goes into benchmarks/results.
"""

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.latency.run import RESULTS, commit, machine

from platewise import clock

ROOT = RESULTS.parents[1]
PROGRAM = "from platewise.cli.main import main; main()"
CHUNK = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=800)
    parser.add_argument("--workers", type=int, default=2, help="the most workers")
    options = parser.parse_args()
    rates: dict[str, dict[int, float]] = {"local": {}, "ray": {}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shard(folder / "a.tar", options.pictures)
        for workers in range(1, options.workers + 1):
            rates["local"][workers] = run(
                folder, f"local{workers}", "--workers", str(workers), "--threads", "1"
            )
            with cluster(workers) as address:
                rates["ray"][workers] = run(folder, f"ray{workers}", "--engine", "ray", "--address", address)
    share = {engine: {n: round(r / n / of[1], 3) for n, r in of.items()} for engine, of in rates.items()}
    result = {
        "benchmark": "batch", "commit": commit(), "pictures": options.pictures, "machine": machine(),
        "load": os.getloadavg()[1], "measured_at": clock.now().isoformat(timespec="seconds"),
        "pictures_per_second": rates,
        "efficiency": share,
    }  # fmt: skip
    (RESULTS / "batch.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


def shard(path: Path, count: int) -> None:
    """Write a tar with so many pictures."""
    samples = sorted((ROOT / "samples").glob("*.jpg"))
    with tarfile.open(path, "w") as tar:
        for number in range(count):
            tar.add(samples[number % len(samples)], f"{number:06}.jpg")


def run(folder: Path, out: str, *options: str) -> float:
    """Return the pictures a second of a run, between its first part and its last."""
    line = [sys.executable, "-c", PROGRAM, "batch", "a.tar", "--out", out, "--chunk", str(CHUNK), *options]
    subprocess.run(line, cwd=folder, check=True, capture_output=True)
    times = sorted(part.stat().st_mtime for part in (folder / out).glob("part-*"))
    rate = CHUNK * (len(times) - 1) / (times[-1] - times[0])
    print(f"{out:8} {rate:6.2f} pictures a second, load {os.getloadavg()[0]:.1f}", flush=True)
    return round(rate, 2)


@contextmanager
def cluster(machines: int) -> Iterator[str]:
    """Lend the address of a Ray cluster of so many machines of one core."""
    line = [sys.executable, str(ROOT / "tests/faults/ray_cluster.py"), str(machines)]
    with subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as held:
        assert held.stdin
        assert held.stdout
        yield next(told for told in held.stdout if told.startswith("address")).split()[1]
        held.stdin.write("end\n")
        held.stdin.flush()
        held.wait()


if __name__ == "__main__":
    main()
