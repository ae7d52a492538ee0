"""U7: what kills a decoder kills no server, loses no other request, and is over with the next picture."""

import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from serving_process import PROGRAM, ServerProcess, serving

import walls
from platewise.clock import ticks
from platewise.errors import DecoderDied, DecoderMissing, ImageError
from platewise.settings import Settings
from platewise.vision.decode import decode

pytestmark = [
    pytest.mark.wall("U7"),
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux has sealed memory"),
]

if sys.platform == "linux":
    from platewise.vision.sandbox import Bounds, Sandbox

HERE = Path(__file__).parent
HURT, LYING = ((sys.executable, str(HERE / f"{name}.py")) for name in ("hurt_decoder", "lying_decoder"))
QUICK = {b"SEGV": 8, b"MEMORY": 6, b"EXIT": 4, b"RAISE": 4, b"CPU": 1, b"HANG": 1}
TIMES = walls.size("DECODER_DEATHS", 1, 5)


def test_it_decodes_what_the_server_itself_would(plate_jpeg: bytes) -> None:
    sandbox = Sandbox(Settings())
    try:
        frame = sandbox(plate_jpeg)
        assert np.array_equal(frame.pixels, decode(plate_jpeg).pixels)
        with pytest.raises(ImageError, match="text, not a picture"):
            sandbox(b"Dear reader")
        assert np.array_equal(sandbox(plate_jpeg).pixels, frame.pixels)
        with pytest.raises(ValueError, match="read-only"):
            frame.pixels[0, 0, 0] = 1
    finally:
        sandbox.close()


def test_the_next_picture_does_not_show_through(plate_jpeg: bytes, no_plate_jpeg: bytes) -> None:
    """A worker waits while anything looks at its picture, be it a part of it; then it is used again."""
    sandbox = Sandbox(Settings())
    try:
        part = sandbox(plate_jpeg).pixels[300:350, 200:440]
        wanted = part.copy()
        assert sandbox(no_plate_jpeg).pixels.max() < 100
        assert np.array_equal(part, wanted)
        del part
        assert sandbox._idle.qsize() == 2
        sandbox(no_plate_jpeg)
        assert sandbox._idle.qsize() == 2
    finally:
        sandbox.close()


def test_pictures_outlive_their_decoder_and_nothing_else_does(plate_jpeg: bytes) -> None:
    before, sandbox = _handles(), Sandbox(Settings())
    frame = sandbox(plate_jpeg)
    sandbox.close()
    assert frame.pixels.sum() > 0
    del frame
    assert sandbox._idle.qsize() == 0
    assert _handles() == before


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (b"SEGV", "breaks its decoder"),
        (b"MEMORY", "breaks its decoder"),
        (b"EXIT", "breaks its decoder"),
        (b"RAISE", "RuntimeError"),
        (b"CPU", "breaks its decoder"),
        (b"HANG", "too long"),
    ],
)
def test_each_death_is_told_and_the_next_picture_is_decoded(
    plate_jpeg: bytes, fault: bytes, told: str
) -> None:
    bounds = Bounds(cpu=1 if fault == b"CPU" else 30, wall=2.0 if fault == b"HANG" else 60.0)
    sandbox = Sandbox(Settings(), bounds, HURT)
    try:
        with pytest.raises(DecoderDied, match=told):
            sandbox(fault)
        start = ticks()
        assert sandbox(plate_jpeg).width == 640
        assert ticks() - start < 10
    finally:
        sandbox.close()


@pytest.mark.parametrize("lie", ["huge", "beyond", "negative", "text", "list", "empty", "number"])
def test_a_decoder_that_lies_is_not_believed(lie: str) -> None:
    sandbox = Sandbox(Settings(), command=LYING)
    try:
        with pytest.raises((DecoderDied, ImageError)):
            sandbox(lie.encode())
    finally:
        sandbox.close()


def test_shared_memory_cannot_be_taken_away_while_it_is_read() -> None:
    sandbox = Sandbox(Settings(), command=LYING)
    try:
        assert sandbox(b"shrink").pixels.shape == (4, 4, 3)
    finally:
        sandbox.close()


def test_a_decoder_that_does_not_start_is_told() -> None:
    for command in (("/no/such/program",), ("/bin/false",)):
        with pytest.raises(DecoderMissing):
            Sandbox(Settings(), command=command)(b"x")


def test_faults_hurt_nobody_else(tmp_path: Path, plate_jpeg: bytes, wall: walls.Wall) -> None:
    program = (
        "import platewise.vision.sandbox as s; "
        f"s.COMMAND = {HURT!r}; s.Bounds.__init__.__defaults__ = (1024, 1, 4.0); {PROGRAM}"
    )
    faults = [fault for fault, count in QUICK.items() for _ in range(count * TIMES)]
    random.Random(1).shuffle(faults)
    with serving(tmp_path, program, reads_per_minute=0) as server:
        over, answered, health = threading.Event(), Counter[int](), Counter[int]()
        others = [
            threading.Thread(target=_keep, args=(over, answered, lambda: server.send(plate_jpeg)[0])),
            threading.Thread(target=_keep, args=(over, health, lambda: server.ask("GET", "/healthz")[0])),
        ]
        for one in others:
            one.start()
        broken, back = _break(server, faults, plate_jpeg)
        over.set()
        for one in others:
            one.join()
        assert server.process.poll() is None
    assert set(broken) <= {422, 503}, broken
    assert set(answered) == {200}
    assert set(health) == {200}
    wall.measured(
        f"{len(faults)} faults: {sum(broken.values())} x 422/503, {answered[200]} other pictures and "
        f"{health[200]} health checks all answered; next picture read after {max(back):.2f} s at most",
        "" if max(back) < 2 else "other work had this machine's cores",
    )


def _break(server: ServerProcess, faults: list[bytes], good: bytes) -> tuple[Counter[int], list[float]]:
    broken, back = Counter[int](), []
    for fault in faults:
        broken[server.send(fault)[0]] += 1
        start = ticks()
        assert server.send(good)[0] == 200
        back.append(ticks() - start)
    return broken, back


def _keep(over: threading.Event, seen: Counter[int], ask: Callable[[], int]) -> None:
    while not over.is_set():
        seen[ask()] += 1
        time.sleep(0.02)


def _handles() -> int:
    return len(os.listdir("/proc/self/fd"))
