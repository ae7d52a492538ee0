"""``python -m benchmarks.store.series``: how the store grows, from ten thousand stored reads to ten million.

For each size: the bytes of the database, how many pictures a second it takes (each with one read, sighting
and event, in a transaction of its own, forced to the disk), and percentiles of the questions. Growth is that
of the CPU time, which others on the machine disturb least, with the file in memory. The sizes take turns, and
each percentile is the median of its rounds. JSON goes into benchmarks/results, the plot into docs/images.
"""

import argparse
import json
import math
import random
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.latency.run import RESULTS, commit, machine
from benchmarks.store.__main__ import CAMERAS, START, fill, measure, plate
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from platewise import clock
from platewise.core.geometry import quad_of
from platewise.core.lattice import Lattice
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.store.instants import from_micros
from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.store.records import NewEvent, NewFrame, NewRead, NewSighting

IMAGES = RESULTS.parents[1] / "docs" / "images"
WRITES = 500
SHOWN = (
    "check-license-plate, 1",
    "exact",
    "prefix of 4",
    "wildcard AB?2*",
    "wildcard *XYZ",
    "misread",
    "newest",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=7, help="the largest size, as a power of ten")
    parser.add_argument("--folder", type=Path, help="keep the databases here, and use those that are there")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    counts = [10**power for power in range(4, options.most + 1)]
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        rounds = [
            [one(count, options.seed + 10 * turn, folder) for count in counts]
            for turn in range(options.rounds)
        ]
    sizes = [typical(taken) for taken in zip(*rounds, strict=True)]
    result = {
        "benchmark": "store-series", "commit": commit(), "seed": options.seed, "rounds": options.rounds,
        "machine": machine(), "measured_at": clock.now().isoformat(timespec="seconds"),
        "sizes": sizes, "growth": growth(sizes),
    }  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "store-series.json").write_text(json.dumps(result, indent=1) + "\n")
    draw(sizes, IMAGES / "store-series.svg")
    print(json.dumps(result["growth"], indent=1))


def one(count: int, seed: int, folder: Path) -> dict[str, Any]:
    """Fill a database with so many reads, unless it is there, and measure it."""
    database = folder / str(count) / "reads.db"
    if not database.exists():
        fill(database, count, random.Random(seed))
    size = sum(file.stat().st_size for file in database.parent.glob("reads.db*"))
    print(f"{count} reads: {size / count:.0f} bytes a read", flush=True)
    warm(database)
    store = open_store(f"sqlite:///{database}", database.parent / "images")
    rate, cpu = written(store, random.Random(seed + 2))
    print(f"{rate:.0f} pictures a second, {cpu:.2f} ms of CPU each", flush=True)
    ms = measure(store, database, random.Random(seed + 1))
    store.close()
    return {
        "reads": count,
        "bytes": size,
        "writes_per_second": round(rate, 1),
        "write_cpu_ms": round(cpu, 2),
        "ms": ms,
    }


def typical(rounds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the median of each figure of some rounds."""
    first = rounds[0]
    return {
        name: typical([one[name] for one in rounds])
        if isinstance(first[name], dict)
        else round(statistics.median(one[name] for one in rounds), 3)
        for name in first
    }


def warm(database: Path) -> None:
    """Read the file once, so that large and small ones alike lie in the memory of the machine."""
    with database.open("rb") as file:
        while file.read(2**24):
            pass


def written(store: Store, rng: random.Random) -> tuple[float, float]:
    """Return how many pictures a second are kept, one after the other, and the CPU ms of each."""
    lattice = Lattice.of("AB12CDE", 10, 0.95)
    began, spent = clock.ticks(), clock.cpu_seconds()
    for number in range(WRITES):
        text, at = plate(rng), from_micros(START - 1_000_000 * number)
        read = Read(Plate(text, "gb", text), 0.9, quad_of((1, 2, 30, 8)), lattice=lattice)
        with store.writing() as unit:
            frame = NewFrame(at, at, 1280, 720, f"cam{number % CAMERAS}")
            (kept,) = unit.reads.save(frame, [NewRead(read, "yolo-attention", "recognizer")])
            new = NewSighting(
                key=f"w{kept.id}", seen_at=at, plate=read.plate, confidence=0.9, camera="cam0", read=kept.id
            )
            sighting, _ = unit.sightings.save(new)
            unit.events.add(NewEvent("Passed", at, {"plate": text}, sighting.id))
    return WRITES / (clock.ticks() - began), 1000 * (clock.cpu_seconds() - spent) / WRITES


def growth(sizes: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Return by what p99 grew over all sizes, the exponent of that, and by what log n grew."""
    first, last = sizes[0], sizes[-1]
    decades = math.log10(last["reads"] / first["reads"])
    told = {}
    for name in first["ms"]:
        ratio = last["ms"][name]["cpu_p99"] / first["ms"][name]["cpu_p99"]
        told[name] = {"times": round(ratio, 2), "exponent": round(math.log10(ratio) / decades, 3)}
    log = math.log(last["reads"]) / math.log(first["reads"])
    return {**told, "log n": {"times": round(log, 2), "exponent": round(math.log10(log) / decades, 3)}}


def draw(sizes: list[dict[str, Any]], picture: Path) -> None:
    """Write the plot: questions, writes, bytes a read."""
    counts = [size["reads"] for size in sizes]
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    FigureCanvasAgg(figure)
    asked, cost, volume = figure.subplots(1, 3, width_ratios=(2, 1, 1))
    for name in SHOWN:
        asked.plot(counts, [size["ms"][name]["cpu_p99"] for size in sizes], marker="o", ms=3, label=name)
    asked.set(title="question, p99 of CPU time", ylabel="ms", yscale="log")
    asked.set_ylim(0.2, 100)
    asked.legend(fontsize=7, loc="upper left", ncols=2)
    cost.plot(counts, [size["write_cpu_ms"] for size in sizes], marker="o", ms=3, color="#1d4ed8")
    cost.set(title="CPU ms to write a picture", ylim=(0, 3.5))
    volume.plot(counts, [size["bytes"] / size["reads"] for size in sizes], marker="o", ms=3, color="#15803d")
    volume.set(title="bytes a read", ylim=(0, 900))
    for panel in (asked, cost, volume):
        panel.set(xscale="log", xlabel="stored reads")
        panel.grid(alpha=0.3)
    with rc_context({"svg.hashsalt": "store-series"}):
        figure.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    main()
