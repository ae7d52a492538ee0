"""``platewise synth scenes`` and ``platewise synth backgrounds``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from platewise.cli.regions import chosen
from platewise.errors import InputError


def register(synth: typer.Typer) -> None:
    """Add the two commands to ``platewise synth``."""
    synth.command()(scenes)
    synth.command()(backgrounds)


def scenes(
    out: Annotated[Path, typer.Argument(help="Folder for the pictures and their index.jsonl.")],
    count: Annotated[int, typer.Option("--count", min=1, help="How many.")] = 100,
    seed: Annotated[int, typer.Option("--seed", help="The same seed draws the same scenes.")] = 0,
    regions: Annotated[str, typer.Option("--regions", help="Region codes with commas; all without it.")] = "",
    backgrounds: Annotated[
        Path | None,
        typer.Option("--backgrounds", help="Folder of pictures without plates; drawn without it."),
    ] = None,
    vehicles: Annotated[
        bool, typer.Option("--vehicles", help="Streets with one drawn car each, the regions in turn.")
    ] = False,
) -> None:
    """Write scenes with drawn plates as JPEG, with an index of their true corners and texts."""
    from platewise.cli.progress import bar
    from platewise.synth import scenes as data

    wanted = chosen(regions)
    if vehicles and backgrounds:
        raise InputError("--vehicles draws its own streets: leave --backgrounds out")
    drawn = (
        data.vehicle_scenes(count, seed, wanted)
        if vehicles
        else data.scenes(count, seed, wanted, backgrounds)
    )
    shown = (scene for _, scene in zip(bar(range(count), "scenes"), drawn, strict=True))
    print(f"{data.write_scenes(out, shown, seed)} scenes in {out}")


def backgrounds(
    paths: Annotated[
        list[Path], typer.Argument(help="[ARCHIVE] OUT: a .tar or .tar.gz of pictures; a folder.")
    ],
    drawn: Annotated[int, typer.Option("--drawn", min=0, help="Draw so many instead of an archive.")] = 0,
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="Take at most so many of the archive.")
    ] = 20_000,
    longest: Annotated[int, typer.Option("--longest", min=32, help="Their longest side, px.")] = 640,
    seed: Annotated[int, typer.Option("--seed", help="The same seed draws the same pictures.")] = 0,
) -> None:
    """Fill a folder with pictures without plates: from an archive such as SUN397.tar, or drawn.

    The archive is streamed, never unpacked. A run that was stopped goes on where it was.
    """
    from platewise.cli.progress import bar
    from platewise.synth import backgrounds as data

    *archives, out = paths
    if bool(drawn) == bool(archives) or len(archives) > 1:
        raise InputError("give an archive and a folder, or --drawn and a folder")
    if archives and not archives[0].is_file():
        raise InputError(f"{archives[0]}: no such file")
    if drawn:
        written = data.write_drawn(out, bar(range(drawn), "backgrounds"), seed)
    else:
        with _meter(archives[0].stat().st_size) as progress:
            written = data.extract(archives[0], out, limit, longest, progress)
    print(f"{written} backgrounds in {out}")


@contextmanager
def _meter(size: int) -> Iterator[Callable[[int], None]]:
    """Show how far an archive of ``size`` bytes is read, on a terminal only."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("backgrounds", total=size)
        yield lambda read: progress.update(task, completed=read)
