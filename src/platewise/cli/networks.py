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
    WINDOW = "window"
    HAAR = "haar"


@dataclass(frozen=True, slots=True)
class Trainable:
    """One network: how to read its settings and how to train it."""

    name: str
    settings: Callable[[Path | None], Any]
    train: Callable[[Any, Path, bool], Path]


def network(name: Network) -> Trainable:
    """Return a network by name; MissingExtra without the training extra."""
    try:
        from platewise.train import config, detector, haar, recognizer, window
    except ModuleNotFoundError as error:
        raise MissingExtra(f"training ({error.name})", "train") from error

    kinds: dict[str, tuple[type[config.Settings], Callable[[Any, Path, bool], Path]]] = {
        "detector": (detector.DetectorConfig, detector.train),
        "recognizer": (recognizer.RecognizerConfig, recognizer.train),
        "window": (window.WindowConfig, window.train),
        "haar": (haar.HaarConfig, haar.train),
    }
    chosen = "recognizer" if name is Network.RECOGNISER else name.value
    kind, run = kinds[chosen]
    default = Path(config.__file__).parent / "configs" / f"{chosen}.toml"
    return Trainable(chosen, lambda path: config.load(path or default, kind), run)


def products(run: Path) -> dict[str, Any]:
    """Return the Products of a run, by what is added to the model's name: nothing, where there is only one.

    A run is its folder, or the folder of its phases, of which the last counts.
    """
    try:
        from platewise.train import detector_product, haar_export, recognizer_export, record, window_export
    except ModuleNotFoundError as error:
        raise MissingExtra(f"exporting ({error.name})", "train") from error

    phases = sorted(run.glob("phase*"))
    folder = phases[-1] if phases else run
    makers: dict[str, Callable[[Path], dict[str, Any]]] = {
        "detector": lambda place: {"": detector_product.product(place)},
        "recognizer": lambda place: {"": recognizer_export.product(place)},
        "window": window_export.products,
        "haar": haar_export.products,
    }
    return makers[record.origin_of(folder)["task"]](folder)
