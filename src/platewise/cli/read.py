"""``platewise read``: the plates of pictures, as a table, JSON, JSON lines or CSV."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from platewise.cli.interrupt import INTERRUPTED, until_interrupt
from platewise.cli.options import takes
from platewise.cli.output import Format, Record, appending, writer
from platewise.cli.progress import bar
from platewise.cli.reading import Reading
from platewise.cli.sources import STDIN, Item, find, places
from platewise.errors import ImageError, InputError

if TYPE_CHECKING:
    from platewise.vision.reader import Reader
    from platewise.vision.reads import Reads

SOME_FAILED = 1
"""The exit code when a picture could not be read; the others were."""


@dataclass(frozen=True, slots=True)
class Options(Reading):
    """What the command line may say."""

    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCES", help="Pictures, folders, globs, or - for standard input."),
    ]
    form: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TABLE
    csv: Annotated[Path | None, typer.Option(help="Append the reads to this CSV file.")] = None
    annotate: Annotated[
        Path | None, typer.Option(help="Write the pictures with their plates drawn in here.")
    ] = None
    debug: Annotated[Path | None, typer.Option(help="Write a picture of every stage here.")] = None


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(takes(Options)(read))


def read(options: Options) -> None:
    """Read the number plates in pictures."""
    items = find(options.sources)
    run = Run(options, open_reader(options), items)
    with ExitStack() as stack:
        sinks = [stack.enter_context(closing(writer(options.form, sys.stdout)))]
        if options.csv:
            sinks.append(stack.enter_context(appending(options.csv)))
        stop = stack.enter_context(until_interrupt())
        failed = 0
        for item in bar(items, "Reading", shown=options.form is Format.TABLE or not sys.stdout.isatty()):
            record = run.record(item)
            failed += record["error"] is not None
            for sink in sinks:
                sink.write(record)
            if stop.asked:
                break
    if stop.asked or failed:
        raise typer.Exit(INTERRUPTED if stop.asked else SOME_FAILED)


def open_reader(options: Options) -> "Reader":
    """Return the reader that the options ask for."""
    from platewise.vision.reader import Reader

    settings = options.settings()
    return Reader(options.regions, options.pipeline, top=options.top, crops=options.crops, settings=settings)


class Run:
    """Reads pictures one by one, and writes the extra pictures that were asked for."""

    def __init__(self, options: Options, reader: "Reader", items: Sequence[Item]) -> None:
        """Prepare a run; InputError where one of its pictures would be drawn over."""
        self._options, self._reader = options, reader
        self._places = dict(zip(items, places(items), strict=True))
        if options.annotate:
            _spare(items, [_jpeg(options.annotate, place) for place in self._places.values()])
        self._stdin = _standard_input(items)

    def record(self, item: Item) -> Record:
        """Return one picture's record; what is wrong with the picture is in ``error``."""
        if item.problem:
            return _failed(item, item.problem)
        source = self._stdin if item.name == STDIN else item.path
        try:
            reads = self._reader.read(source)
        except ImageError as error:
            return _failed(item, str(error))
        self._pictures(item, source, reads)
        return {**reads.to_dict(), "image": item.name}

    def _pictures(self, item: Item, source: bytes | Path, reads: "Reads") -> None:
        place = self._places[item]
        if self._options.annotate:
            drawn = _jpeg(self._options.annotate, place)
            _writing(drawn.parent, lambda: reads.save(drawn))
        if self._options.debug:
            from platewise.vision.stages import save_stages

            folder = self._options.debug / place
            _writing(folder, lambda: save_stages(source, reads, self._reader, folder))


def _jpeg(folder: Path, place: Path) -> Path:
    return folder / f"{place}.jpg"


def _spare(items: Sequence[Item], drawn: Sequence[Path]) -> None:
    """Raise InputError where a drawn picture would take the place of one that is read or of its neighbour."""
    read = {os.path.realpath(item.name): item for item in items if item.name != STDIN}
    homes = {os.path.dirname(path) for path, item in read.items() if not item.problem}
    for path in drawn:
        real = os.path.realpath(path)
        if real in read or (os.path.dirname(real) in homes and os.path.exists(real)):
            raise InputError(f"{path} is there already, among the pictures to read: name another folder")


def _writing(folder: Path, write: Callable[[], None]) -> None:
    """Call ``write`` in a folder that is there; InputError when that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write()
    except OSError as error:
        raise InputError(f"{folder}: cannot write: {error}") from error


def _failed(item: Item, problem: str) -> Record:
    from platewise.vision.reads import Reads

    return Reads.failed(item.name, problem).to_dict()


def _standard_input(items: Sequence[Item]) -> bytes:
    return sys.stdin.buffer.read() if any(item.name == STDIN for item in items) else b""
