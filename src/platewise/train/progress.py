"""How a run shows where it is: a bar with the time left on a terminal, else a line now and then."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from platewise import clock

LINE_EVERY = 100


class Report:
    """The progress of a run on standard output."""

    def __init__(self, name: str, steps: int, start: int, batch: int) -> None:
        """Prepare the report of a run from step ``start`` to ``steps`` with ``batch`` images a step."""
        self.console = Console(highlight=False)
        self.steps, self.start, self.batch, self.done = steps, start, batch, 0
        self.began = clock.ticks()
        columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.bar = Progress(
            *columns,
            TextColumn("{task.fields[note]}"),
            console=self.console,
            disable=not self.console.is_terminal,
        )
        self.task = self.bar.add_task(name, total=steps, completed=start, note="")

    def __enter__(self) -> Self:
        """Start the bar."""
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal in order."""
        self.bar.stop()

    @property
    def seconds(self) -> float:
        """Wall seconds since the start."""
        return clock.ticks() - self.began

    @property
    def speed(self) -> float:
        """Images a second since the start, evaluations included."""
        return self.done * self.batch / max(self.seconds, 1e-9)

    def step(self, step: int, loss: float) -> None:
        """Show that a step is done; ``loss`` is a recent mean."""
        self.done = step - self.start
        note = f"loss {loss:.3f}, {self.speed:.0f} img/s"
        self.bar.update(self.task, completed=step, note=note)
        if not self.console.is_terminal and step % LINE_EVERY == 0:
            left = (self.steps - step) * self.seconds / self.done / 60
            print(f"step {step}/{self.steps}: {note}, {left:.0f} min left", flush=True)

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        self.console.print(text, soft_wrap=True)
