"""``python -m benchmarks.cameras``: how many cameras two cores watch, how old frames are, what a stall costs.

Drawn traffic (60 vehicles at 90 km/h) is served as HTTP-MJPEG, 25 frames/s a camera, by a process of its
own from pictures that it holds ready; ``platewise watch``'s own parts read it. A frame's age is the time from
when the server sends it until it has been read and linked. All of it, server too, runs on the two cores
``--cores``.

The frames read of all cameras together are divided by the seconds; each run is one line. For the stall, one
more camera sends nothing after its first frames; the others are compared with the same cameras without it.
"""

import argparse
import json
import mmap
import multiprocessing
import os
import struct
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from benchmarks.latency.run import commit, machine

from platewise import clock
from platewise.core.frame import Frame
from platewise.core.read import Read
from platewise.ingest.addresses import parse
from platewise.ingest.camera import Camera
from platewise.ingest.together import together
from platewise.ingest.watch import Watch
from platewise.regions.library import select
from platewise.synth.road import Road
from platewise.synth.traffic import Traffic
from platewise.synth.video import Film, Sky
from platewise.vision.reader import Reader

REGIONS, FPS = "gb,de,nl,fr,pl,es,it", 25.0
SIZES = {"1280x720": (1280, 720), "1920x1080": (1920, 1080)}
CAMERAS, MOST = (1, 2, 3, 4, 6), 100_000
"""How many cameras are tried, and the most frames that one sends."""
HELD = 0.5
"""Seconds: cameras are held while 99 % of the frames that are read are younger."""
STALLED_AFTER = 30
"""Frames that a camera sends before it stalls."""


class Ages:
    """When each frame of each camera was sent, in memory that both processes see."""

    def __init__(self, path: Path, cameras: int) -> None:
        """Map the file, made if it is not there."""
        size = 8 * MOST * cameras
        with path.open("a+b") as file:
            file.truncate(size)
            self._times = mmap.mmap(file.fileno(), size)

    def send(self, camera: int, frame: int) -> None:
        """Note that a frame is sent now."""
        struct.pack_into("d", self._times, 8 * (camera * MOST + frame), time.time())

    def age(self, camera: int, frame: int) -> float:
        """Return how many seconds ago a frame was sent."""
        return time.time() - float(struct.unpack_from("d", self._times, 8 * (camera * MOST + frame))[0])


def pictures(size: tuple[int, int], seconds: float) -> list[bytes]:
    """Return drawn traffic as JPEGs."""
    traffic = Traffic(60, Road(3, *size), FPS, 90, 0, 11)
    shots = iter(Film(traffic, select(REGIONS.split(",")), Sky()))
    count = min(int(seconds * FPS), len(Film(traffic, select(REGIONS.split(",")), Sky())))
    quality = [cv2.IMWRITE_JPEG_QUALITY, 85]
    return [cv2.imencode(".jpg", next(shots).pixels[:, :, ::-1], quality)[1].tobytes() for _ in range(count)]


def serve(frames: Sequence[bytes], ages: Path, cameras: int, told: Any) -> None:
    """Serve cameras ``/0``, ``/1`` ...; ``/n?stall`` falls silent. Runs in a process of its own."""
    sent = Ages(ages, cameras)

    class Handler(BaseHTTPRequestHandler):
        """Sends the pictures of one camera, again and again."""

        def do_GET(self) -> None:
            """Send them at their own pace."""
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            camera, stall = int(self.path[1:].partition("?")[0]), self.path.endswith("stall")
            start = clock.ticks()
            for number in range(MOST):
                if stall and number >= STALLED_AFTER:
                    threading.Event().wait()
                data = frames[(number + 40 * camera) % len(frames)]
                time.sleep(max(start + number / FPS - clock.ticks(), 0))
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                sent.send(camera, number)
                try:
                    self.wfile.write(head.encode() + data + b"\r\n")
                except OSError:
                    return

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.send(server.server_address[1])
    server.serve_forever()


