"""The training loop, the same for every network: a Task says what to learn, ``fit`` learns it.

A run is a folder: ``run.json`` (origin), ``log.csv``, ``curve.png``, ``last.pt`` (to resume), ``best.pt``
(the averaged weights with the best score on held-out pictures) and, where the rate is held, ``steady.pt``
(before it fell: put in the place of ``last.pt``, it resumes with more steps).
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from platewise.train import curve, state
from platewise.train.config import LoopConfig
from platewise.train.progress import Report
from platewise.train.record import Log, write_origin
from platewise.train.state import State

UNCHECKED = "nothing was checked, as no real pictures are held out; best.pt is the latest"


class Task(Protocol):
    """One network to train."""

    name: str

    def model(self) -> nn.Module:
        """Return a freshly initialised network."""
        ...

    def batches(self, seed: int, start: int) -> Iterator[Any]:
        """Yield batch number ``start``, ``start + 1``, ... for ever (see ``train.batches.numbered``).

        A batch is tensors in dicts, lists or tuples. Batch k depends on (seed, k) alone.
        """
        ...

    def loss(self, model: nn.Module, batch: Any) -> dict[str, Tensor]:
        """Return scalar losses; ``loss`` is minimised, the others are logged. Runs under autocast."""
        ...

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        """Return figures on held-out real pictures; ``score`` (more is better) chooses ``best.pt``.

        Without a score, as where no pictures are held out, that is the latest.
        """
        ...

    def facts(self) -> dict[str, Any]:
        """Return what ``run.json`` records: the settings, the data sources with their counts."""
        ...


def fit(task: Task, config: LoopConfig, folder: Path, resume: bool = False) -> Path:
    """Train a task in a folder, from the start or from its ``last.pt``; return the path of ``best.pt``."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    run = State(task.model(), config, device())
    if resume:
        run.restore(folder / "last.pt")
    else:
        loop = config.model_dump(mode="json")
        write_origin(folder / "run.json", {"task": task.name, "loop": loop, **task.facts()})
    _Trainer(task, run, folder).run()
    return folder / "best.pt"


def device() -> torch.device:
    """Return the first GPU where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def moved(batch: Any, target: torch.device) -> Any:
    """Return a batch (tensors in dicts, lists, tuples) on a device."""
    if isinstance(batch, Tensor):
        return batch.to(target, non_blocking=True)
    if isinstance(batch, dict):
        return {key: moved(value, target) for key, value in batch.items()}
    if isinstance(batch, list | tuple):
        return type(batch)(moved(value, target) for value in batch)
    return batch


class _Trainer:
    """One run from its present step to its last."""

    def __init__(self, task: Task, run: State, folder: Path) -> None:
        self.task, self.state, self.folder = task, run, folder
        self.config, self.device = run.config, device()
        self.log = Log(folder / "log.csv", run.step)
        self.sums: dict[str, float] = defaultdict(float)
        self.mean_loss = float("nan")

    def run(self) -> None:
        """Train until the last step, or until the minutes are over."""
        start, steps = self.state.step, self.config.steps
        batches = self.task.batches(self.config.seed, start)
        with Report(self.task.name, steps, start, self.config.batch) as report:
            while self.state.step < steps and not self._late(report):
                self._train(next(batches))
                report.step(self.state.step, self.mean_loss)
                self._keep(report)
            if self.state.step % self.config.evaluate_every:
                self._evaluate(report)
            self.state.save(self.folder / "last.pt")

    def _late(self, report: Report) -> bool:
        return 0 < self.config.minutes * 60 < report.seconds

    def _train(self, batch: Any) -> None:
        self.state.net.train()
        with torch.autocast(self.device.type, torch.bfloat16):
            parts = self.task.loss(self.state.net, moved(batch, self.device))
        self.state.update(parts["loss"])
        for name, value in parts.items():
            self.sums[name] += float(value.detach())

    def _keep(self, report: Report) -> None:
        """Log, evaluate and save where the step is due."""
        step, config = self.state.step, self.config
        if step % config.log_every == 0:
            means = {f"train/{name}": total / config.log_every for name, total in self.sums.items()}
            self.mean_loss = means["train/loss"]
            self.log.write(step, means)
            self.sums.clear()
        if step % config.evaluate_every == 0:
            self._evaluate(report)
        if step % config.save_every == 0:
            self.state.save(self.folder / "last.pt")
        if config.hold and step == state.falls_at(config):
            self.state.save(self.folder / "steady.pt")

    def _evaluate(self, report: Report) -> None:
        with torch.no_grad(), torch.autocast(self.device.type, torch.bfloat16):
            figures = self.task.evaluate(self.state.ema)
        self.log.write(self.state.step, figures)
        shown = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())
        report.say(f"step {self.state.step}: {shown if 'score' in figures else UNCHECKED}")
        if figures.get("score", math.inf) >= self.state.best:
            self.state.best = figures.get("score", self.state.best)
            content = {"ema": self.state.ema.state_dict(), "step": self.state.step, "figures": figures}
            state.write(content, self.folder / "best.pt")
        curve.draw(self.log.path, self.folder / "curve.png")
