"""The learning curve: losses and held-out figures of ``log.csv`` as one picture."""

from collections import defaultdict
from pathlib import Path

from platewise.train import record

LEFT_OUT = ("/folded", "/characters")
"""Figures that run beside ``exact`` and would only crowd the picture; the log has them."""

Line = tuple[list[int], list[float]]


def draw(log: Path, picture: Path) -> None:
    """Draw the losses (left) and the figures in [0, 1] of held-out pictures (right) over the steps."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines: dict[str, Line] = defaultdict(lambda: ([], []))
    for step, name, value in record.rows(log):
        if not name.endswith(LEFT_OUT):
            lines[name][0].append(step)
            lines[name][1].append(value)
    figure = Figure(figsize=(13, 5), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=(2, 3))
    for name, (steps, values) in sorted(lines.items(), key=lambda line: -line[1][1][-1]):
        axes = left if name.startswith("train/") else right
        wide = name in ("train/loss", "score")
        shown = f"{values[-1]:.3f}  {name.removeprefix('train/').removesuffix('/exact')}"
        axes.plot(
            steps, values, label=shown, linewidth=3 if wide else 1.2, marker="." if axes is right else ""
        )
    for axes, title in ((left, "training losses"), (right, "held-out pictures")):
        axes.set(title=title, xlabel="step")
        axes.grid(alpha=0.3)
        if axes.lines:
            beside = {"loc": "center left", "bbox_to_anchor": (1, 0.5)} if axes is right else {}
            axes.legend(fontsize=8, **beside)
    figure.savefig(picture, dpi=100)
