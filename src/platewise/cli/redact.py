"""``platewise redact``: pictures without their plates."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from platewise.cli.interrupt import INTERRUPTED, until_interrupt
from platewise.cli.options import takes
from platewise.cli.progress import bar
from platewise.cli.sources import STDIN, Item, find, places
from platewise.errors import ImageError, InputError

if TYPE_CHECKING:
    from platewise.vision.reader import Reader

SOME_FAILED = 1
"""The exit code when a picture could not be read; the others were."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line may say."""

    sources: Annotated[list[str], typer.Argument(metavar="SOURCES", help="Pictures, folders, globs.")]
    out: Annotated[Path, typer.Option(help="Folder for the pictures without plates, as JPEG.")]
    how: Annotated[Literal["blur", "fill"], typer.Option(help="Blur the plates or paint them over.")] = "blur"
    margin: Annotated[
        float, typer.Option(min=0, max=2, help="How much larger than the plate, as a share.")
    ] = 0.2
    pipeline: Annotated[str | None, typer.Option(help="Name of the pipeline that finds the plates.")] = None


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(takes(Options)(redact))


def redact(options: Options) -> None:
    """Write pictures with their number plates made unreadable, and without metadata."""
    from platewise.vision import environment
    from platewise.vision.reader import Reader

    items = find(options.sources)
    reader = Reader(pipeline=options.pipeline, settings=environment.settings())
    failed = False
    with until_interrupt() as stop:
        for item, place in zip(bar(items, "Hiding plates"), places(items), strict=True):
            try:
                print(f"{item.name}: {_hide(reader, item, options, place)} hidden")
            except ImageError as error:
                failed = True
                print(error, file=sys.stderr)
            if stop.asked:
                raise typer.Exit(INTERRUPTED)
    if failed:
        raise typer.Exit(SOME_FAILED)


def _hide(reader: "Reader", item: Item, options: Options, place: Path) -> int:
    """Write one picture without its plates and return how many places were hidden."""
    from platewise.vision.decode import decode
    from platewise.vision.encode import jpeg
    from platewise.vision.redact import places, redact

    if item.problem:
        raise ImageError(f"{item.name}: {item.problem}")
    source = sys.stdin.buffer.read() if item.name == STDIN else item.path
    frame = decode(source, reader.settings)
    quads = places(reader.pipeline, frame)
    path = options.out / f"{place}.jpg"
    if path.exists():
        raise InputError(f"{path} is there already; name another folder with --out")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(redact(frame.pixels, quads, options.how, options.margin)))
    except OSError as error:
        raise InputError(f"{path}: cannot write: {error}") from error
    return len(quads)
