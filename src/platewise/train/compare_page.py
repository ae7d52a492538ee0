"""The comparison as one HTML page, with a folder of pictures where failures are shown."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platewise.errors import ImageError, MissingExtra
from platewise.train.binomial import interval
from platewise.train.compare import Cell, Conditions, Trial, by_condition, by_set, classes_of
from platewise.train.conditions import UNKNOWN
from platewise.train.failures import Failure, Kind, failures, picture, save
from platewise.train.report import PAGE, PICTURES, WARNING, About, share

TEMPLATES = Path(__file__).parent / "templates"
NOTES = {
    "region": "The region of the label; “mixed” where a set does not say it.",
    "size": "Width of the plate in its picture.",
    "blur": "Mean step from px to px along the signs, for the plate's contrast.",
    "angle": "How far the plate is off the horizon, where its corners are labelled.",
    "light": "Brightness of the plate's ground.",
}
"""The conditions in the order of the page, and what each means."""
SHOWN = 6
"""Failures of each pipeline that are shown."""
FAILURE_KINDS = ((Kind.WRONG, 4), (Kind.MISSED, 2))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that the page tells; ``private``: pictures of real plates may be in it."""

    trials: Sequence[Trial]
    seen: Conditions
    private: bool


def write_page(comparison: Comparison, folder: Path, about: About) -> Path:
    """Write the page and its pictures into a folder and return the page's path."""
    pictures = folder / PICTURES
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("*.jpg"):
        old.unlink()
    from platewise.train import compare_plots as plots

    done = [trial for trial in comparison.trials if not trial.error]
    page = folder / PAGE
    text = _template().render(
        title=about.title,
        facts=about.facts,
        warning=WARNING if comparison.private else "",
        pipelines=[trial.pipeline for trial in done],
        failed=[trial for trial in comparison.trials if trial.error],
        overall=[overall(trial) for trial in done],
        plots=[_safe(svg) for svg in plots.overview(done)] if done else [],
        sets={"rows": rows([by_set(trial) for trial in done])},
        parts=[_part(name, done, comparison.seen) for name in NOTES],
        failures=[failed(trial, pictures) for trial in done],
    )
    page.write_text(text, encoding="utf-8")
    return page


def overall(trial: Trial) -> list[str]:
    """Return a pipeline's row of the first table."""
    figures = trial.figures
    pictures = max(1, figures.images - figures.failed)
    false = sum(bool(read.plate) for judged in trial.judged for read in judged.surplus) / pictures
    return [
        trial.pipeline,
        str(figures.images),
        str(figures.plates),
        share(figures.detection["0.5"]["recall"]),
        share(figures.detection["0.5"]["recall_of_texts"]),
        str(figures.texts),
        share(figures.exact),
        _range(trial),
        share(figures.exact_folded),
        share(figures.character_accuracy),
        f"{false:.2f}",
        f"{figures.ms.get('total', 0):.0f}",
        f"{figures.ms.get('cpu', 0):.0f}",
        "–" if trial.resident is None else f"{trial.resident:.0f}",
    ]


def _range(trial: Trial) -> str:
    """Return in which range the share read is, but for one case in twenty: few plates say little."""
    told = [pair.exact for judged in trial.judged for pair in judged.pairs if pair.truth]
    low, high = interval(sum(told), len(told)) if told else (0.0, 1.0)
    return f"{100 * low:.0f}–{100 * high:.0f}"


def rows(cells: Sequence[Mapping[str, Cell]]) -> list[dict[str, Any]]:
    """Return the rows of a table of classes: of each the cell of every pipeline, the best reader marked."""
    names = list(dict.fromkeys(name for by_class in cells for name in by_class))
    return [_row(name, [by_class[name] for by_class in cells if name in by_class]) for name in names]


def failed(trial: Trial, folder: Path) -> dict[str, Any]:
    """Return how often a pipeline failed in which way, and typical failures, their pictures written."""
    found = failures(trial.judged)
    counts = Counter(failure.kind for failure in found)
    chosen = [f for kind, most in FAILURE_KINDS for f in _typical(found, kind, most)]
    cards = [_card(f, folder, f"{trial.pipeline}-{i}.jpg".replace("/", "_")) for i, f in enumerate(chosen)]
    return {
        "pipeline": trial.pipeline,
        "wrong": counts[Kind.WRONG],
        "missed": counts[Kind.MISSED],
        "false": counts[Kind.FALSE],
        "cards": cards,
    }


def _typical(found: Iterable[Failure], kind: Kind, most: int) -> list[Failure]:
    """Return the surest failures of a kind, of as many sources as there are."""
    by_source: dict[str, list[Failure]] = {}
    for failure in found:
        if failure.kind is kind:
            by_source.setdefault(failure.source, []).append(failure)
    turns = [queue[turn] for turn in range(most) for queue in by_source.values() if turn < len(queue)]
    return turns[:most]


def _card(failure: Failure, folder: Path, name: str) -> dict[str, str]:
    read = failure.read
    try:
        save(picture(failure), folder / name)
        shown = f"{PICTURES}/{name}"
    except ImageError:
        shown = ""
    return {
        "picture": shown,
        "kind": str(failure.kind),
        "truth": failure.truth or "?",
        "read": read.plate.text if read and read.plate else "–",
        "confidence": f"{read.confidence:.0%}" if read and read.plate else "",
        "source": f"{failure.source}/{failure.image.name}",
        "reasons": ", ".join(read.explain[:2]) if read else "",
    }


def _part(name: str, done: Sequence[Trial], seen: Conditions) -> dict[str, Any]:
    from platewise.train import compare_plots as plots

    cells = {trial.pipeline: by_condition(trial, seen, name) for trial in done}
    plotted = len([label for label in classes_of(done, seen, name) if label != UNKNOWN]) > 1
    return {
        "name": name,
        "note": NOTES[name],
        "rows": rows(list(cells.values())),
        "plot": _safe(plots.condition(name, cells)) if plotted else "",
    }


def _row(name: str, cells: Sequence[Cell]) -> dict[str, Any]:
    best = max((c.exact for c in cells if c.exact is not None), default=None)
    told = [
        {"text": f"{_percent(c.found)} / {_percent(c.exact)}", "best": best is not None and c.exact == best}
        for c in cells
    ]
    return {"name": name, "plates": cells[0].plates, "texts": cells[0].texts, "cells": told}


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f}"


def _template() -> Any:
    try:
        import jinja2
    except ModuleNotFoundError as error:
        raise MissingExtra("the page of the comparison (Jinja2)", "classic") from error
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("compare.html")


def _safe(svg: str) -> Any:
    """Return a drawing of our own as it stands."""
    from markupsafe import Markup

    return Markup(svg)  # noqa: S704  # matplotlib made it
