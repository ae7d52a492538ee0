"""The recogniser as a Task: what ``platewise train recognizer`` trains."""

import os
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field
from torch import Tensor, nn

from platewise.core.frame import Pixels
from platewise.regions import library
from platewise.settings import Settings
from platewise.synth import cache
from platewise.train import phases, pseudo, split, state
from platewise.train import recognizer_figures as figures
from platewise.train.batches import numbered
from platewise.train.grow import grown
from platewise.train.index import Labelled, read_tree
from platewise.train.phases import Phase, Phases
from platewise.train.pseudo import PseudoConfig
from platewise.train.recognizer_crops import RealCrops, framed_set
from platewise.train.recognizer_data import MixConfig, Mixture, PlatesConfig, source_shares
from platewise.train.recognizer_loss import Batch, LossConfig, losses
from platewise.train.recognizer_model import NetConfig, RecognizerNet
from platewise.train.record import origin_of
from platewise.train.thaw import packaged_size, thawed


class RecognizerPhase(Phase):
    """One run on its own drawn plates."""

    plates: PlatesConfig = PlatesConfig()
    mix: MixConfig = MixConfig()
    model: NetConfig | None = None
    """The size of the network, if it is not that of the phase before, or of the weights to begin with. A
    phase may grow it (``train/grow.py``), never shrink it."""


class RecognizerConfig(Phases):
    """Everything that decides a run of the recogniser: a file like ``configs/recognizer.toml``."""

    data: Path | None = None
    """Folder of real pictures with ``train/`` and maybe ``validation/``, see ``train.index``; without it
    drawn plates alone teach, and nothing is held out to measure on.
    """
    start: str = ""
    """Name of float32 weights to begin with, such as ``recognizer-fp32``; ``PLATEWISE_MODELS`` has them where
    it is set."""
    without: tuple[str, ...] = ()
    """Codes of regions whose plates, drawn and real, are not learnt from: what they cost is measured so."""
    phases: Annotated[tuple[RecognizerPhase, ...], Field(min_length=1)]
    pseudo: PseudoConfig = PseudoConfig()
    loss: LossConfig = LossConfig()


class RecognizerTask:
    """Learning to read plates from drawn plates and real crops."""

    name = "recognizer"

    def __init__(
        self,
        config: RecognizerConfig,
        regions: Sequence[str] | None = None,
        phase: int = 0,
        start: Path | None = None,
    ) -> None:
        """Prepare a phase (from 0 on), which builds on the ``best.pt`` named ``start``.

        Pictures are loaded when first needed. Regions: the library's if not given.
        """
        self.config, self.number, self.start = config, phase, start
        self.phase = config.phases[phase]
        self.settings = Settings.from_env(os.environ)
        self.library = library.load(self.settings.region_folders)
        self.regions = list(regions or sorted(self.library))

    def model(self) -> RecognizerNet:
        """Return the network to begin with: fresh, thawed, or of the phase before; grown where larger."""
        if self.start:
            before = self.size_of(self.number - 1)
            small = RecognizerNet(len(self.regions), before)
            small.load_state_dict(state.read(self.start)["ema"])
        elif self.config.start:
            crops = next(self.batches(self.phase.loop.seed, 0))["crops"].numpy()
            small, before = thawed(self.config.start, self.settings.models, self.regions, crops)
        else:
            return self.network()
        return grown(small, before, self.network(), self.size_of(self.number))

    def network(self) -> RecognizerNet:
        """Return a fresh network of the phase's size."""
        return RecognizerNet(len(self.regions), self.size_of(self.number))

    def size_of(self, number: int) -> NetConfig:
        """Return the size of the network in a phase (from 0 on)."""
        own = self.config.phases[number].model
        if own or number:
            return own or self.size_of(number - 1)
        return packaged_size(self.config.start, self.settings.models) if self.config.start else NetConfig()

    def batches(self, seed: int, start: int) -> Iterator[Batch]:
        """Yield batches for ever."""
        loop = self.phase.loop
        mixture = Mixture(self.plates, self.crops, self.regions, self.phase.mix, loop.batch)
        return numbered(mixture.draw, seed, start, loop.workers)

    def loss(self, model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the losses of a batch."""
        return losses(model(batch["crops"]), batch, self.config.loss)

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        """Return the figures of every held-out source.

        ``score`` leaves out the validation folder and the sources that are held out as a whole.
        """
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
        score = float(np.dot(exact, source_shares(counts, self.phase.mix.power)))
        return {"score": score, **measured} if counts else measured

    def facts(self) -> dict[str, Any]:
        """Return the settings, the regions of the head and the number of crops of each source."""
        return {
            "config": self.config.model_dump(mode="json"),
            "phase": self.number,
            "start": str(self.start) if self.start else None,
            "regions": self.regions,
            "data": {"drawn": self.phase.plates.count, **self.crops.counts()},
            "teacher": pseudo.shipped_teacher().version if self.config.pseudo.use else None,
            "checks": {source: len(texts) for source, (_, texts) in self.checks.items()},
        }

    @cached_property
    def plates(self) -> cache.PlateCache:
        """The drawn plates that are learnt from; drawn now if nobody did before."""
        plates = self.phase.plates
        if not plates.path.with_suffix(".npz").exists():
            regions, workers = plates.regions(self.library), self.phase.loop.threads
            cache.build(plates.path, plates.count, plates.seed, regions, workers)
        return cache.PlateCache(plates.path, self.config.without)

    @cached_property
    def real(self) -> tuple[list[Labelled], list[Labelled]]:
        """The real pictures to train on, and those held out."""
        return split.separate(read_tree(self.config.data / "train")) if self.config.data else ([], [])

    @cached_property
    def crops(self) -> RealCrops:
        """The real crops to train on; those with pseudo-labels are sources of their own."""
        train, held = self.real
        learnt = [item for item in train if item.region not in self.config.without]
        return RealCrops(pseudo.from_shipped(learnt, held, self.config.pseudo))

    @cached_property
    def checks(self) -> dict[str, tuple[Pixels, list[str]]]:
        """Crops ``(N, 48, 160, 3) uint8 RGB`` and true texts of each source that is never trained on."""
        held = RealCrops(self.real[1])
        apart_from_all = self.config.data and self.config.data / split.CHECKS_ONLY
        kept = RealCrops(read_tree(apart_from_all) if apart_from_all and apart_from_all.is_dir() else [])
        apart = f"{split.CHECKS_ONLY}/"
        named = [(apart * (source in split.WHOLE), held, source) for source in held.counts()]
        named += [(apart, kept, source) for source in kept.counts()]
        sets = {}
        for folder, crops, source in named:
            real = list(crops.of(source))
            sets[folder + source] = (framed_set(real), [crop.text for crop in real])
        return sets


def train(config: RecognizerConfig, folder: Path, resume: bool = False) -> Path:
    """Train all phases in folders of a folder; return the last one's ``best.pt``."""

    def task_of(phase: RecognizerPhase, place: Path, start: Path | None) -> RecognizerTask:
        """Return what a phase trains; the library may have grown, the region head keeps its classes."""
        number = config.phases.index(phase)
        origin = place if (place / "last.pt").exists() else start and start.parent
        regions = origin_of(origin)["regions"] if origin else None
        return RecognizerTask(config, regions, number, start)

    return phases.train(config.phases, folder, resume, task_of)
