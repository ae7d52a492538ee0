"""How far ``watch`` has come: a line a source with frames, reads, speed and time left, on a terminal only."""

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from platewise.ingest.camera import Camera

REFRESH = 0.25


@contextmanager
def showing(cameras: "Sequence[Camera]") -> Iterator[None]:
    """Show the counters of the cameras meanwhile, if standard error is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    with _progress() as progress:
        tasks = [progress.add_task(camera.name, total=None, detail="") for camera in cameras]
        done = threading.Event()
        thread = threading.Thread(target=_follow, args=(progress, tasks, cameras, done), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def _follow(
    progress: "Progress", tasks: "Sequence[TaskID]", cameras: "Sequence[Camera]", done: threading.Event
) -> None:
    while True:
        for task, camera in zip(tasks, cameras, strict=True):
            c = camera.counters
            detail = f"{c.captured} frames, {c.reads} reads, {c.sightings} sightings"
            progress.update(task, completed=c.captured, total=c.total, detail=detail)
        if done.wait(REFRESH):
            return


def _progress() -> "Progress":
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Speed(ProgressColumn):
        """Frames a second."""

        def render(self, task: Task) -> Text:
            """Return the speed."""
            return Text(f"{task.speed:.0f} frames/s" if task.speed else "")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[detail]}"),
        Speed(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, redirect_stdout=sys.stdout.isatty())
