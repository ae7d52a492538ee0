"""The networks that can be trained and exported, by the names people write."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from platewise.errors import MissingExtra


class Network(StrEnum):
    """What the command line calls a network; both spellings are understood."""

    DETECTOR = "detector"
    RECOGNIZER = "recognizer"
    RECOGNISER = "recogniser"


@dataclass(frozen=True, slots=True)
class Trainable:
    """One network: how to read its settings and how to train it."""

    name: str
    settings: Callable[[Path | None], Any]
    train: Callable[[Any, Path, bool], Path]


def network(name: Network) -> Trainable:
    """Return a network by name; MissingExtra without the training extra."""
    try:
        from platewise.train import config, detector, recognizer
    except ModuleNotFoundError as error:
        raise MissingExtra(f"training ({error.name})", "train") from error

    folder = Path(config.__file__).parent / "configs"
    if name is Network.DETECTOR:
        kind, run = detector.DetectorConfig, detector.train
        return Trainable("detector", lambda path: config.load(path or folder / "detector.toml", kind), run)
    other, run_other = recognizer.RecognizerConfig, recognizer.train
    return Trainable(
        "recognizer", lambda path: config.load(path or folder / "recognizer.toml", other), run_other
    )


def product(run: Path) -> Any:
    """Return the Product of a run: its folder, or the folder of its phases, of which the last counts."""
    try:
        from platewise.train import detector_product, recognizer_export, record
    except ModuleNotFoundError as error:
        raise MissingExtra(f"exporting ({error.name})", "train") from error

    phases = sorted(run.glob("phase*"))
    folder = phases[-1] if phases else run
    makers = {"detector": detector_product.product, "recognizer": recognizer_export.product}
    return makers[record.origin_of(folder)["task"]](folder)
