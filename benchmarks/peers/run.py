"""Platewise beside its peers, in one run: time, memory, cold start and exact plates on the same pictures.

Each candidate lives in a process of its own and computes with the same number of threads; picture after
picture is given to one after the other, in turns, so that a busy machine is busy for all. Without folders of
labelled pictures, cars are drawn: Platewise's own ground, good for times only.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.latency.run import RESULTS, commit, machine
from benchmarks.peers.candidates import FAST_ALPR, why_not

from platewise import clock
from platewise.core.plate import fold, normalise
from platewise.regions.library import select
from platewise.synth.scenes import vehicle_scenes, write_scenes
from platewise.train.index import Labelled, read_index
from platewise.train.split import held_out

CANDIDATES = ("yolo-attention", FAST_ALPR, "contour")
DRAWN_REGIONS = ("gb", "de", "fr", "pl", "br", "us")


@dataclass
class Seat:
    """A candidate that takes part: its running process and what it said of each picture, time after time."""

    name: str
    command: list[str]
    process: "subprocess.Popen[str]"
    said: list[list[dict[str, Any]]] = field(default_factory=list)
    cold_ms: list[float] = field(default_factory=list)

    def read(self, path: Path) -> dict[str, Any]:
        """Return what the candidate says of a picture."""
        return ask(self.process, path)


def main() -> None:
    """Measure, print and write the result."""
    options = arguments()
    chosen = [name.strip() for name in options.candidates.split(",")]
    skipped = {name: reason for name in chosen if (reason := why_not(name, options.peer_models))}
    with tempfile.TemporaryDirectory() as folder:
        pictures = labelled(options, Path(folder))
        seats = [seat(name, options) for name in chosen if name not in skipped]
        compete(seats, pictures, options.repeat, options.cold_starts)
        result = {
            "benchmark": "peers", "commit": commit(), "seed": options.seed, "threads": options.threads,
            "repeat": options.repeat, "measured_at": clock.now().isoformat(timespec="seconds"),
            "machine": machine(), "pictures": Counter(picture.source for picture in pictures),
            "candidates": {one.name: figures(one, pictures) for one in seats}, "skipped": skipped,
        }  # fmt: skip
    show(result)
    options.out.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(f"written to {options.out}")


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="labelled pictures; drawn ones without any")
    parser.add_argument("--peer-models", type=Path, help="folder with the weights of fast-alpr")
    parser.add_argument(
        "--candidates",
        default=",".join(CANDIDATES),
        help="pipelines with commas between them, each maybe with @provider, and fast-alpr",
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3, help="how often each picture is read")
    parser.add_argument("--cold-starts", type=int, default=3, help="how often each is started afresh")
    parser.add_argument("--limit", type=int, default=60, help="at most so many pictures of each folder")
    parser.add_argument("--held-out", action="store_true", help="only pictures that training never sees")
    parser.add_argument("--drawn", type=int, default=24, help="drawn cars, where no folder is named")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS / "peers.json", help="the JSON to write")
    return parser.parse_args()


def labelled(options: argparse.Namespace, folder: Path) -> list[Labelled]:
    """Return the pictures, drawn into a folder where none are named."""
    if not options.folders:
        cars = vehicle_scenes(options.drawn, options.seed, select(DRAWN_REGIONS))
        write_scenes(folder / "drawn", cars, options.seed)
        return read_index(folder / "drawn")
    rng, chosen = random.Random(options.seed), []
    for place in options.folders:
        found = [x for x in read_index(place) if x.kind == "scene" and any(p.readable for p in x.plates)]
        found = [x for x in found if not options.held_out or held_out(x)]
        chosen += rng.sample(found, min(options.limit, len(found)))
    return chosen


def seat(name: str, options: argparse.Namespace) -> Seat:
    """Start a candidate."""
    models = [str(options.peer_models)] if options.peer_models else []
    command = [sys.executable, "-m", "benchmarks.peers.worker", name, str(options.threads), *models]
    return Seat(name, command, start(command))


def start(command: Sequence[str]) -> "subprocess.Popen[str]":
    """Start a process to be asked line by line."""
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(process: "subprocess.Popen[str]", path: Path) -> dict[str, Any]:
    """Return the answer of a process to a picture; SystemExit where it has died."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{path}\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise SystemExit(f"{' '.join(map(str, process.args))} ended; its message is above")  # type: ignore[arg-type]
    answer: dict[str, Any] = json.loads(line)
    return answer


