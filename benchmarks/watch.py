"""``python -m benchmarks.watch``: is every vehicle that passes told once, and its plate rightly?

Draws traffic on a road of three lanes (``platewise synth video``), writes it as MP4 and watches it as
``platewise watch`` does; ``--served`` watches it once more while it is served as HTTP-MJPEG at its own speed.
``--clips FOLDER`` watches real clips with an index of the plates in each instead.

A sighting belongs to the vehicle whose plate is at its place in its evidence frame. Captured: vehicles with
a sighting. Duplicates: further sightings of a vehicle, as a share of all. Exact: captured vehicles whose
plate was read without a fault; sure: sightings with a confidence of 90 % or more.

    python -m benchmarks.watch --vehicles 300 --json benchmarks/results/watch.json
"""

import argparse
import json
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import cv2
import numpy as np
from benchmarks.latency.run import commit, machine

from platewise import clock
from platewise.core.geometry import Box, box_of
from platewise.core.sighting import Sighting
from platewise.ingest.addresses import parse
from platewise.ingest.camera import Camera, Offline
from platewise.ingest.recorder import recording
from platewise.ingest.watch import Watch
from platewise.regions.library import select
from platewise.synth.road import Road
from platewise.synth.traffic import Traffic
from platewise.synth.video import Film, Sky
from platewise.vision.reader import Reader

REGIONS = "gb,de,nl,fr,pl,es,it"
NEAR = 1.0
"""A sighting is at the place of a plate that is so many plate widths away at most."""


Told: TypeAlias = tuple[list[Sighting], dict[str, Any]]


class Scenario(NamedTuple):
    """One video: mean speed in km/h, and the weather."""

    name: str
    speed: float
    night: bool = False
    rain: bool = False


SCENARIOS = (
    Scenario("day 50 km/h", 50),
    Scenario("day 90 km/h", 90),
    Scenario("day 130 km/h", 130),
    Scenario("night 90 km/h", 90, night=True),
    Scenario("rain 90 km/h", 90, rain=True),
)


class Drawn(NamedTuple):
    """A video on the disk, and what it shows: the plate of each vehicle, the boxes of each frame, px."""

    path: Path
    plates: dict[int, str]
    boxes: list[dict[int, Box]]
    fps: float


def draw(scenario: Scenario, options: argparse.Namespace, folder: Path) -> Drawn:
    """Return the drawn video of a scenario."""
    traffic = Traffic(options.vehicles, Road(), 25.0, scenario.speed, 0, options.seed)
    film = Film(traffic, select(REGIONS.split(",")), Sky(scenario.night, scenario.rain))
    boxes: list[dict[int, Box]] = []
    path = folder / f"{scenario.name.replace(' ', '-').replace('/', '')}.mp4"
    with recording(path, traffic.fps) as recorder:
        for number, shot in enumerate(film):
            boxes.append({vehicle: box_of(quad) for vehicle, quad in shot.plates})
            recorder.write(shot.pixels, number / traffic.fps)
    return Drawn(path, {line["vehicle"]: line["plate"] for line in film.truths()}, boxes, traffic.fps)


def watched(source: str, reader: Reader) -> tuple[list[Sighting], dict[str, Any]]:
    """Return the sightings of a source and what became of its frames."""
    camera = Camera("bench", parse(source))
    start, stop, found = clock.ticks(), threading.Event(), list[Sighting]()
    for event in Watch(camera, reader).events(stop):
        if isinstance(event, Sighting):
            found.append(event)
        elif isinstance(event, Offline):
            stop.set()  # a served video has ended
    seconds = clock.ticks() - start
    counters = {**asdict(camera.counters), "seconds": round(seconds, 1)}
    return found, {**counters, "frames_a_second": round(camera.counters.captured / seconds, 1)}


def judged(drawn: Drawn, sightings: Sequence[Sighting], late: int) -> dict[str, Any]:
    """Return the figures of what was told of a drawn video whose first ``late`` frames never came."""
    told: dict[int | None, list[Sighting]] = {}
    for sighting in sightings:
        told.setdefault(_vehicle(drawn, sighting, late), []).append(sighting)
    strangers = len(told.pop(None, []))
    exact = sum(any(_text(s) == drawn.plates[v] for s in found) for v, found in told.items() if v is not None)
    again = sum(len(found) - 1 for found in told.values())
    sure = [(_text(s) == drawn.plates[v]) for v, f in told.items() if v is not None for s in f if _sure(s)]
    return {
        "vehicles": len(drawn.plates),
        "captured": round(len(told) / len(drawn.plates), 4),
        "exact": round(exact / max(len(told), 1), 4),
        "duplicates": round(again / max(len(sightings), 1), 4),
        "of_no_vehicle": strangers,
        "sure": round(len(sure) / max(len(sightings), 1), 4),
        "exact_of_sure": round(float(np.mean(sure)), 4) if sure else None,
    }


