"""``platewise compare``: every pipeline over the same labelled pictures, on one page."""

import random
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from platewise.cli.evaluate import read_labels
from platewise.cli.options import takes
from platewise.cli.regions import chosen
from platewise.errors import InputError

if TYPE_CHECKING:
    from platewise.regions.library import Region
    from platewise.settings import Settings
    from platewise.train.compare import Trial
    from platewise.train.index import Labelled
    from platewise.train.report import About

DRAWN_REGIONS = "gb,de,fr,pl,br,us,cn,in"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line may say."""

    out: Annotated[Path, typer.Option(help="Folder for the page, its pictures and the drawn sets.")]
    indexes: Annotated[
        list[Path] | None,
        typer.Argument(help="index.jsonl files or folders, as for evaluate.", show_default=False),
    ] = None
    pipelines: Annotated[
        str | None, typer.Option(help="Names with commas between them; every pipeline without it.")
    ] = None
    drawn: Annotated[
        int, typer.Option(min=0, help="Draw so many pictures of each hard set, and compare on them too.")
    ] = 0
    drawn_regions: Annotated[str, typer.Option(help="What the drawn cars carry, in turn.")] = DRAWN_REGIONS
    limit: Annotated[
        int, typer.Option(min=0, help="At most so many pictures of each folder, chosen by --seed; 0 is all.")
    ] = 0
    seed: Annotated[int, typer.Option(help="The same seed draws and chooses the same pictures.")] = 0
    regions: Annotated[str | None, typer.Option(help="Region codes, comma separated: gb,fr.")] = None
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Only the pictures that training never sees.")
    ] = False
    texts_of: Annotated[
        str, typer.Option(help="Only pictures with a text that fits a format of these regions: gb,ie.")
    ] = ""
    excluded: Annotated[list[str], typer.Option("--without", help="Leave a pipeline out.")] = field(
        default_factory=list
    )


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(takes(Options)(compare))


def compare(options: Options) -> None:
    """Compare pipelines: what they find and read, under which conditions, how fast, how they fail."""
    from platewise.train.compare import drawn_sets, seen_under, trials
    from platewise.train.compare_page import Comparison, write_page

    settings, names = _settings(options), _names(options)
    real = _chosen(options)
    labels = list(real)
    if options.drawn:
        regions = chosen(options.drawn_regions)
        labels += drawn_sets(options.out / "drawn", options.drawn, options.seed, regions)
    if not labels:
        raise InputError("nothing to compare on: name labelled folders, or --drawn N")
    found = trials(names, labels, settings, lambda name: print(f"{name}: done", file=sys.stderr))
    page = write_page(Comparison(found, seen_under(labels), bool(real)), options.out, _about(options, labels))
    _print(found)
    print(f"page: {page}", file=sys.stderr)


def _settings(options: Options) -> "Settings":
    from platewise.vision import environment

    settings = environment.settings()
    codes = tuple(code.strip() for code in (options.regions or "").split(",") if code.strip())
    return replace(settings, regions=codes or settings.regions)


def _names(options: Options) -> list[str]:
    from platewise.vision.registry import pipelines

    known = pipelines()
    named = [name.strip() for name in (options.pipelines or "").split(",") if name.strip()]
    wanted = named or sorted(known.names(), key=lambda name: name != "yolo-attention")
    for name in (*wanted, *options.excluded):
        known.get(name)
    left = [name for name in wanted if name not in options.excluded]
    if not left:
        raise InputError("nothing to compare: --without leaves every pipeline out")
    return left


def _chosen(options: Options) -> "list[Labelled]":
    from platewise.train.split import held_out

    labels = [label for path in options.indexes or () for label in read_labels(path)]
    if options.held_out:
        labels = [label for label in labels if held_out(label)]
    if options.texts_of:
        wanted = chosen(options.texts_of)
        labels = [label for label in labels if any(_fits(plate.text, wanted) for plate in label.plates)]
    if not options.limit:
        return labels
    by_source: dict[str, list[Labelled]] = {}
    for label in labels:
        by_source.setdefault(label.source, []).append(label)
    rng = random.Random(options.seed)
    return [x for some in by_source.values() for x in rng.sample(some, min(options.limit, len(some)))]


def _fits(text: str | None, regions: "tuple[Region, ...]") -> bool:
    return text is not None and any(region.match(text) for region in regions)


def _about(options: Options, labels: "list[Labelled]") -> "About":
    from platewise import clock
    from platewise.train.record import commit
    from platewise.train.report import About

    facts = {
        "made": f"{clock.now():%Y-%m-%d %H:%M} UTC",
        "commit": commit()[:12],
        "pictures": str(len(labels)),
        "regions expected": options.regions or "all",
        "seed": str(options.seed),
    }
    return About("Pipelines compared", facts)


def _print(found: "list[Trial]") -> None:
    from platewise.train.compare_page import overall

    print(
        "pipeline,pictures,plates,found,found_of_texts,texts,read,read_range,folded,signs,false,ms,cpu_ms,memory_mib"
    )
    for trial in found:
        print(",".join(overall(trial)) if not trial.error else f"{trial.pipeline},not run: {trial.error}")
