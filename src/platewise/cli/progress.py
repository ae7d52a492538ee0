"""A progress bar on standard error, on a terminal only."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Countable(Iterable[T_co], Sized, Protocol[T_co]):
    """Things that can be gone through and counted before."""


def bar(things: Countable[T], what: str, shown: bool = True) -> Iterator[T]:
    """Yield the things, with a bar meanwhile if ``shown`` and standard error is a terminal."""
    if not shown or len(things) < 2 or not sys.stderr.isatty():
        yield from things
        return
    with _progress(what) as progress:
        yield from progress.track(things, description=what)


@contextmanager
def counting(what: str, done: int, total: int) -> Iterator[Callable[[int], None]]:
    """Lend a function that hears how many more things are done; on a terminal a bar shows them."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with _progress(what) as progress:
        task = progress.add_task(what, completed=done, total=total)
        yield lambda more: progress.advance(task, more)


def _progress(what: str) -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