def compete(seats: Sequence[Seat], pictures: Sequence[Labelled], repeat: int, cold_starts: int) -> None:
    """Let the candidates read, in turns; the first read of each is not counted, cold starts come last."""
    for one in seats:
        one.read(pictures[0].image)
        one.said = [[] for _ in pictures]
    for turn in range(repeat):
        for i, picture in enumerate(pictures):
            shift = (i + turn) % len(seats)
            for one in (*seats[shift:], *seats[:shift]):
                one.said[i].append(one.read(picture.image))
    for one in seats:
        one.process.communicate()
    for _ in range(cold_starts):
        for one in seats:
            begun = clock.ticks()
            process = start(one.command)
            ask(process, pictures[0].image)
            one.cold_ms.append((clock.ticks() - begun) * 1e3)
            process.communicate()


def figures(one: Seat, pictures: Sequence[Labelled]) -> dict[str, Any]:
    """Return the figures of a candidate; of the times of a picture its median counts."""
    truths = [[p.text for p in picture.plates if p.readable and p.text] for picture in pictures]
    texts = [[normalise(text) for text in said[0]["texts"]] for said in one.said]
    plates = sum(map(len, truths))
    return {
        "plates": plates,
        "exact": round(hits(truths, texts) / plates, 4),
        "exact_folded": round(hits(_folded(truths), _folded(texts)) / plates, 4),
        "texts_without_label": sum(map(len, texts)) - hits(truths, texts),
        "cpu_ms": typical(one.said, "cpu_ms"),
        "wall_ms": typical(one.said, "wall_ms"),
        "peak_mb": round(max(said["peak_mb"] for turns in one.said for said in turns), 1),
        "cold_start_ms": round(min(one.cold_ms), 1),
    }


def hits(truths: Sequence[Sequence[str]], texts: Sequence[Sequence[str]]) -> int:
    """Return how many labelled texts were read, each text of a picture answering one."""
    return sum((Counter(truth) & Counter(text)).total() for truth, text in zip(truths, texts, strict=True))


def typical(said: Sequence[Sequence[dict[str, Any]]], key: str) -> float:
    """Return the mean over the pictures of the median over their turns."""
    return round(statistics.fmean(statistics.median(one[key] for one in turns) for turns in said), 2)


def _folded(texts: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[fold(text) for text in some] for some in texts]


def show(result: dict[str, Any]) -> None:
    """Print the result for people."""
    told = ", ".join(f"{count} of {source}" for source, count in result["pictures"].items())
    print(f"{told}; {result['threads']} thread(s), each picture {result['repeat']} times")
    print(f"{result['machine']}\n")
    print(f"{'':<34}{'exact':>8}{'O=0 I=1':>9}{'other':>7}{'CPU ms':>9}{'wall ms':>9}{'MB':>7}{'cold ms':>9}")
    for name, one in result["candidates"].items():
        print(
            f"{name:<34}{one['exact']:>8.1%}{one['exact_folded']:>9.1%}{one['texts_without_label']:>7}"
            f"{one['cpu_ms']:>9.1f}{one['wall_ms']:>9.1f}{one['peak_mb']:>7.0f}{one['cold_start_ms']:>9.0f}"
        )
    for name, reason in result["skipped"].items():
        print(f"{name}: skipped; {reason}")
    if list(result["pictures"]) == ["drawn"]:
        print("Drawn by Platewise itself: exact plates say little; name folders of labelled photographs.")