@contextmanager
def serving(frames: Sequence[bytes], ages: Path, cameras: int) -> Iterator[str]:
    """Serve for a while; yield the address."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=serve, args=(frames, ages, cameras, theirs))
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.kill()
        process.join()


class Seen(NamedTuple):
    """What was read of some cameras: frames a second of each, the ages of all, seconds."""

    fps: list[float]
    ages: np.ndarray[Any, Any]


def watched(frames: Sequence[bytes], reader: Reader, paths: Sequence[str], seconds: float) -> Seen:
    """Watch cameras for so many seconds, after some to warm up."""
    with tempfile.TemporaryDirectory() as folder, serving(frames, Path(folder) / "a", len(paths)) as address:
        ages, found, begun = Ages(Path(folder) / "a", len(paths)), [list[float]() for _ in paths], [0.0]

        def shown(number: int) -> Any:
            """Return what notes the age of each frame that a camera's was read."""

            def note(frame: Frame, _: list[Read]) -> None:
                """Note one."""
                if begun[0]:
                    found[number].append(ages.age(number, int(frame.id or 0)))

            return note

        watches = [
            Watch(Camera(f"c{n}", parse(f"{address}{path}")), reader, gated=False, shown=shown(n))
            for n, path in enumerate(paths)
        ]
        stop, start = threading.Event(), clock.ticks()
        for _ in together(watches, stop):
            now = clock.ticks()
            if not begun[0] and now - start > 4:
                begun[0] = now
            if begun[0] and now - begun[0] > seconds:
                took = now - begun[0]
                begun[0] = 0.0
                stop.set()
        return Seen([round(len(one) / took, 2) for one in found], np.concatenate(list(map(np.array, found))))


def line(name: str, count: int, seen: Seen) -> dict[str, Any]:
    """Print what was measured and return it."""
    p50, p99 = np.percentile(seen.ages, [50, 99]) if len(seen.ages) else (0.0, 0.0)
    told = {
        "size": name,
        "cameras": count,
        "frames_a_second": round(sum(seen.fps), 1),
        "of_each": seen.fps,
        "age_p50_ms": round(1e3 * p50),
        "age_p99_ms": round(1e3 * p99),
        "held": bool(p99 < HELD),
        "load_average": round(os.getloadavg()[0], 1),
    }
    print(*(f"{key} {value}" for key, value in told.items()), flush=True)
    return told


def stalled(frames: Sequence[bytes], reader: Reader, count: int, seconds: float) -> dict[str, Any]:
    """Return what the others lose by a camera that stalls: with and without it, turn about, twice."""
    alone, beside = [], []
    for _ in range(2):
        alone.append(sum(watched(frames, reader, [f"/{n}" for n in range(count)], seconds).fps))
        paths = [*(f"/{n}" for n in range(count)), f"/{count}?stall"]
        beside.append(sum(watched(frames, reader, paths, seconds).fps[:count]))
    lost = 1 - sum(beside) / sum(alone)
    told = {"cameras": count, "alone": alone, "beside_a_stalled_one": beside, "lost": round(lost, 4)}
    print(*(f"{key} {value}" for key, value in told.items()), flush=True)
    return told


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=15, help="of each run")
    parser.add_argument("--cores", default="0,1", help="the processors to run on")
    parser.add_argument("--note", default="", help="what else the machine did")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    os.sched_setaffinity(0, set(map(int, options.cores.split(","))))
    reader, runs = Reader(REGIONS), []
    for name, size in SIZES.items():
        frames = pictures(size, 20)
        for count in CAMERAS:
            runs.append(
                line(name, count, watched(frames, reader, [f"/{n}" for n in range(count)], options.seconds))
            )
    stall = stalled(pictures(SIZES["1280x720"], 20), reader, 3, options.seconds)
    ran = {"benchmark": "cameras", "commit": commit(), "machine": machine(), "note": options.note}
    if options.json:
        told = {**ran, "seconds": options.seconds, "runs": runs, "stall": stall}
        options.json.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
