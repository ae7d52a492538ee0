"""Several pipelines over the same labelled pictures: each in a process of its own, then side by side."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from platewise.errors import ImageError, PlatewiseError
from platewise.regions.library import Region
from platewise.settings import Settings
from platewise.synth.hard import SETS, hard_scenes
from platewise.synth.scenes import write_scenes
from platewise.train.conditions import ORDER, conditions
from platewise.train.evaluate import Eyes, evaluate
from platewise.train.index import Labelled, read_index
from platewise.train.measures import Figures, Judged, Pair, measure
from platewise.vision.decode import decode
from platewise.vision.reader import Reader

FOUND = 0.5
"""From this intersection over union on, a plate counts as found."""
Conditions = Sequence[Sequence[dict[str, str]]]
"""For each picture, for each of its plates, the class of each condition."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one pipeline did with all pictures; ``error`` says why it did nothing.

    ``resident`` is the most memory that its process held, MiB, None where the system does not tell.
    """

    pipeline: str
    judged: tuple[Judged, ...] = ()
    resident: float | None = None
    error: str | None = None

    @property
    def figures(self) -> Figures:
        """The figures over all pictures."""
        return measure(self.judged)


@dataclass(frozen=True, slots=True)
class Cell:
    """What a pipeline did with the plates of one class: how many, the shares found and read exactly."""

    plates: int
    found: float | None
    texts: int
    exact: float | None


def trials(
    names: Sequence[str], labels: Sequence[Labelled], settings: Settings, done: Callable[[str], None]
) -> list[Trial]:
    """Return what each pipeline did with the pictures; ``done`` hears the name of each that is over."""
    found = []
    for name in names:
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            found.append(pool.submit(trial, name, labels, settings).result())
        done(name)
    return found


def trial(name: str, labels: Sequence[Labelled], settings: Settings) -> Trial:
    """Return what one pipeline does with the pictures, in this process."""
    try:
        scene, crop = (Reader(pipeline=name, crops=crops, settings=settings) for crops in (False, True))
        judged = tuple(evaluate(labels, Eyes(scene, crop)))
    except PlatewiseError as error:
        return Trial(name, error=str(error))
    return Trial(name, judged, _resident())


def drawn_sets(folder: Path, count: int, seed: int, regions: Sequence[Region]) -> list[Labelled]:
    """Draw the hard sets into a folder, ``count`` pictures each, and return them labelled."""
    for name in SETS:
        write_scenes(folder / f"drawn-{name}", hard_scenes(name, count, seed, regions), seed)
    return [label for name in SETS for label in read_index(folder / f"drawn-{name}")]


def seen_under(labels: Sequence[Labelled]) -> Conditions:
    """Return the conditions of every plate of the pictures; none for a picture that cannot be decoded."""
    found: list[list[dict[str, str]]] = []
    for label in labels:
        try:
            pixels = decode(label.image).pixels
        except ImageError:
            found.append([{} for _ in label.plates])
        else:
            found.append([conditions(label, plate, pixels) for plate in label.plates])
    return found


def by_condition(trial: Trial, seen: Conditions, condition: str) -> dict[str, Cell]:
    """Return what a pipeline did with the plates of each class of a condition, the classes in order."""
    grouped: Mapping[str, list[Pair]] = defaultdict(list)
    for judged, plates in zip(trial.judged, seen, strict=True):
        for pair, told in zip(judged.pairs, plates, strict=True):
            if condition in told:
                grouped[told[condition]].append(pair)
    order = list(ORDER.get(condition, ()))
    names = sorted(grouped, key=lambda name: (order.index(name) if name in order else len(order), name))
    return {name: cell_of(grouped[name]) for name in names}


def by_set(trial: Trial) -> dict[str, Cell]:
    """Return what a pipeline did with the plates of each folder."""
    grouped: dict[str, list[Pair]] = defaultdict(list)
    for judged in trial.judged:
        grouped[judged.label.source] += judged.pairs
    return {name: cell_of(pairs) for name, pairs in grouped.items()}


def cell_of(pairs: Sequence[Pair]) -> Cell:
    """Return the shares of plates; only those with a box can be found, only those with a text be read."""
    placed = [pair.overlap for pair in pairs if pair.overlap is not None]
    texts = [pair for pair in pairs if pair.truth]
    return Cell(
        len(pairs),
        _share([overlap >= FOUND for overlap in placed]),
        len(texts),
        _share([pair.exact for pair in texts]),
    )


def classes_of(trials: Sequence[Trial], seen: Conditions, condition: str) -> Iterator[str]:
    """Yield the classes of a condition that any pipeline met, in their order."""
    first = next((trial for trial in trials if not trial.error), None)
    yield from by_condition(first, seen, condition) if first else ()


def _share(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None


def _resident() -> float | None:
    """Return the most memory that this process has held, MiB, where Linux tells.

    ``getrusage`` would not do: it keeps what the process held before it became this program.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    lines = dict(line.split(":", 1) for line in status.read_text("utf-8").splitlines() if ":" in line)
    return float(lines["VmHWM"].split()[0]) / 2**10
