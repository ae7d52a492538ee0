"""U1, U3: whatever is uploaded, the server answers soon, with a word on what was wrong, and goes on.

PLATEWISE_MUTANTS says how many damaged files are sent; ``make fuzz`` sends many. One that breaks something
is kept in tests/corpus and sent first from then on.
"""

import hashlib
import random
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from mutants import CORPUS, kept, mutants, seeds
from serving_process import ServerProcess, form, serving

import walls
from platewise.clock import ticks

MUTANTS = walls.size("MUTANTS", 2_000, 100_000)
SEED = walls.size("SEED", 1, 1)
WARMING = 300
ALLOWED = {200, 400, 413, 415, 422}
SLOWEST_S, DRIFT = 5.0, 50 * 2**20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with serving(tmp_path_factory.mktemp("fuzz"), reads_per_minute=0) as running:
        yield running


@pytest.mark.wall("U1")
def test_damaged_pictures_hurt_nothing(server: ServerProcess, wall: walls.Wall) -> None:
    rng, statuses, times = random.Random(SEED), Counter[int](), [0.0]
    assert len(seeds()) >= 200
    for data in (*kept(), *mutants(rng, WARMING)):
        _send(server, data, statuses, times)
    before = server.memory
    for data in mutants(rng, MUTANTS):
        _send(server, data, statuses, times)
        if server.process.poll() is not None:
            break
    drift = server.memory - before
    wall.measured(
        f"{MUTANTS} damaged files: {dict(sorted(statuses.items()))}, slowest {max(times) * 1e3:.0f} ms, "
        f"memory {drift / 2**20:+.1f} MB"
    )
    assert set(statuses) <= ALLOWED
    assert statuses[200] > 0 < statuses[415]
    assert max(times) < SLOWEST_S
    assert drift < DRIFT
    assert server.process.poll() is None


def _send(server: ServerProcess, data: bytes, statuses: Counter[int], times: list[float]) -> None:
    start = ticks()
    try:
        status = server.send(data)[0]
    except OSError:
        status = 0
    times.append(ticks() - start)
    statuses[status] += 1
    if status not in ALLOWED or times[-1] > SLOWEST_S:
        (CORPUS / f"{hashlib.sha256(data).hexdigest()[:16]}.bin").write_bytes(data)


@pytest.mark.wall("U3")
def test_what_is_too_large_is_told_at_once_and_leaves_no_file(
    server: ServerProcess, wall: walls.Wall
) -> None:
    scratch = server.log.parent / "tmp"
    times = []
    for size in (10 * 2**20 + 1, 11 * 2**20, 30 * 2**20):
        kind, body = form(b"x" * size)
        head = f"POST /v1/recognise HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n"
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
            line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            start = ticks()
            answer = line.recv(65536)
        assert answer.split()[1] == b"413"
        times.append(ticks() - start)
        assert _files(scratch) == []
    for way in ("expect", "length", "chunked"):
        times.append(_time_of_crossing(server, way))
        assert _files(scratch) == []
    with ThreadPoolExecutor(4) as pool:
        kind, body = form(b"x" * (9 * 2**20))
        sent = pool.map(lambda _: server.ask("POST", "/", body, {"Content-Type": kind})[0], range(4))
        assert set(sent) <= {400, 415}
    assert _files(scratch) == []
    wall.measured(
        f"413 within {max(times) * 1e3:.0f} ms of the last byte, or of the head where the sender asks first, "
        "and of the fourfold limit; 0 temporary files",
        "" if max(times) < 0.1 else "other work had this machine's cores",
    )


def _time_of_crossing(server: ServerProcess, way: str) -> float:
    """Begin a body that is too long and goes on; return the time from when that is clear until 413."""
    most = 10 * 2**20
    more = {
        "expect": f"Expect: 100-continue\r\nContent-Length: {3 * most}",
        "length": f"Content-Length: {5 * most}",
        "chunked": f"Transfer-Encoding: chunked\r\n\r\n{5 * most:x}",
    }[way]
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
        head = f"POST /v1/recognise HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {form(b'')[0]}\r\n{more}\r\n"
        line.sendall(head.encode() + b"\r\n" * (way != "chunked"))
        if way == "chunked":
            line.sendall(b"x" * 4 * most)
        start = ticks()
        answer = line.recv(65536)
    assert answer.split()[1] == b"413", way
    return ticks() - start


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
