"""Draws the figures of the benchmark as one picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

COLOURS = {
    "exact text": "#c62828",
    "ours, texts": "#e8a317",
    "ours, lattices": "#1769d2",
    "ours, front and rear": "#1a7f37",
}
PROMISE = 0.5


def draw(figures: Mapping[str, Any], speeds: Sequence[tuple[float, float]], picture: Path) -> None:
    """Draw pairing as reading and seeing get worse, yield against error, and speeds (told, true) in km/h."""
    figure = Figure(figsize=(11, 8.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 2)
    _draw_sweep(axes[0][0], figures["sweep"], "misread", "one camera's readings that are wrong, %")
    _draw_sweep(axes[0][1], figures["sweep"], "missed", "vehicles that a gantry does not see, %")
    _draw_yield(axes[1][0], figures)
    _draw_speeds(axes[1][1], figures["speed"], speeds)
    for one in axes.flat:
        one.grid(alpha=0.3)
    with rc_context({"svg.hashsalt": "journeys"}):
        figure.savefig(picture, dpi=110, metadata={"Date": None} if picture.suffix == ".svg" else None)


def _draw_sweep(axes: Any, sweep: Sequence[Mapping[str, Any]], of: str, told: str) -> None:
    for rule in dict.fromkeys(one["rule"] for one in sweep):
        mine = [one for one in sweep if one["of"] == of and one["rule"] == rule]
        x, y = [100 * one["share"] for one in mine], [100 * (1 - one["whole"]) for one in mine]
        axes.plot(x, y, "o-", color=COLOURS[rule], label=rule, clip_on=False)
    axes.set(xscale="log", xlabel=told, ylabel="journeys not told as they were, %")
    axes.set_yscale("symlog", linthresh=0.1)
    axes.set_xticks([0.25, 0.5, 1, 2, 4, 8], ["0.25", "0.5", "1", "2", "4", "8"])
    axes.set_yticks([0, 0.05, 0.1, 0.3, 1, 3, 10, 30], ["0", "0.05", "0.1", "0.3", "1", "3", "10", "30"])
    axes.set_ylim(0, 30)
    axes.minorticks_off()
    axes.set_title(f"pairing as more is {of}")
    axes.legend()


def _draw_yield(axes: Any, figures: Mapping[str, Any]) -> None:
    for rule, points in figures["curves"].items():
        x, y = [100 * share for share, _ in points], [100 * wrong for _, wrong in points]
        axes.plot(x, y, "-" if x[0] < x[-1] else "x", color=COLOURS[rule], label=rule)
    axes.axhline(PROMISE, color="0.5", linewidth=1)
    axes.text(81, PROMISE, "promised", va="bottom", color="0.4")
    for one in figures["journeys"]:
        if one["promised"]:
            axes.plot(100 * one["promised"], 100 * one["promised_wrong"], "o", color=COLOURS[one["rule"]])
    axes.set(xlabel="journeys charged unseen, surest first, %", ylabel="of these wrong, %")
    axes.set(xlim=(80, 100), ylim=(0, 2), title="yield against error (dot: threshold learned before)")
    axes.legend(loc=(0.03, 0.42))


def _draw_speeds(axes: Any, speed: Mapping[str, Any], speeds: Sequence[tuple[float, float]]) -> None:
    errors = [told - true for told, true in speeds]
    axes.hist(errors, bins=81, range=(-0.6, 0.6), color=COLOURS["ours, lattices"])
    for side in (-1, 1):
        axes.axvline(side * speed["bar"], color="0.3", linestyle="--", linewidth=1)
    told = f"rms {speed['error']:.2f} km/h\n{speed['in_bar']:.1%} in their\n95 % bars\n"
    claims = f"{speed['false']} of {speed['claims']}\nclaims of\n99 % wrong"
    axes.text(0.03, 0.95, told + claims, transform=axes.transAxes, va="top")
    axes.set(xlabel="average speed told minus true, km/h", ylabel="parts of journeys", title="speed")
