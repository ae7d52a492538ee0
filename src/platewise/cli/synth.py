"""``platewise synth ...``: draws plates, with true corners and texts, for training, checks and the eye."""

import random
from pathlib import Path
from typing import Annotated

import typer

from platewise.cli import synth_scenes, synth_video
from platewise.cli.regions import chosen

REGIONS = typer.Option("--regions", help="Region codes with commas between them; all without it.")
COUNT = typer.Option("--count", min=1, help="How many.")
SEED = typer.Option("--seed", help="The same seed draws the same plates.")


def register(app: typer.Typer) -> None:
    """Add the verb and its parts."""
    synth = typer.Typer(no_args_is_help=True, help="Draw plates for training and checks.")
    synth.command()(plates)
    synth.command()(sheet)
    synth.command()(windows)
    synth_scenes.register(synth)
    synth_video.register(synth)
    app.add_typer(synth, name="synth")


def plates(
    out: Annotated[Path, typer.Argument(help="Folder for the pictures and their index.jsonl.")],
    count: Annotated[int, COUNT] = 100,
    seed: Annotated[int, SEED] = 0,
    regions: Annotated[str, REGIONS] = "",
    degraded: Annotated[bool, typer.Option("--degraded", help="As a bad camera sees them.")] = False,
) -> None:
    """Write drawn plates as PNG with an index of their true corners and texts."""
    from platewise.synth.cache import plate_at
    from platewise.synth.degrade import snapshots
    from platewise.synth.files import write_plates

    wanted = chosen(regions)
    drawn = (plate_at(seed, i, wanted) for i in range(count))
    print(f"{write_plates(out, snapshots(drawn, seed) if degraded else drawn)} plates in {out}")


def sheet(
    out: Annotated[Path, typer.Option("--out", help="The PNG to write.")] = Path("sheet.png"),
    count: Annotated[int, COUNT] = 64,
    seed: Annotated[int, SEED] = 0,
    regions: Annotated[str, REGIONS] = "",
    beside: Annotated[
        Path | None, typer.Option("--beside", help="Folder of real pictures to compare.")
    ] = None,
) -> None:
    """Draw a contact sheet: plates, below them their photographs, below these real ones."""
    from platewise.synth.cache import plate_at
    from platewise.synth.files import pictures, write_png
    from platewise.synth.sheet import contact_sheet, plate_rows

    wanted = chosen(regions)
    drawn = [plate_at(seed, i, wanted) for i in range(count)]
    real = list(pictures(beside)) if beside else []
    random.Random(seed).shuffle(real)
    write_png(out, contact_sheet(plate_rows(drawn, seed, columns=8, real=real)))
    print(f"{count} plates on {out}")


def windows(
    out: Annotated[Path, typer.Argument(help="Folder for the pictures.")],
    count: Annotated[int, COUNT] = 1000,
    seed: Annotated[int, SEED] = 0,
    regions: Annotated[str, REGIONS] = "gb",
    backgrounds: Annotated[
        Path | None,
        typer.Option("--backgrounds", help="Folder of pictures without plates; drawn without it."),
    ] = None,
) -> None:
    """Write 128x64 windows named by number, text and whether the plate is wholly there."""
    from platewise.synth import windows as data

    shots = data.windows(count, seed, chosen(regions), backgrounds)
    print(f"{data.write_windows(out, shots)} windows in {out}")
