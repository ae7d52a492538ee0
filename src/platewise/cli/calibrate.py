"""``platewise calibrate``: from which confidence on may a read be taken unseen?"""

import json
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from platewise.cli.interrupt import INTERRUPTED, until_interrupt
from platewise.cli.options import takes
from platewise.cli.progress import bar
from platewise.errors import InputError

if TYPE_CHECKING:
    from platewise.register.decision import Calibration, Promise
    from platewise.train.calibrate import Judged, Wanted
    from platewise.train.calibrate_report import Report
    from platewise.train.index import Labelled


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line may say."""

    sources: Annotated[
        list[Path],
        typer.Argument(
            help="corrections.zip files, index.jsonl files, their folders, or a folder of such. "
            "The reviewed reads of the server's own database if none is given."
        ),
    ] = field(default_factory=list)
    error: Annotated[float, typer.Option(help="The share of wrong reads to promise.")] = 0.005
    confidence: Annotated[float, typer.Option(help="The probability with which it must hold.")] = 0.95
    reject: Annotated[
        float, typer.Option(help="Reads with a smaller probability to be right are not worth a look.")
    ] = 0.05
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
    out: Annotated[Path | None, typer.Option(help="Write the calibration as TOML.")] = None
    plot: Annotated[
        Path | None, typer.Option(help="Draw reliability and yield, as .png or .svg; needs the extra plot.")
    ] = None
    held_out: Annotated[
        bool,
        typer.Option("--held-out", help="Of pictures that are read again, only those training never sees."),
    ] = False
    regions: Annotated[str | None, typer.Option(help="Region codes, comma separated: gb,fr.")] = None
    pipeline: Annotated[str | None, typer.Option(help="Name of the pipeline that reads.")] = None
    apply: Annotated[
        bool, typer.Option("--apply", help="Let it hold for what the server reads from now on.")
    ] = False
    show: Annotated[bool, typer.Option("--show", help="Only print the calibration that holds.")] = False
    take_back: Annotated[
        bool, typer.Option("--take-back", help="Only take the calibration that holds back.")
    ] = False


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(takes(Options)(calibrate))


def calibrate(options: Options) -> None:
    """Learn from reviewed reads what a confidence is worth, and from which one on an error is promised."""
    from platewise.cli import calibrated
    from platewise.register.decision import to_toml
    from platewise.train.calibrate import Wanted
    from platewise.train.calibrate import calibrate as learn
    from platewise.train.calibrate_report import draw, report

    if options.show or options.take_back:
        calibrated.show() if options.show else calibrated.take_back()
        return
    shares = (options.error, options.confidence)
    if not all(0 < share < 1 for share in shares) or not 0 <= options.reject < 1:
        raise InputError("--error, --confidence and --reject are shares between 0 and 1")
    wanted = Wanted(options.error, options.confidence, options.reject)
    judged = _judged(options) if options.sources else calibrated.judged()
    if not any(one.confidence for one in judged):
        raise InputError(
            "no reviewed reads: review some on the server, or name corrections.zip files or labelled pictures"
        )
    learned = learn(judged, wanted)
    worth = report(judged, learned, wanted)
    if options.plot:
        draw(judged, learned, options.plot)
    if options.out:
        _write(options.out, to_toml(learned))
    _print_json(learned, worth) if options.as_json else _print_table(learned, worth, wanted)
    if options.apply:
        calibrated.apply(learned)


def _judged(options: Options) -> "list[Judged]":
    """Return the reviewed reads of all sources, those that tell no confidence read again."""
    from platewise.train.calibrate_data import indexes, told, untold
    from platewise.train.split import held_out

    with tempfile.TemporaryDirectory(prefix="platewise-") as scratch:
        places = [
            index
            for number, source in enumerate(options.sources)
            for index in indexes(source, Path(scratch) / str(number))
        ]
        found = [one for index in places for one in told(index)]
        silent = [
            label for index in places for label in untold(index) if not options.held_out or held_out(label)
        ]
        return found + (_read_again(silent, options) if silent else [])


def _read_again(labels: "list[Labelled]", options: Options) -> "list[Judged]":
    from platewise.train.calibrate_data import read_again
    from platewise.train.evaluate import Eyes
    from platewise.vision.reader import Reader

    scene, crop = (Reader(options.regions, options.pipeline, crops=crops) for crops in (False, True))
    found: list[Judged] = []
    with until_interrupt() as stop:
        for judged in read_again(bar(labels, "Reading"), Eyes(scene, crop)):
            found += judged
            if stop.asked:
                raise typer.Exit(INTERRUPTED)
    return found


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error}") from error
    print(f"calibration: {path}", file=sys.stderr)


def _print_json(learned: "Calibration", worth: "Report") -> None:
    print(json.dumps({"calibration": learned.model_dump(), "report": worth.to_dict()}, indent=2))


def _print_table(learned: "Calibration", worth: "Report", wanted: "Wanted") -> None:
    print(_said("all cameras", learned.promise, wanted))
    for name, rule in sorted(learned.cameras.items()):
        if rule.promise:
            print(_said(name, rule.promise, wanted))
    print(f"\n{'promised error':>14} {'taken':>8} {'wrong':>8} {'at most':>8} {'from':>8}")
    for one in worth.yields:
        figures = (f"{share:8.2%}" for share in (one.taken, one.wrong, one.bound))
        shown = " ".join(figures) + f" {one.auto:8.4f}" if one.auto is not None else "nothing can be promised"
        print(f"{one.error:14.2%} {shown}")
    print(f"\n{'camera':24} {'reads':>7} {'right':>8} {'gap before':>11} {'after':>8}")
    for name, one_worth in {"all": worth.all, **worth.cameras}.items():
        gaps = f"{one_worth.gap_before:11.2%} {one_worth.gap_after:8.2%}"
        print(f"{name[:24]:24} {one_worth.reads:7} {one_worth.right:8.2%} {gaps}")


def _said(name: str, promise: "Promise", wanted: "Wanted") -> str:
    if promise.auto is None:
        few = promise.reads < wanted.needed
        why = f"it takes {wanted.needed}, all of them right" if few else "too many of the surest are wrong"
        return f"{name}: an error of {promise.error:.2%} cannot be promised of {promise.reads} reads: {why}"
    taken = f"{promise.taken / promise.reads:.1%} of the reads, from probability {promise.auto:.4f}"
    held = f"with {promise.confidence:.0%} confidence ({promise.wrong} of {promise.taken} were)"
    return f"{name}: take {taken}; at most {promise.error:.2%} of them are wrong, {held}"
