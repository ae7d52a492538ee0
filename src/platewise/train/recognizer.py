"""The recogniser as a Task: what ``platewise train recognizer`` trains."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from torch import Tensor, nn

from platewise.core.frame import Pixels
from platewise.regions import library
from platewise.synth import cache
from platewise.train import recognizer_figures as figures
from platewise.train import split
from platewise.train.batches import numbered
from platewise.train.config import LoopConfig, Settings
from platewise.train.index import read_tree
from platewise.train.loop import fit
from platewise.train.recognizer_crops import RealCrops, framed_set
from platewise.train.recognizer_data import MixConfig, Mixture, PlatesConfig, source_shares
from platewise.train.recognizer_loss import Batch, LossConfig, losses
from platewise.train.recognizer_model import NetConfig, RecognizerNet
from platewise.train.record import origin_of


class RecognizerConfig(Settings):
    """Everything that decides a run of the recogniser: a file like ``configs/recognizer.toml``."""

    data: Path = Path("../shared/data")
    """Folder with ``train/`` and ``validation/``; see ``train.index``."""
    loop: LoopConfig
    plates: PlatesConfig = PlatesConfig()
    mix: MixConfig = MixConfig()
    model: NetConfig = NetConfig()
    loss: LossConfig = LossConfig()

    def limited(self, minutes: float) -> Self:
        """Return the settings of a run that stops after so many minutes."""
        return self.model_copy(update={"loop": self.loop.limited(minutes)})


class RecognizerTask:
    """Learning to read plates from drawn plates and real crops."""

    name = "recognizer"

    def __init__(self, config: RecognizerConfig, regions: Sequence[str] | None = None) -> None:
        """Prepare a run; pictures are loaded when first needed. Regions: the library's if not given."""
        self.config = config
        self.regions = list(regions or sorted(library.load()))

    def model(self) -> RecognizerNet:
        """Return a fresh network."""
        return RecognizerNet(len(self.regions), self.config.model)

    def batches(self, seed: int, start: int) -> Iterator[Batch]:
        """Yield batches for ever."""
        loop = self.config.loop
        mixture = Mixture(self.plates, self.crops, self.regions, self.config.mix, loop.batch)
        return numbered(mixture.draw, seed, start, loop.workers)

    def loss(self, model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the losses of a batch."""
        return losses(model(batch["crops"]), batch, self.config.loss)

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        """Return the figures of every held-out source; ``score`` leaves the validation folder out."""
        return self.measure(lambda crops: figures.read(model, crops))

    def measure(self, read: Callable[[Pixels], list[str]]) -> dict[str, float]:
        """Return the figures of anything that reads crops ``(N, 48, 160, 3) uint8 RGB``."""
        measured, exact, counts = {}, [], []
        for source, (crops, texts) in self.checks.items():
            found = figures.figures(read(crops), texts)
            measured.update({f"{source}/{name}": value for name, value in found.items()})
            if not source.startswith(f"{split.CHECKS_ONLY}/"):
                exact.append(found["exact"])
                counts.append(len(texts))
        # Weighted as in the mixture: a mean that twenty crops cannot shake.
        score = float(np.dot(exact, source_shares(counts, self.config.mix.power)))
        return {"score": score, **measured}

    def facts(self) -> dict[str, Any]:
        """Return the settings, the regions of the head and the number of crops of each source."""
        return {
            "config": self.config.model_dump(mode="json"),
            "regions": self.regions,
            "data": {"drawn": self.config.plates.count, **self.crops.counts()},
            "checks": {source: len(texts) for source, (_, texts) in self.checks.items()},
        }

    @cached_property
    def plates(self) -> cache.PlateCache:
        """The drawn plates; drawn now if nobody did before."""
        plates = self.config.plates
        if not plates.path.with_suffix(".npz").exists():
            cache.build(plates.path, plates.count, plates.seed, workers=self.config.loop.threads)
        return cache.PlateCache(plates.path)

    @cached_property
    def crops(self) -> RealCrops:
        """The real crops to train on."""
        return RealCrops(split.separate(read_tree(self.config.data / "train"))[0])

    @cached_property
    def checks(self) -> dict[str, tuple[Pixels, list[str]]]:
        """Crops ``(N, 48, 160, 3) uint8 RGB`` and true texts of each source that is never trained on."""
        held = RealCrops(split.separate(read_tree(self.config.data / "train"))[1])
        kept = RealCrops(read_tree(self.config.data / split.CHECKS_ONLY))
        named = [("", held, source) for source in held.counts()]
        named += [(f"{split.CHECKS_ONLY}/", kept, source) for source in kept.counts()]
        sets = {}
        for folder, crops, source in named:
            real = list(crops.of(source))
            sets[folder + source] = (framed_set(real), [crop.text for crop in real])
        return sets


def train(config: RecognizerConfig, folder: Path, resume: bool = False) -> Path:
    """Train in a folder and return its ``best.pt``. With ``resume``, go on from a ``last.pt``."""
    going_on = resume and (folder / "last.pt").exists()
    # The library may have grown since; the region head keeps the classes that it started with.
    regions = origin_of(folder)["regions"] if going_on else None
    return fit(RecognizerTask(config, regions), config.loop, folder, going_on)
