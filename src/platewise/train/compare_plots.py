"""The plots of the comparison, as SVG to be put into a page."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from platewise.train.compare import Cell, Trial
from platewise.train.conditions import ORDER, UNKNOWN

COLOURS = ("#1769d2", "#c2571a", "#1f8a4c", "#8b3fb0", "#7a6a12", "#0f7f8c", "#b0215c")
"""One a pipeline, in their order: told apart on paper and by the colour-blind."""
ASIDE = 0.07
"""From one pipeline's point to the next of the same class, as a share of the way to the next class."""


def overview(trials: Sequence[Trial]) -> list[str]:
    """Return the plots of all in all: shares found and read; reading against time."""
    return [_bars(trials), _speed(trials)]


def condition(name: str, cells: Mapping[str, Mapping[str, Cell]]) -> str:
    """Return the share read by class of a condition, for each pipeline of ``cells``; lines where classes have
    an order.
    """
    figure, axes = _paper()
    first = next(iter(cells.values()), {})
    labels = [label for label, c in first.items() if label != UNKNOWN and c.exact is not None]
    for i, (colour, (pipeline, by_class)) in enumerate(zip(COLOURS, cells.items(), strict=False)):
        beside = ASIDE * (i - (len(cells) - 1) / 2)  # else equal shares would hide each other
        shares = [100 * (by_class[label].exact or 0) for label in labels]
        places = [x + beside for x in range(len(labels))]
        axes.plot(places, shares, "o-" if name in ORDER else "o", color=colour, label=pipeline)
    axes.set_xticks(range(len(labels)), [f"{label}\n({first[label].texts})" for label in labels])
    axes.set(ylabel="read exactly, %", ylim=(-3, 103), title=f"Reading by {name} (texts in brackets)")
    axes.tick_params("x", labelsize=8)
    axes.legend(fontsize=9)
    return _svg(figure, f"Share read exactly by {name}")


def _bars(trials: Sequence[Trial]) -> str:
    figure, axes = _paper()
    shares = [(t.figures.detection["0.5"]["recall"] or 0.0, t.figures.exact or 0.0) for t in trials]
    for shift, name, colour in ((-0.2, "found", "#9db7d8"), (0.2, "read exactly", "#1769d2")):
        values = [100 * share[0 if shift < 0 else 1] for share in shares]
        bars = axes.bar([i + shift for i in range(len(trials))], values, 0.38, label=name, color=colour)
        axes.bar_label(bars, fmt="%.0f", fontsize=9)
    axes.set_xticks(range(len(trials)), [t.pipeline for t in trials])
    axes.set(ylabel="%", ylim=(0, 112), title="Found (overlap .5) and read, all pictures")
    axes.legend(fontsize=9)
    return _svg(figure, "Shares found and read by pipeline")


def _speed(trials: Sequence[Trial]) -> str:
    from matplotlib.ticker import LogLocator, NullLocator

    figure, axes = _paper()
    for colour, trial in zip(COLOURS, trials, strict=False):
        ms, share = trial.figures.ms.get("total", 0.0), 100 * (trial.figures.exact or 0.0)
        axes.plot([max(ms, 0.1)], [share], "o", markersize=10, color=colour)
        axes.annotate(trial.pipeline, (max(ms, 0.1), share), xytext=(8, 6), textcoords="offset points")
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.margins(x=0.3)
    axes.set(
        xlabel="ms a picture (wall)", ylabel="read exactly, %", ylim=(-3, 108), title="Reading against time"
    )
    return _svg(figure, "Share read exactly against time")


def _paper() -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _svg(figure: Any, name: str) -> str:
    """Return a figure as an SVG element; ids get the name, for a page holds several."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    file = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": name, "font.family": "sans-serif"}):
        FigureCanvasSVG(figure).print_figure(file, format="svg")
    element = file.getvalue()[file.getvalue().index("<svg") :]
    return re.sub(r"<svg ", f'<svg role="img" aria-label="{name}" ', element, count=1)
