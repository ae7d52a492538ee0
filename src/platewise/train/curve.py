"""The learning curve: losses and held-out figures of ``log.csv`` as one picture."""

from collections import defaultdict
from pathlib import Path

from platewise.train import record

Line = tuple[list[int], list[float]]


def draw(log: Path, picture: Path) -> None:
    """Draw the losses (left) and the figures in [0, 1] of held-out pictures (right) over the steps."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines: dict[str, Line] = defaultdict(lambda: ([], []))
    for step, name, value in record.rows(log):
        lines[name][0].append(step)
        lines[name][1].append(value)
    figure = Figure(figsize=(13, 5), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    for name, (steps, values) in sorted(lines.items()):
        axes = left if name.startswith("train/") else right
        wide = name in ("train/loss", "score")
        axes.plot(steps, values, label=name, linewidth=2.5 if wide else 1)
    for axes, title in ((left, "training losses"), (right, "held-out pictures")):
        axes.set(title=title, xlabel="step")
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend(fontsize=6)
    figure.savefig(picture, dpi=100)
