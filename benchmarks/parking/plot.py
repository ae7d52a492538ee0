"""Draws how many ghosts each rule leaves, day by day."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.parking.figures import Result
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

COLOURS = {"seed's toggle": "#c2410c", "ours, no direction": "#1d4ed8", "ours, in and out": "#15803d"}


def draw(results: Sequence[Result], picture: Path) -> None:
    """Write a picture with one panel for each share of misread signs, of the traffic with missed exits."""
    missed = max(result.traffic.missed for result in results)
    shown = [result for result in results if result.traffic.missed == missed]
    shares = sorted({result.traffic.errors for result in shown})
    figure = Figure(figsize=(10, 3.2), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(shares), sharey=True, squeeze=False)[0]
    for panel, share in zip(panels, shares, strict=True):
        for rule, colour in COLOURS.items():
            mine = [r for r in shown if r.traffic.errors == share and r.rule == rule]
            panel.plot([r.days for r in mine], [r.ghosts for r in mine], color=colour, label=rule)
        panel.set(title=f"{share:.1%} of signs misread", xlabel="days")
        panel.set_yscale("symlog", linthresh=10)
        panel.set_ylim(0, 2 * max(result.ghosts for result in shown))
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("ghosts")
    panels[0].legend(loc="center right", fontsize=8)
    figure.suptitle(f"Cars that are only inside on paper, {missed:.0%} of exits not seen")
    with rc_context({"svg.hashsalt": "parking"}):
        figure.savefig(picture, dpi=110, metadata={"Date": None} if picture.suffix == ".svg" else None)
