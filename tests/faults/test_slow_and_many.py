"""H1, H2, S3: clients that are slow or too many, and an end while all are at work.

PLATEWISE_SIEGE says for how many seconds the server is besieged.
"""

import http.client
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from serving_process import PROGRAM, ServerProcess, form, serving

import walls
from platewise.clock import ticks

SIEGE_S = walls.size("SIEGE", 6, 60)
ENDINGS = walls.size("ENDINGS", 2, 20)
DRIPPING, SIPPING, FLIGHT = 64, 16, 50
PATIENCE_S = 4
IMPATIENT = f"import platewise.web.listening as l; l.PATIENCE_S = {PATIENCE_S}.0; {PROGRAM}"


@pytest.mark.wall("H1")
def test_slow_clients_keep_nobody_out(tmp_path: Path, plate_jpeg: bytes, wall: walls.Wall) -> None:
    with serving(tmp_path, IMPATIENT, reads_per_minute=0) as server:
        calm = _health(server, [], 2)
        over, lasted, answered = threading.Event(), list[float](), list[int]()
        slow = [threading.Thread(target=_drip, args=(server.port, over, lasted)) for _ in range(DRIPPING)]
        slow += [threading.Thread(target=_sip, args=(server.port, over)) for _ in range(SIPPING)]
        slow.append(threading.Thread(target=_send, args=(server, plate_jpeg, over, answered)))
        for one in slow:
            one.start()
        besieged = _health(server, lasted, SIEGE_S)
        over.set()
        for one in slow:
            one.join()
    wall.measured(
        f"{DRIPPING} + {SIPPING} slow clients: /healthz p99 {besieged * 1e3:.0f} ms (calm {calm * 1e3:.0f}), "
        f"{answered.count(200)} of {len(answered)} uploads read, senders cut after {max(lasted):.1f} s "
        f"where {PATIENCE_S} s are allowed (30 s as shipped)",
        "" if besieged < 0.2 else "the clients and other work had this machine's cores",
    )
    assert set(answered) == {200}
    assert len(lasted) == DRIPPING
    assert max(lasted) < PATIENCE_S + 10
    assert besieged < PATIENCE_S / 2  # nobody waits for the slow ones; the table tells how long


def _health(server: ServerProcess, lasted: list[float], seconds: float) -> float:
    """Return the 99th percentile of /healthz, asked for some seconds and until the slow ones are cut."""
    times, start = list[float](), ticks()
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    while ticks() - start < seconds or (lasted and len(lasted) < DRIPPING and ticks() - start < 60):
        asked = ticks()
        line.request("GET", "/healthz")
        assert line.getresponse().read()
        times.append(ticks() - asked)
        time.sleep(0.005)
    line.close()
    return sorted(times)[int(len(times) * 0.99)]


def _send(server: ServerProcess, picture: bytes, over: threading.Event, answered: list[int]) -> None:
    while not over.wait(0.05):
        answered.append(server.send(picture)[0])


def _drip(port: int, over: threading.Event, lasted: list[float]) -> None:
    """Send a byte now and then, as long as the server listens."""
    start = ticks()
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.settimeout(0.2)
        with suppress(OSError):
            line.sendall(b"POST /v1/recognise HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n")
            while not over.is_set():
                line.sendall(b"x")
                with suppress(TimeoutError):
                    if not line.recv(1):
                        break
    if not over.is_set():
        lasted.append(ticks() - start)


def _sip(port: int, over: threading.Event) -> None:
    """Ask for a large page many times on one line and read a byte now and then."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        line.connect(("127.0.0.1", port))
        with suppress(OSError):
            line.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 40)
            while not over.wait(0.3):
                if not line.recv(1):
                    return


@pytest.mark.wall("H2")
def test_too_many_are_told_at_once_and_the_others_served(
    tmp_path: Path, plate_jpeg: bytes, wall: walls.Wall
) -> None:
    with serving(tmp_path, reads_per_minute=0, requests=2, queue=2) as server:
        calm = _besiege(server, plate_jpeg, 2, 3)
        flood = _besiege(server, plate_jpeg, 20, SIEGE_S)
        start = ticks()
        while server.send(plate_jpeg)[0] != 200:
            assert ticks() - start < 5
        normal = ticks() - start
    peak, goodput = len(calm[200]) / 3, len(flood[200]) / SIEGE_S
    quick = sorted(flood[503])
    wall.measured(
        f"10 x overload: {goodput / peak:.0%} of the peak of {peak:.0f}/s, {len(quick)} x 503 with "
        f"Retry-After, median {quick[len(quick) // 2] * 1e3:.0f} ms, normal again after {normal:.2f} s",
        ""
        if goodput > 0.9 * peak and quick[len(quick) // 2] < 0.05
        else "refusals and reads take turns in one Python process, and the 20 clients have its machine",
    )
    assert set(flood) == {200, 503}
    assert goodput > 0.1 * peak  # the senders, and other work, take their share of this machine's cores
    assert quick[len(quick) // 2] < 2


def _besiege(server: ServerProcess, picture: bytes, clients: int, seconds: float) -> dict[int, list[float]]:
    """Let so many clients send as fast as they can; return the times of each status."""
    kind, body = form(picture)
    until, seen, lock = ticks() + seconds, dict[int, list[float]](), threading.Lock()

    def send(_: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        while ticks() < until:
            start = ticks()
            line.request("POST", "/v1/recognise?save=0", body, {"Content-Type": kind})
            answer = line.getresponse()
            answer.read()
            with lock:
                seen.setdefault(answer.status, []).append(ticks() - start)
            if answer.status == 503:
                assert int(answer.headers["Retry-After"]) >= 1
                time.sleep(0.05)  # as a client that was told to wait, but far too eager
        line.close()

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(send, range(clients)))
    return seen


@pytest.mark.wall("S3")
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signals")
def test_an_end_in_the_middle_loses_nothing_that_was_acknowledged(
    tmp_path: Path, plate_jpeg: bytes, wall: walls.Wall
) -> None:
    kept, longest = 0, 0.0
    for _ in range(ENDINGS):
        said = list[str]()
        with serving(tmp_path, reads_per_minute=0, queue=60) as server, ThreadPoolExecutor(FLIGHT) as pool:
            sending = [pool.submit(_keep, server, plate_jpeg, said) for _ in range(FLIGHT)]
            _until(lambda: len(said) > 2)  # noqa: B023
            start = ticks()
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(30) == 0
            longest = max(longest, ticks() - start)
            for one in sending:
                one.result()
        kept += len(said)
        assert _known(tmp_path) == kept
        assert said
    wall.measured(
        f"{ENDINGS} ends with {FLIGHT} in flight: {kept} acknowledged, 0 lost, at most {longest:.1f} s"
    )


def _keep(server: ServerProcess, picture: bytes, said: list[str]) -> None:
    with suppress(OSError, http.client.HTTPException):
        status, answer, _ = server.send(picture, f"/v1/recognise?camera=c{os.urandom(6).hex()}")
        if status == 200:
            said.append(answer.decode())


def _known(folder: Path) -> int:
    import sqlite3

    with sqlite3.connect(folder / "data" / "platewise.sqlite3") as connection:
        found = connection.execute("SELECT count(*) FROM frames").fetchone()[0]
    connection.close()
    return int(found)


def _until(true: Callable[[], bool]) -> None:
    for _ in range(2000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("nothing was answered")
