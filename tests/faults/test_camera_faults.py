"""C1 to C4 of the walls: cameras that fail, hang, lie, or send too much; addresses that are no cameras."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from fake_cameras import fake_camera, scene
from fake_rtsp import rtsp_camera

import walls
from platewise import clock
from platewise.core.frame import Frame
from platewise.core.sighting import Sighting
from platewise.errors import InputError
from platewise.ingest.addresses import Kind, parse
from platewise.ingest.camera import Camera, Happening, Offline, Online, Patience, Pauses
from platewise.ingest.child import open_source
from platewise.ingest.fallback import CvSource
from platewise.ingest.pace import Pace
from platewise.ingest.recorder import recording
from platewise.ingest.watch import Watch
from platewise.vision.reader import Reader

FAILURES = walls.size("CAMERA_FAILURES", 1, 50)
QUICK = Patience(opening=20.0, stall=1.0, first=0.1, longest=0.4)
BUSY = "other work had this machine's cores"
HANGING = Path(__file__).with_name("hanging_child.py")


def followed(camera: Camera, frames: int) -> tuple[list[Happening], list[Frame]]:
    """Return what happens to a camera until it has given so many frames, and the frames; else fail."""
    stop, happened, seen = threading.Event(), list[Happening](), list[Frame]()
    late = threading.Timer(60, stop.set)
    late.start()
    for one in camera.frames(stop):
        if isinstance(one, Frame):
            seen.append(one)
            if len(seen) == frames:
                stop.set()
        else:
            happened.append(one)
    late.cancel()
    assert len(seen) == frames, happened
    return happened, seen


def fds() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("fault", ["reset", "stall", "eof", "garbage", "deaf"])
@pytest.mark.wall("C1")
def test_a_camera_that_fails_is_offline_once_and_comes_back(fault: str, wall: walls.Wall) -> None:
    threads, files, away = threading.active_count(), fds(), list[float]()
    deaf = fault == "deaf"  # it takes the connection and never says a word
    for _ in range(FAILURES):
        with fake_camera(fault=fault, good=6) as fake:
            patience = replace(QUICK, opening=6.0) if deaf else QUICK
            camera = Camera("north", parse(fake.url), patience=patience)
            happened, seen = followed(camera, 16)
        assert [type(one) for one in happened] == [Online, Offline, Online][deaf:]
        times = [one.captured_at for one in seen if one.captured_at]
        assert times == sorted(set(times))
        away.append(max((after - before).total_seconds() for before, after in pairwise(times)))
        counted = camera.counters
        assert counted.captured == counted.read + counted.dropped
        assert counted.read == 16
    more = fds() - files, threading.active_count() - threads
    assert more[0] <= 2
    assert more[1] <= 6  # those of the fake camera among them
    wall.measured(
        f"{fault} x {FAILURES}: 1 offline + 1 online each, pictures again after {max(away):.1f} s, "
        f"{more[0]:+d} descriptors",
        "" if max(away) < 6 else BUSY,
    )


@pytest.mark.parametrize(
    ("fault", "said"), [("401", "401"), ("404", "404"), ("redirect", "cannot be opened")]
)
@pytest.mark.wall("C1")
def test_a_camera_that_refuses_says_why_once_however_often_it_is_tried(fault: str, said: str) -> None:
    with fake_camera(fault=fault, bad=2) as fake:
        camera = Camera("north", parse(fake.url), patience=QUICK)
        happened, _ = followed(camera, 3)
    assert [type(one) for one in happened] == [Offline, Online]
    assert said in str(happened[0])
    assert "canary" not in str(happened)


@pytest.mark.wall("C1")
def test_a_change_of_size_and_of_speed_are_no_failures() -> None:
    for fault in ("size", "fast"):
        with fake_camera(fault=fault, good=5) as fake:
            happened, seen = followed(Camera("n", parse(fake.url), patience=QUICK), 12)
        assert [type(one) for one in happened] == [Online]
        assert seen[-1].width == (160 if fault == "size" else 320)


@pytest.mark.wall("C1")
def test_a_stall_is_seen_within_ten_seconds_and_pauses_grow_from_one_to_thirty() -> None:
    patience = Patience()
    assert patience.stall < 10
    pauses = Pauses(patience)
    waited = [pauses.next() for _ in range(40)]
    assert 1 <= waited[0] <= 1.25
    assert all(1 <= pause <= 30 for pause in waited)
    assert min(waited[6:]) > 20
    assert len(set(waited)) > 10  # jitter; the longest are cut to thirty


@pytest.mark.parametrize("pixels", [12, 7])  # the whole frame, a part of it
@pytest.mark.wall("C2")
def test_a_reader_that_never_returns_is_killed(pixels: int, wall: walls.Wall) -> None:
    stop = threading.Event()
    command = (sys.executable, str(HANGING), str(pixels))
    patience = Patience(opening=3.0, stall=1.0, first=0.1)
    start, happened = clock.ticks(), []
    for one in Camera("north", parse("http://127.0.0.1:1/"), patience=patience, command=command).frames(stop):
        happened.append(one)
        if isinstance(one, Offline):
            stop.set()
    assert isinstance(happened[-1], Offline)
    assert "silent" in happened[-1].problem
    assert len(happened) == (3 if pixels == 12 else 1)
    took = clock.ticks() - start
    wall.measured(f"killed {took:.1f} s after it was started", "" if took < 10 else BUSY)


@pytest.mark.wall("C2")
def test_no_process_is_left_where_the_parent_is_killed() -> None:
    program = (
        "import sys; from platewise.ingest.addresses import parse; from platewise.ingest.pace import Pace;"
        "from platewise.ingest.capture import Capture, Counters; from platewise.ingest.child import COMMAND;"
        "capture = Capture('n', parse(sys.argv[1]), Pace(), COMMAND);"
        "capture.next(30, Counters()); print(capture._process.pid, flush=True); input()"
    )
    with fake_camera() as fake:
        parent = subprocess.Popen(
            [sys.executable, "-c", program, fake.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        with parent:
            assert parent.stdout
            child = Path(f"/proc/{int(parent.stdout.readline())}/stat")
            assert child.exists()
            parent.kill()
        for _ in range(100):
            if not child.exists() or ") Z " in child.read_text():
                return
            threading.Event().wait(0.1)
    raise AssertionError("the capturing process goes on")


@pytest.mark.wall("C2")
def test_a_process_that_dies_is_noticed_at_once() -> None:
    camera = Camera(
        "n", parse("http://127.0.0.1:1/"), command=(sys.executable, "-c", "import os; os.abort()")
    )
    stop = threading.Event()
    for one in camera.frames(stop):
        assert one == Offline("the process that captures has died")
        stop.set()


def test_a_camera_whose_process_cannot_be_started_is_offline_and_comes_back(tmp_path: Path) -> None:
    program, stop = tmp_path / "capture", threading.Event()
    with fake_camera() as fake:
        camera = Camera("n", parse(fake.url), patience=QUICK, command=(str(program),))
        happened = camera.frames(stop)
        first = next(happened)
        program.write_text(f"#!/bin/sh\nexec {sys.executable} -m platewise.ingest.child\n")
        program.chmod(0o700)
        assert [first, next(happened)] == [
            Offline(
                f"no process that captures can be started: [Errno 2] No such file or directory: '{program}'"
            ),
            Online(),
        ]
        stop.set()
        assert all(isinstance(one, Frame) for one in happened)


@pytest.mark.wall("C3")
def test_a_slow_reader_gets_fresh_frames_and_every_frame_is_counted(wall: walls.Wall) -> None:
    with fake_camera(fps=100) as fake:
        camera, stop, ages = Camera("n", parse(fake.url)), threading.Event(), list[float]()
        for one in camera.frames(stop):
            if isinstance(one, Frame) and one.captured_at:
                ages.append((clock.now() - one.captured_at).total_seconds())
                threading.Event().wait(0.1)  # the engine is ten times too slow
                if len(ages) == 25:
                    stop.set()
    counted = camera.counters
    assert counted.read == 25
    assert counted.captured == counted.read + counted.dropped
    assert counted.dropped > 25
    ages.sort()
    wall.measured(
        f"a reader 10 x too slow: frames are {ages[-1] * 1e3:.0f} ms old at most; "
        f"{counted.captured} captured = {counted.read} read + {counted.dropped} dropped",
        "" if ages[-1] < 0.5 else BUSY,
    )
    assert ages[len(ages) // 2] < 5  # a queue of them would grow by 90 ms a frame


@pytest.mark.wall("C2")
def test_a_camera_that_stalls_does_not_hold_up_another(wall: walls.Wall) -> None:
    with fake_camera(fault="stall", good=3) as bad, fake_camera() as good:
        stop, seen = threading.Event(), list[Frame]()
        stalled = Camera("bad", parse(bad.url), patience=QUICK)
        thread = threading.Thread(target=lambda: list(stalled.frames(stop)), daemon=True)
        thread.start()
        _, seen = followed(Camera("good", parse(good.url)), 60)
        stop.set()
        thread.join(20)
    times = [one.captured_at.timestamp() for one in seen if one.captured_at]
    longest, rate = max(b - a for a, b in pairwise(times)), (len(times) - 1) / (times[-1] - times[0])
    wall.measured(
        f"beside a stalled camera another gives {rate:.1f} of 25 pictures/s, pauses {longest:.2f} s at most",
        "" if rate > 0.95 * 25 else BUSY,
    )
    assert longest < 10


@pytest.mark.wall("C4")
def test_no_address_reaches_a_file_through_a_redirect(tmp_path: Path) -> None:
    video = tmp_path / "secret.mp4"  # a file that would open, were it followed
    with recording(video, 10) as recorder:
        recorder.write(scene(0), 0)
    with fake_camera(fault="redirect", bad=99, location=f"file://{video}") as fake:
        address = parse(fake.url)
        with pytest.raises(InputError, match="cannot be opened"):
            open_source(address, Pace())
        with pytest.raises(InputError, match="cannot be opened"):
            CvSource(address)
    assert address.kind is Kind.HTTP


@pytest.mark.wall("C5")
def test_an_rtsp_camera_is_dated_by_its_own_timestamps() -> None:
    with rtsp_camera([scene(number) for number in range(30)], fps=20) as fake:
        camera = Camera("n", parse(fake.url))
        happened, seen = followed(camera, 20)
    assert [type(one) for one in happened] == [Online]
    for one, other in _pairs(seen):
        assert one.captured_at
        assert other.captured_at
        skipped = int(other.id or 0) - int(one.id or 0)
        assert (other.captured_at - one.captured_at).total_seconds() == pytest.approx(skipped / 20, abs=0.002)
    assert camera.counters.captured == camera.counters.read + camera.counters.dropped


def test_a_vehicle_on_a_served_stream_is_told_once(tiny_reader: Reader) -> None:
    with fake_camera(fps=8) as fake:
        camera, stop = Camera("north", parse(fake.url)), threading.Event()
        threading.Timer(60, stop.set).start()
        watch = Watch(
            camera, tiny_reader, shown=lambda frame, _: stop.set() if int(frame.id or 0) > 17 else None
        )
        told = [one for one in watch.events(stop) if isinstance(one, Sighting)]
    assert [str(one.read.plate) for one in told] == ["AB12 CDE"]
    assert told[0].motion == "right"


def _pairs(frames: list[Frame]) -> Iterable[tuple[Frame, Frame]]:
    return pairwise(frames)
