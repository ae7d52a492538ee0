"""``platewise synth video``: drawn traffic with its truth, to measure cameras without private footage."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from platewise.cli.options import takes
from platewise.cli.regions import chosen
from platewise.errors import InputError


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line may say."""

    out: Annotated[Path, typer.Argument(help="The MP4 to write; its truth goes beside, as .jsonl.")]
    vehicles: Annotated[int, typer.Option(min=1, help="How many vehicles pass.")] = 300
    lanes: Annotated[int, typer.Option(min=1, max=6, help="Lanes side by side.")] = 3
    receding: Annotated[int, typer.Option(min=0, help="So many lanes, from the left, lead away.")] = 0
    fps: Annotated[float, typer.Option(min=1, max=120, help="Frames a second.")] = 25.0
    speed: Annotated[float, typer.Option(min=1, max=300, help="Mean speed, km/h.")] = 80.0
    size: Annotated[str, typer.Option(help="Width x height, px.")] = "1280x720"
    night: Annotated[bool, typer.Option("--night", help="Dark, noisy, lamps lit.")] = False
    rain: Annotated[bool, typer.Option("--rain", help="Grey, with streaks.")] = False
    boxes: Annotated[bool, typer.Option("--boxes", help="Tell each plate's box in every frame.")] = False
    seed: Annotated[int, typer.Option(help="The same seed draws the same traffic.")] = 0
    regions: Annotated[str, typer.Option(help="Region codes with commas; all without it.")] = ""


def register(synth: typer.Typer) -> None:
    """Add the command to ``platewise synth``."""
    synth.command()(takes(Options)(video))


def video(options: Options) -> None:
    """Draw traffic on a road of several lanes, as a video with the truth of every plate."""
    from platewise.cli.progress import bar
    from platewise.ingest.recorder import recording
    from platewise.synth.road import Road
    from platewise.synth.traffic import Traffic
    from platewise.synth.video import Film, Sky

    road = Road(options.lanes, *_size(options.size))
    traffic = Traffic(options.vehicles, road, options.fps, options.speed, options.receding, options.seed)
    film = Film(traffic, chosen(options.regions), Sky(options.night, options.rain))
    with recording(options.out, options.fps) as recorder:
        shots = iter(film)
        for number in bar(range(len(film)), "Drawing"):
            recorder.write(next(shots).pixels, number / options.fps)
    truth = options.out.with_suffix(".jsonl")
    lines = [json.dumps(line, ensure_ascii=False) + "\n" for line in film.truths(options.boxes)]
    truth.write_text("".join(lines), encoding="utf-8")
    print(f"{options.vehicles} vehicles in {len(film)} frames: {options.out}, truth in {truth}")


def _size(text: str) -> tuple[int, int]:
    if not (given := re.fullmatch(r"(\d{3,4})x(\d{3,4})", text)):
        raise InputError(f"a size is like 1280x720, not {text!r}")
    return int(given[1]) // 2 * 2, int(given[2]) // 2 * 2
