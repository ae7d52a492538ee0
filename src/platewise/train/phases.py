"""A training in phases: each is a run of the common loop that builds on the weights of the one before."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import Field

from platewise.train import state
from platewise.train.config import LoopConfig, Settings
from platewise.train.loop import Task, fit


class Phase(Settings):
    """One run of the loop: a table ``[[phases]]`` of a config file."""

    loop: LoopConfig


class Phases(Settings):
    """Settings of a training with its phases in order."""

    phases: Annotated[tuple[Phase, ...], Field(min_length=1)]

    def limited(self, minutes: float) -> Self:
        """Return the settings of a training that stops after so many minutes, shared by steps."""
        steps = sum(phase.loop.steps for phase in self.phases)
        loops = [phase.loop.limited(minutes * phase.loop.steps / steps) for phase in self.phases]
        phases = [
            phase.model_copy(update={"loop": loop}) for phase, loop in zip(self.phases, loops, strict=True)
        ]
        return self.model_copy(update={"phases": tuple(phases)})


P = TypeVar("P", bound=Phase)


def train(
    phases: Sequence[P], folder: Path, resume: bool, task_of: Callable[[P, Path, Path | None], Task]
) -> Path:
    """Train all phases in folders ``phase1``, ``phase2``, ... of a folder; return the last one's
    ``best.pt``.

    ``task_of`` gets a phase, its folder and the ``best.pt`` to build on. With ``resume``, phases that are
    over are not run again, and a broken one goes on. A phase is over after its last step, or when its minutes
    have stopped it and the next one has begun.
    """
    best: Path | None = None
    for number, phase in enumerate(phases, 1):
        place, later = folder / f"phase{number}", folder / f"phase{number + 1}"
        if not (resume and (later.exists() or _over(place, phase))):
            fit(task_of(phase, place, best), phase.loop, place, resume and (place / "last.pt").exists())
        best = place / "best.pt"
    assert best is not None, "the settings have a phase at least"
    return best


def _over(place: Path, phase: Phase) -> bool:
    last = place / "last.pt"
    return last.exists() and int(state.read(last)["step"]) >= phase.loop.steps
