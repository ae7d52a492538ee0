"""What a run leaves besides weights: ``log.csv`` (step, name, value) and ``run.json`` (its origin)."""

import csv
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platewise import clock
from platewise.errors import ModelError


class Log:
    """Figures over the steps, one line each, in a CSV file."""

    def __init__(self, path: Path, step: int) -> None:
        """Open the log of a run that stands at a step; lines after that step are of a lost future and go."""
        self.path = path
        kept = [row for row in rows(path) if row[0] <= step] if step and path.exists() else []
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("step", "name", "value"), *kept])

    def write(self, step: int, figures: Mapping[str, float]) -> None:
        """Append the figures of a step."""
        with self.path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows((step, name, f"{value:.6g}") for name, value in figures.items())


def rows(path: Path) -> list[tuple[int, str, float]]:
    """Return the lines of a log file."""
    with path.open(newline="", encoding="utf-8") as file:
        return [(int(r["step"]), r["name"], float(r["value"])) for r in csv.DictReader(file)]


def write_origin(path: Path, facts: Mapping[str, Any]) -> None:
    """Write ``run.json``: the commit, the day and the given facts (task, settings, data)."""
    origin = {"commit": commit(), "started": clock.now().isoformat(timespec="seconds"), **facts}
    path.write_text(json.dumps(origin, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def origin_of(run: Path) -> dict[str, Any]:
    """Return what ``run.json`` of a run says; ModelError if it is not a run."""
    try:
        origin: dict[str, Any] = json.loads((run / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{run} is not a training run: {error}") from error
    return origin


def commit() -> str:
    """Return the git commit of this source tree, with ``+`` if files differ from it, or ``unknown``."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--abbrev=40", "--dirty=+"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()
