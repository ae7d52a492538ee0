"""A progress bar on standard error, on a terminal only."""

import sys
from collections.abc import Iterable, Iterator, Sized
from typing import Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Countable(Iterable[T_co], Sized, Protocol[T_co]):
    """Things that can be gone through and counted before."""


def bar(things: Countable[T], what: str, shown: bool = True) -> Iterator[T]:
    """Yield the things, with a bar meanwhile if ``shown`` and standard error is a terminal."""
    if not shown or len(things) < 2 or not sys.stderr.isatty():
        yield from things
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as progress:
        yield from progress.track(things, description=what)
