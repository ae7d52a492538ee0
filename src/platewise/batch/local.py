"""The engine of one machine: a pool of processes, each with its own networks and threads."""

import multiprocessing
import os
import pickle
import shutil
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, ParamSpec, TypeAlias, TypeVar

from platewise.batch.items import Item
from platewise.batch.work import Job, Part, Worker
from platewise.errors import PlatewiseError

P = ParamSpec("P")
T = TypeVar("T")
Stopped: TypeAlias = Callable[[], bool]
_ORDERED = 2
"""Parts that wait or are being read, for each worker: more would only take memory."""
_LOOK_S = 0.2
"""How often it is asked whether to stop, while parts are being read."""
_TRIES = 3
"""How often the pool may die in a row without a part having come out of it."""
_HANDED = "_handed-"
"""Begins the name of the folder in which workers leave what they read, for their parent."""
_worker: Worker | None = None
_handed: Path | None = None


def _never() -> bool:
    return False


class Setting(NamedTuple):
    """How many processes, and how many threads compute in each."""

    workers: int
    threads: int

    def __str__(self) -> str:
        """Return it as processes x threads."""
        return f"{self.workers} x {self.threads}"


class Here:
    """Reads parts in this process: where there is one worker, a pool would only take time to start."""

    def __init__(self, job: Job, threads: int, stopped: Stopped = _never) -> None:
        """Prepare; the networks are loaded with the first part."""
        self._job, self._threads, self._stopped = job, threads, stopped

    def parts(self, numbers: Sequence[int]) -> Generator[Part, None, None]:
        """Yield these parts; one in which it is ``stopped`` is left for the next run."""
        worker = Worker(self._job, self._threads, self._stopped)
        for number in numbers:
            part = worker.part(number)
            if self._stopped():
                return
            yield part


class Local:
    """Reads parts in processes of this machine."""

    def __init__(self, job: Job, setting: Setting, stopped: Stopped = _never) -> None:
        """Prepare; nothing runs yet."""
        self._job, self._setting, self._stopped = job, setting, stopped

    def parts(self, numbers: Sequence[int]) -> Generator[Part, None, None]:
        """Yield these parts as they are done; a worker that dies is replaced and its part read again.

        Those in which it is ``stopped`` are left for the next run.
        """
        left, tries = dict.fromkeys(numbers), 0
        while left and not self._stopped():
            try:
                for part in self._once(list(left)):
                    del left[part.number]
                    tries = 0
                    yield part
            except BrokenProcessPool as error:
                tries += 1
                if tries == _TRIES:
                    raise PlatewiseError(
                        f"a reading process was ended {_TRIES} times from outside, as when memory runs out; "
                        "use fewer --workers, then run the same line again to go on"
                    ) from error

    def _once(self, numbers: Sequence[int]) -> Iterator[Part]:
        waiting, running = iter(numbers), set[Future[Path]]()
        with opened(self._job, self._setting) as pool:
            while not self._stopped():
                while len(running) < _ORDERED * self._setting.workers:
                    number = next(waiting, None)
                    if number is None:
                        break
                    running.add(pool.submit(_part, number))
                if not running:
                    return
                done, running = wait(running, _LOOK_S, FIRST_COMPLETED)
                yield from (_taken(future.result()) for future in done)


class _Pool(ProcessPoolExecutor):
    """A pool whose workers never hear Ctrl-C, not even as they start: it is held back meanwhile."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Have a worker call a function; one is started where none is free."""
        if not hasattr(signal, "pthread_sigmask"):  # Windows
            return super().submit(fn, *args, **kwargs)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return super().submit(fn, *args, **kwargs)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def opened(job: Job, setting: Setting) -> Iterator[ProcessPoolExecutor]:
    """Lend a pool of workers; at the end they leave what they have not begun.

    What they return must be short: the pool has one pipe for all of them, and the half of a long message that
    a killed one leaves there is waited for without end. Up to ``PIPE_BUF`` (POSIX: 512 bytes or more) is
    written whole or not at all.
    """
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    for old in job.folder.glob(f"{_HANDED}*"):  # of a run that was killed
        shutil.rmtree(old)
    with TemporaryDirectory(prefix=_HANDED, dir=job.folder) as handed:
        pool = _Pool(setting.workers, context, _start, (job, setting.threads, stop, Path(handed)))
        try:
            yield pool
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


def look(items: Sequence[Item]) -> int:
    """Let the worker of this process look at pictures; return how many those were."""
    assert _worker
    return len(_worker.look(items))


def _part(number: int) -> Path:
    """Read a part and return the file that has it."""
    assert _worker
    assert _handed
    path = _handed / f"{number}.pickle"
    path.write_bytes(pickle.dumps(_worker.part(number), pickle.HIGHEST_PROTOCOL))
    return path


def _taken(path: Path) -> Part:
    part: Part = pickle.loads(path.read_bytes())  # noqa: S301 - our worker's, in a folder that is ours alone
    path.unlink()
    return part


def _start(job: Job, threads: int, stop: Event, handed: Path) -> None:
    """Make this process a worker: Ctrl-C is for its parent, and without a parent it ends."""
    global _worker, _handed
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker, _handed = Worker(job, threads, stop.is_set), handed


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent
    parent.join()
    os._exit(1)  # it owns nothing that must be saved