def _vehicle(drawn: Drawn, sighting: Sighting, late: int) -> int | None:
    """Return the vehicle whose plate is where the sighting's is in its evidence frame."""
    x, y = sighting.read.quad.mean(0)
    number = int(sighting.frame.id or 0) + late
    there = drawn.boxes[number] if number < len(drawn.boxes) else {}
    apart = {v: np.hypot(x - b[0] - b[2] / 2, y - b[1] - b[3] / 2) / b[2] for v, b in there.items()}
    nearest = min(apart, key=lambda v: apart[v], default=None)
    return nearest if nearest is not None and apart[nearest] <= NEAR else None


def _text(sighting: Sighting) -> str:
    return sighting.read.plate.text if sighting.read.plate else ""


def _sure(sighting: Sighting) -> bool:
    return sighting.read.confidence >= 0.9


@contextmanager
def serving(drawn: Drawn) -> Iterator[str]:
    """Serve a video as HTTP-MJPEG at its own speed, once; yield the address."""
    done = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        """Sends the pictures of the video."""

        def do_GET(self) -> None:
            """Send them all."""
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            capture, start, number = cv2.VideoCapture(str(drawn.path)), clock.ticks(), 0
            while capture.grab() and not done.is_set():
                ok, picture = capture.retrieve()
                data = cv2.imencode(".jpg", picture)[1].tobytes() if ok else b""
                done.wait(max(start + number / drawn.fps - clock.ticks(), 0))
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                self.wfile.write(head.encode() + data + b"\r\n")
                number += 1

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/video"
    finally:
        done.set()
        server.shutdown()
        server.server_close()


def clips(folder: Path, reader: Reader) -> dict[str, Any]:
    """Return what is told of real clips: of each plate in the index, whether it was told, and rightly."""
    plates = captured = exact = more = 0
    for line in (folder / "index.jsonl").read_text("utf-8").splitlines():
        clip = json.loads(line)
        sightings, _ = watched(str(folder / clip["video"]), reader)
        right = {_text(s) for s in sightings} & set(clip["plates"])
        plates += len(clip["plates"])
        captured += min(len(sightings), len(clip["plates"]))
        exact += len(right)
        more += max(len(sightings) - len(clip["plates"]), 0)
    return {"plates": plates, "captured": captured, "exact": exact, "further_sightings": more}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--vehicles", type=int, default=300)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--only", default="", help="only the scenarios whose name holds this")
    parser.add_argument("--served", action="store_true", help="watch them as streams, too")
    parser.add_argument("--clips", type=Path, help="a folder of real clips with their index, instead")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    reader = Reader(None if options.clips else REGIONS)
    model = str(getattr(reader.pipeline, "version", ""))
    ran = {
        "benchmark": "watch",
        "commit": commit(),
        "seed": options.seed,
        "machine": machine(),
        "model": model,
    }
    results: list[dict[str, Any]] = []
    for result in _results(options, reader):
        results.append(result)
        if options.json:  # after each, as the whole takes long
            options.json.write_text(json.dumps({**ran, "results": results}, indent=1) + "\n", "utf-8")


def _results(options: argparse.Namespace, reader: Reader) -> Iterator[dict[str, Any]]:
    if options.clips:
        found = clips(options.clips, reader)
        print("clips", *(f"{key} {value}" for key, value in found.items()))
        yield {"scenario": "clips", **found}
        return
    for scenario in SCENARIOS:
        if options.only in scenario.name:
            yield from measured(scenario, options, reader)


def measured(scenario: Scenario, options: argparse.Namespace, reader: Reader) -> Iterator[dict[str, Any]]:
    """Yield the figures of a scenario as a file and, if wanted, as a stream."""
    with tempfile.TemporaryDirectory() as folder:
        drawn = draw(scenario, options, Path(folder))
        yield shown(scenario.name, "file", drawn, watched(str(drawn.path), reader))
        if options.served:
            with serving(drawn) as address:
                yield shown(scenario.name, "HTTP-MJPEG", drawn, watched(address, reader))


def shown(
    name: str, source: str, drawn: Drawn, told: tuple[list[Sighting], dict[str, Any]]
) -> dict[str, Any]:
    """Print a line of figures and return them."""
    sightings, counters = told
    late = len(drawn.boxes) - int(counters["captured"])  # to open a stream takes its first frame
    figures = judged(drawn, sightings, late)
    print(f"{name:16} {source:10}", *(f"{key} {value}" for key, value in figures.items()), flush=True)
    print(f"{'':27}", *(f"{key} {value}" for key, value in counters.items()), flush=True)
    return {"scenario": name, "source": source, **figures, "frames": counters}


if __name__ == "__main__":
    main()
