"""One run: its plan, what is left of it, and the parts as they are done."""

import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from platewise.batch import plan as plans
from platewise.batch.files import alone
from platewise.batch.parts import Sink
from platewise.batch.plan import Plan
from platewise.batch.sources import pictures
from platewise.batch.work import Part
from platewise.errors import InputError


class Engine(Protocol):
    """Reads parts."""

    def parts(self, numbers: Sequence[int]) -> Generator[Part, None, None]:
        """Yield these parts, each once, in any order."""
        ...


class Asked(NamedTuple):
    """What a run is: its pictures, and all that its results depend on. Another run has another folder."""

    sources: Sequence[str]
    told: Mapping[str, Any]
    length: int


class Done(NamedTuple):
    """What a part was: pictures, reads, and pictures that could not be read."""

    pictures: int
    reads: int
    failed: int


@contextmanager
def opened(folder: Path, asked: Asked) -> Iterator[Plan]:
    """Lend the plan of a run, made now or found in its folder, and keep other processes out of it.

    InputError where the folder holds another run, or where one is at work in it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot write there: {error}") from error
    with alone(folder) as free:
        if not free:
            raise InputError(f"{folder}: another process is at work on this run")
        yield _plan(folder, asked)


def _plan(folder: Path, asked: Asked) -> Plan:
    told = {"sources": list(asked.sources), "chunk": asked.length, **asked.told}
    if not (folder / plans.NAME).exists():
        return plans.make(folder, pictures(asked.sources), {**told, "run": uuid.uuid4().hex}, asked.length)
    plan = Plan(folder)
    for name, value in told.items():
        if plan.told.get(name) != value:
            raise InputError(
                f"{folder} holds a run with {name} {plan.told.get(name)!r}, not {value!r}: "
                "give the same options to go on with it, or a new folder"
            )
    return plan


def left(plan: Plan, sink: Sink) -> list[int]:
    """Return the numbers of the parts that are still to be done."""
    done = sink.done()
    return [number for number in range(len(plan)) if number not in done]


def run(numbers: Sequence[int], engine: Engine, sink: Sink, stopped: Callable[[], bool]) -> Iterator[Done]:
    """Read parts and keep each; yield what it was once it is kept, until ``stopped`` says so."""
    with closing(engine.parts(numbers)) as parts:
        for part in parts:
            sink.write(part)
            reads = [seen.reads for seen in part.seen]
            yield Done(len(reads), sum(map(len, reads)), sum(one.error is not None for one in reads))
            if stopped():
                return
