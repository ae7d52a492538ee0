"""One candidate in a process of its own: ``python -m benchmarks.peers.worker NAME THREADS [MODELS]``.

Each line of its input is a path; each line of its output is JSON: the texts, CPU and wall ms of reading the
decoded picture, and the most memory that this process and the largest of its children have held.
"""

import json
import resource
import sys
from pathlib import Path

from benchmarks.peers.candidates import candidate

from platewise import clock


def main() -> None:
    """Read until the input ends."""
    name, threads, *models = sys.argv[1:]
    prepare = candidate(name, int(threads), Path(models[0]) if models else None)
    for line in sys.stdin:
        read = prepare(line.rstrip("\n"))
        cpu, start = clock.cpu_seconds(), clock.ticks()
        texts = read()
        wall, cpu = clock.ticks() - start, clock.cpu_seconds() - cpu
        told = {"texts": texts, "cpu_ms": cpu * 1e3, "wall_ms": wall * 1e3, "peak_mb": peak_mb()}
        print(json.dumps(told), flush=True)


def peak_mb() -> float:
    """Return the most memory held, MB.

    ``getrusage`` would count what the process held before it became this program; Linux tells better.
    """
    unit = 1 if sys.platform == "darwin" else 1024
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit
    status = Path("/proc/self/status")
    if not status.exists():
        return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit + children) / 1e6
    lines = dict(line.split(":", 1) for line in status.read_text("utf-8").splitlines() if ":" in line)
    return (int(lines["VmHWM"].split()[0]) * 1024 + children) / 1e6


if __name__ == "__main__":
    main()
