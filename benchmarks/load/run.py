"""What the server answers per second, and how fast, with 1, 4 and 16 clients: JSON in benchmarks/results.

A server of its own is started on loopback, on an empty SQLite database that fills as it is measured. Clients
and server share the machine.
"""

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.latency.run import RESULTS, commit, machine, picture

from platewise import clock
from platewise.vision.encode import jpeg

CLIENTS = (1, 4, 16)
BOUNDARY = "platewise-benchmark"


@dataclass
class Work:
    """A request to send again and again."""

    method: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def main() -> None:
    """Measure, print and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each measurement")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    photo = jpeg(picture(options.seed))
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as port:
        runs = [
            {"route": name, "clients": clients, **measure(port, work, clients, options.seconds)}
            for name, work in works(photo).items()
            for clients in CLIENTS
        ]
    result = {
        "benchmark": "load", "commit": commit(), "seed": options.seed, "seconds": options.seconds,
        "measured_at": clock.now().isoformat(timespec="seconds"), "machine": machine(),
        "picture": "1280x720 JPEG, one plate", "runs": runs,
    }  # fmt: skip
    show(runs)
    RESULTS.mkdir(exist_ok=True)
    target = RESULTS / f"load-{result['commit']}.json"
    target.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(f"written to {target}")


def works(photo: bytes) -> dict[str, Work]:
    """Return the requests by the name of their route."""
    form = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="car.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    ).encode()
    body = form + photo + f"\r\n--{BOUNDARY}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return {
        "recognise, kept": Work("POST", "/v1/recognise", body, headers),
        "recognise, save=0": Work("POST", "/v1/recognise?save=0", body, headers),
        "check-license-plate": Work("GET", "/check-license-plate/AB12CDE,ZZ99ZZZ/2020-12-01T19:15:00"),
        "search": Work("GET", "/v1/reads?plate=AB12*&match=wildcard&limit=20"),
    }


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """Run a server with its data in a folder; yield its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    program = [sys.executable, "-c", "from platewise.cli.main import main; main()", "serve", "--port", port]
    environment = {**os.environ, "PLATEWISE_DATA": str(folder)}
    with subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None or "http://" not in process.stdout.readline():
                raise SystemExit("the server did not start")
            yield int(port)
        finally:
            process.terminate()


def measure(port: int, work: Work, clients: int, seconds: float) -> dict[str, Any]:
    """Send a request from so many clients for so long; a client sends the next when it has the answer."""
    end = clock.ticks() + seconds
    each: list[list[tuple[int, float]]] = [[] for _ in range(clients)]
    threads = [threading.Thread(target=_client, args=(port, work, end, told)) for told in each]
    start = clock.ticks()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = clock.ticks() - start
    good = sorted(ms for told in each for status, ms in told if status == 200)
    points = statistics.quantiles(good, n=100, method="inclusive") if len(good) > 1 else good * 99
    return {
        "per_second": round(len(good) / took, 1),
        **{f"p{n}_ms": round(points[n - 1], 1) for n in (50, 95, 99) if points},
        "statuses": dict(Counter(str(status) for told in each for status, _ in told)),
    }


def show(runs: list[dict[str, Any]]) -> None:
    """Print the result for people."""
    print(f"{'route':<22}{'clients':>8}{'req/s':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}  statuses")
    for run in runs:
        times = "".join(f"{run.get(f'p{n}_ms', float('nan')):>9.1f}" for n in (50, 95, 99))
        print(f"{run['route']:<22}{run['clients']:>8}{run['per_second']:>9.1f}{times}  {run['statuses']}")


def _client(port: int, work: Work, end: float, told: list[tuple[int, float]]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while clock.ticks() < end:
        start = clock.ticks()
        connection.request(work.method, work.path, work.body, work.headers)
        answer = connection.getresponse()
        answer.read()
        told.append((answer.status, (clock.ticks() - start) * 1e3))
    connection.close()


if __name__ == "__main__":
    main()
