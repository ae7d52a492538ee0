"""``platewise alpr``: the options and the output of OpenALPR's command, for the scripts that call it."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from platewise import clock
from platewise.cli.options import takes
from platewise.cli.sources import STDIN, find
from platewise.errors import ImageError, InputError

if TYPE_CHECKING:
    from platewise.vision.reader import Reader

SOME_FAILED = 1
"""The exit code when a picture could not be read; the others were."""
VIDEOS = frozenset({".mp4", ".avi", ".mkv", ".mov", ".m4v", ".webm", ".mjpg", ".mjpeg"})
_NO_EFFECT = "Taken, as OpenALPR takes it; changes nothing here."


@dataclass(frozen=True, slots=True)
class Options:
    """What OpenALPR's command line may say."""

    files: Annotated[
        list[str],
        typer.Argument(metavar="FILES", help="Pictures, folders, globs; - takes names from standard input."),
    ]
    country: Annotated[
        str | None, typer.Option("--country", "-c", help="Data set to expect, such as eu, us or gb.")
    ] = None
    topn: Annotated[int, typer.Option("--topn", "-n", min=1, max=50, help="Candidates of each plate.")] = 10
    pattern: Annotated[
        str | None, typer.Option("--pattern", "-p", help="Compare candidates with this region's formats.")
    ] = None
    detect_region: Annotated[
        bool, typer.Option("--detect_region", "-d", help="Also tell the region of each plate.")
    ] = False
    as_json: Annotated[bool, typer.Option("--json", "-j", help="Print JSON, one line a picture.")] = False
    clock: Annotated[bool, typer.Option("--clock", help="Also tell how long it took.")] = False
    config: Annotated[Path | None, typer.Option("--config", help=_NO_EFFECT)] = None
    seek: Annotated[int, typer.Option("--seek", help=_NO_EFFECT)] = 0
    motion: Annotated[bool, typer.Option("--motion", help=_NO_EFFECT)] = False


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(takes(Options)(alpr))


def alpr(options: Options) -> None:
    """Read plates with the options and the output of OpenALPR's `alpr`."""
    from platewise.dialects.countries import data_sets
    from platewise.vision import environment
    from platewise.vision.reader import Reader

    regions = data_sets((options.country or "").split(","))
    reader = Reader(regions, top=options.topn, settings=environment.settings())
    failed = False
    for item in find(list(_names(options.files))):
        try:
            if item.problem:
                raise ImageError(f"{item.name}: {item.problem}")
            _show(reader, item.path, options)
        except ImageError as error:
            failed = True
            print(error, file=sys.stderr)
    if failed:
        raise typer.Exit(SOME_FAILED)


def _show(reader: "Reader", path: Path, options: Options) -> None:
    """Print what is read in a picture."""
    from platewise.dialects import openalpr
    from platewise.dialects.countries import ours

    if path.suffix.lower() in VIDEOS:
        raise InputError(f"{path} is a video: platewise watch reads those")
    reads = reader.read(path)
    region = ours(options.pattern) if options.pattern else None
    size, at = (reads.width or 0, reads.height or 0), openalpr.epoch(clock.now())
    shot = openalpr.Shot(*size, at, reads.ms["total"], options.topn, region)
    if options.as_json:
        print(json.dumps(openalpr.results(reads, shot), ensure_ascii=False))
        return
    for line in openalpr.lines(reads, shot, options.detect_region, options.clock):
        print(line)


def _names(files: list[str]) -> Iterator[str]:
    for name in files:
        if name in (STDIN, "stdin"):
            lines = map(os.fsdecode, sys.stdin.buffer)  # as the names of arguments are
            yield from (line.strip() for line in lines if line.strip())
        else:
            yield name
