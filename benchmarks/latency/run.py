"""What one read costs: CPU and wall time by stage, cold start, memory. Writes JSON into benchmarks/results.

The picture is drawn from the seed: 1280 x 720, one British plate. CPU time counts all threads.
"""

import argparse
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from platewise import Reader, clock
from platewise.core.frame import Frame, Pixels
from platewise.core.geometry import quad_of
from platewise.regions.library import select
from platewise.synth.backgrounds import drawn
from platewise.synth.paste import paste
from platewise.synth.plates import draw_plate
from platewise.vision.decode import decode
from platewise.vision.decode_lattice import decode_lattice
from platewise.vision.explain import explain
from platewise.vision.pipeline import PlatePipeline
from platewise.vision.rectify import rectify

RESULTS = Path(__file__).parents[1] / "results"
GOALS = {"read": 10.0, "cold_start": 1500.0, "resident": 300.0}
"""CPU ms of a decoded frame, wall ms from starting Python to the first read, and MB."""
COLD = "import sys; from platewise import Reader; print(Reader().read(sys.argv[1]))"


def main() -> None:
    """Measure, print and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=100)
    options = parser.parse_args()
    scene = picture(options.seed)
    reader = Reader()
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        file.write(cv2.imencode(".jpg", scene[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
        file.flush()
        stages = {name: measure(work, options.repeat) for name, work in works(reader, file.name).items()}
        cold, resident = cold_start(file.name)
        told = str(reader.read(scene))
    result = {
        "benchmark": "latency", "commit": commit(), "seed": options.seed, "repeat": options.repeat,
        "measured_at": clock.now().isoformat(timespec="seconds"), "machine": machine(),
        "picture": "1280x720 JPEG, one plate", "read": told, "stages": stages,
        "cold_start_ms": cold, "resident_mb": resident,
    }  # fmt: skip
    show(result)
    RESULTS.mkdir(exist_ok=True)
    target = RESULTS / f"latency-{result['commit']}.json"
    target.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(f"written to {target}")


def picture(seed: int) -> Pixels:
    """Return the scene ``(720, 1280, 3) uint8 RGB`` of a seed."""
    rng = np.random.default_rng(seed)
    scene = drawn(rng, 1280, 720)
    plate = draw_plate(random.Random(seed), select(["gb"]), "AB12CDE")
    paste(rng, scene, quad_of((560, 480, 190, 42)), plate)
    return scene


def works(reader: Reader, path: str) -> dict[str, Callable[[], object]]:
    """Return the stages by name, each ready to run on what the stage before it gives."""
    pipeline = reader.pipeline
    if not isinstance(pipeline, PlatePipeline) or pipeline.detector is None:
        raise SystemExit("this benchmark measures the shipped pipeline")
    frame, detector, recognizer = decode(path, reader.settings), pipeline.detector, pipeline.recognizer
    quads = [d.quad for d in detector.detect(frame.pixels)]
    crops = [rectify(frame.pixels, quad).pixels for quad in quads]
    recognitions = recognizer.recognize(crops)

    def decide() -> None:
        for crop, quad, recognition in zip(crops, quads, recognitions, strict=True):
            explain(crop, quad, (frame.width, frame.height), decode_lattice(recognition, pipeline.formats))

    return {
        "decode": lambda: decode(path, reader.settings),
        "detect": lambda: detector.detect(frame.pixels),
        "rectify": lambda: [rectify(frame.pixels, quad) for quad in quads],
        "recognise": lambda: recognizer.recognize(crops),
        "formats": decide,
        "read": lambda: pipeline(Frame(frame.pixels)),
    }


def measure(work: Callable[[], object], repeat: int) -> dict[str, float]:
    """Return mean CPU ms of all threads and median wall ms of a piece of work."""
    for _ in range(5):
        work()
    walls, cpu = [], clock.cpu_seconds()
    for _ in range(repeat):
        start = clock.ticks()
        work()
        walls.append(clock.ticks() - start)
    cpu = (clock.cpu_seconds() - cpu) / repeat
    return {"cpu_ms": round(cpu * 1e3, 3), "wall_ms": round(statistics.median(walls) * 1e3, 3)}


def cold_start(path: str, runs: int = 3) -> tuple[float, float]:
    """Return the best wall ms from starting Python to the first read, and the peak resident MB."""
    walls = []
    for _ in range(runs):
        start = clock.ticks()
        subprocess.run([sys.executable, "-c", COLD, path], check=True, stdout=subprocess.DEVNULL)
        walls.append(clock.ticks() - start)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return round(min(walls) * 1e3, 1), round(peak / 1e6, 1)


def show(result: dict[str, Any]) -> None:
    """Print the result for people: the parts of a decoded frame's read, then the rest against its goal."""
    stages: dict[str, dict[str, float]] = result["stages"]
    whole = stages["read"]["cpu_ms"]
    print(f"{result['picture']}: {result['read']}\n{result['machine']}\n")
    print(f"{'stage':<12}{'CPU ms':>9}{'wall ms':>9}{'share':>8}")
    for name, cost in stages.items():
        share = "" if name in ("decode", "read") else f"{cost['cpu_ms'] / whole:.0%}"
        print(f"{name:<12}{cost['cpu_ms']:>9.2f}{cost['wall_ms']:>9.2f}{share:>8}")
    print()
    for what, value, unit, goal in (
        ("decoded frame", whole, "ms CPU", GOALS["read"]),
        ("cold start", result["cold_start_ms"], "ms", GOALS["cold_start"]),
        ("resident", result["resident_mb"], "MB", GOALS["resident"]),
    ):
        print(f"{what:<14}{value:>8.1f} {unit:<7} goal {goal:g}: {'kept' if value <= goal else 'MISSED'}")


def commit() -> str:
    """Return the short name of the checked-out commit, with ``-dirty`` when the tree differs from it."""
    command: Sequence[str] = ("git", "describe", "--always", "--dirty", "--exclude=*")
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=RESULTS.parent)
    return done.stdout.strip() or "unknown"


def machine() -> str:
    """Return processor, cores and system in one line."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.exists() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")
    return f"{model or platform.processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
