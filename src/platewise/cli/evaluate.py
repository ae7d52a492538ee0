"""``platewise evaluate``: how good is a pipeline on labelled pictures?"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from platewise.cli.interrupt import INTERRUPTED, until_interrupt
from platewise.cli.options import takes
from platewise.cli.output import PIPE_WIDTH
from platewise.cli.progress import bar
from platewise.cli.sources import find
from platewise.errors import InputError

if TYPE_CHECKING:
    from platewise.train.index import Labelled
    from platewise.train.measures import Judged
    from platewise.vision.reader import Reader


class Crops(StrEnum):
    """Which pictures go to the recogniser alone."""

    AUTO = "auto"
    NEVER = "never"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line may say."""

    indexes: Annotated[
        list[Path] | None,
        typer.Argument(
            help="index.jsonl files, their folders, or a folder of such folders.", show_default=False
        ),
    ] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
    report: Annotated[
        Path | None,
        typer.Option(help="Write an HTML report with the failures as pictures. It shows real plates."),
    ] = None
    regions: Annotated[str | None, typer.Option(help="Region codes, comma separated: gb,fr.")] = None
    pipeline: Annotated[str | None, typer.Option(help="Name of the pipeline that reads.")] = None
    crops: Annotated[
        Crops,
        typer.Option(help="Skip the detector: where a picture is a plate, never, or for every boxed plate."),
    ] = Crops.AUTO
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Only the pictures that training never sees.")
    ] = False
    negatives: Annotated[
        list[Path], typer.Option(help="Folder of pictures without plates; may be given again.")
    ] = field(default_factory=list)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(takes(Options)(evaluate))


def evaluate(options: Options) -> None:
    """Measure a pipeline on labelled pictures: found, read, sure of it, and how fast."""
    from platewise.train.evaluate import Eyes
    from platewise.train.evaluate import evaluate as judge

    labels = labelled(options)
    scene, crop = (open_reader(options, crops) for crops in (False, True))
    facts = {
        "pipeline": scene.pipeline.name,
        "regions": ",".join(scene.settings.regions) or "all",
        "pictures": "held out of training" if options.held_out else "all",
    }
    judged: list[Judged] = []
    with until_interrupt() as stop:
        for one in judge(bar(labels, "Evaluating"), Eyes(scene, crop, options.crops.value)):
            judged.append(one)
            if stop.asked:
                break
    _print_json(judged, facts) if options.as_json else _print_table(judged)
    if options.report:
        _write_report(judged, facts, options.report)
    if stop.asked:
        raise typer.Exit(INTERRUPTED)
    if any(j.error for j in judged):
        raise typer.Exit(1)


def labelled(options: Options) -> "list[Labelled]":
    """Return the pictures to measure; InputError when there are none."""
    from platewise.train.evaluate import negatives
    from platewise.train.split import held_out

    labels = [label for path in options.indexes or () for label in read_labels(path)]
    if options.held_out:
        labels = [label for label in labels if held_out(label)]
    for folder in options.negatives:
        labels += negatives(folder, [item.path for item in find([str(folder)])])
    if not labels:
        raise InputError("no labelled pictures: name an index.jsonl, its folder, or --negatives FOLDER")
    return labels


def read_labels(path: Path) -> "list[Labelled]":
    """Return the labelled pictures of an index file, of its folder, or of every such folder in a folder."""
    from platewise.train.index import read_index, read_tree

    if not path.exists():
        raise InputError(f"{path}: no such file or folder")
    if path.is_dir() and not (path / "index.jsonl").exists():
        return read_tree(path)
    return read_index(path)


def open_reader(options: Options, crops: bool) -> "Reader":
    """Return the reader that the options ask for, for scenes or for pictures that are plates already."""
    from platewise.vision.reader import Reader

    return Reader(options.regions, options.pipeline, crops=crops)


def _print_json(judged: "Sequence[Judged]", facts: Mapping[str, str]) -> None:
    from platewise.train.measures import confusions, groups, measure

    result = {
        **facts,
        "figures": measure(judged).to_dict(),
        "groups": {name: measure(members).to_dict() for name, members in groups(judged).items()},
        "confusions": confusions(p for j in judged for p in j.pairs),
    }
    print(json.dumps(result, ensure_ascii=False, indent=2))


def _print_table(judged: "Sequence[Judged]") -> None:
    from rich.console import Console
    from rich.table import Table

    from platewise.train.measures import measure
    from platewise.train.report import cells, rows

    named = [(name, cells(figures)) for name, figures in rows(judged)]
    table = Table("group", box=None, header_style="bold", pad_edge=False)
    for heading in named[0][1]:
        table.add_column(heading, justify="right")
    for name, values in named:
        table.add_row(name, *values.values())
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)
    console.print(table)
    figures = measure(judged)
    told = ", ".join(f"{stage} {ms:.1f}" for stage, ms in figures.ms.items())
    console.print(f"\nms a picture: {told or 'not measured'}")
    if figures.error_at_yield:
        errors = ", ".join(
            f"{100 * error:.1f} % at {share}" for share, error in figures.error_at_yield.items()
        )
        console.print(f"error at a yield: {errors}")
    if figures.failed:
        console.print(f"pictures that could not be read: {figures.failed}")


def _write_report(judged: "Sequence[Judged]", facts: Mapping[str, str], folder: Path) -> None:
    from platewise import clock
    from platewise.train.report import WARNING, About, write_report

    about = About("Platewise evaluation", {**facts, "made": f"{clock.now():%Y-%m-%d %H:%M} UTC"})
    try:
        page = write_report(judged, folder, about)
    except OSError as error:
        raise InputError(f"{folder}: cannot write the report: {error}") from error
    print(f"report: {page}\n{WARNING}", file=sys.stderr)
