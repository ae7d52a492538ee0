"""Trains the detector: phases of the common loop, each on what the one before has found out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from platewise.core.frame import Pixels
from platewise.errors import InputError
from platewise.synth import cache
from platewise.train import phases, state
from platewise.train.batches import numbered
from platewise.train.config import Positive
from platewise.train.detector_data import Mix, Picture, Sampler
from platewise.train.detector_evaluate import corner_error, figures
from platewise.train.detector_loss import Weights, losses
from platewise.train.detector_mine import harder, mine
from platewise.train.detector_model import DetectorNet, normalised
from platewise.train.detector_scenes import Scene, backgrounds, load, read
from platewise.train.index import read_tree
from platewise.train.phases import Phase, Phases
from platewise.train.split import separate

CHECKED_VIEWS = 64
"""Views with pasted plates on which the corner error is measured."""


class DetectorPhase(Phase):
    """From the second on it mines with the weights that it starts from."""

    mix: Mix = Mix()
    negatives: float = 0.9
    """Weight of the score of cells without a plate."""


class DetectorConfig(Phases):
    """``configs/detector.toml``."""

    data: Path = Path("../shared/data")
    """Folder with ``train/`` and ``negatives/``; see ``train.index``."""
    sources: tuple[str, ...]
    """Folders of labelled scenes in ``train/``."""
    plates: Path
    """The cache of drawn plates; it is drawn first if it is not there."""
    plates_count: Positive = 20000
    backgrounds: Path | None = None
    """A folder of pictures without plates (see ``platewise synth backgrounds``)."""
    drawn_backgrounds: Positive = 1200
    seed: int = 0
    phases: Annotated[tuple[DetectorPhase, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """All pictures of a training, in memory."""

    scenes: list[Scene] = field(repr=False)
    held_out: list[Scene] = field(repr=False)
    backgrounds: list[Scene] = field(repr=False)
    empty: list[Pixels] = field(repr=False)
    plates: cache.PlateCache = field(repr=False)

    @classmethod
    def of(cls, config: DetectorConfig) -> "Material":
        """Load what a config names."""
        sides = separate(read_tree(config.data / "train"))
        train, held = ([x for x in side if x.source in config.sources] for side in sides)
        if not train or not held:
            raise InputError(f"{config.data}: too few scenes in {', '.join(config.sources)}")
        if not config.plates.with_suffix(".npz").exists():
            cache.build(config.plates, config.plates_count, config.seed)
        return cls(
            scenes=load(train),
            held_out=load(held),
            backgrounds=backgrounds(config.backgrounds, config.drawn_backgrounds, config.seed),
            empty=[read(path) for path in sorted((config.data / "negatives" / "img").glob("*.jpg"))],
            plates=cache.PlateCache(config.plates),
        )


class DetectorTask:
    """What the loop trains in one phase."""

    name = "detector"

    def __init__(
        self, config: DetectorConfig, phase: DetectorPhase, material: Material, start: Path | None
    ) -> None:
        """Train on the material; ``start`` is the ``best.pt`` whose weights and finds the phase builds on."""
        self.config, self.phase, self.start = config, phase, start
        self.material = material if start is None else mined(material, trained(start))
        self.sampler = Sampler(
            self.material.scenes, self.material.backgrounds, self.material.plates, phase.mix
        )

    def model(self) -> nn.Module:
        """Return a fresh network, or the one that the phase starts from."""
        return trained(self.start) if self.start else DetectorNet()

    def draw(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Return one batch: ``pixels`` (N, S, S, 3) uint8 RGB, ``rows`` (N, 12, 14) float32."""
        return self.sampler.batch(rng, self.phase.loop.batch)

    def batches(self, seed: int, start: int) -> Iterator[dict[str, Tensor]]:
        """Yield the batches from number ``start`` on."""
        return numbered(self.draw, seed, start, self.phase.loop.workers)

    def loss(self, model: nn.Module, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return the loss and its parts."""
        grids = model(normalised(batch["pixels"]))
        with torch.autocast(batch["pixels"].device.type, enabled=False):
            return losses(grids, batch["rows"], Weights(negatives=self.phase.negatives))

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        """Return the figures on held-out scenes and the corner error on held-out scenes with pasted
        plates.
        """
        told = figures(model, self.material.held_out, self.material.empty)
        return told | {"corner_error": corner_error(model, self.checked)}

    @cached_property
    def checked(self) -> list[Picture]:
        """Views of held-out scenes with drawn plates over the real ones: the same ones at every
        evaluation.
        """
        mix = Mix(size=self.phase.mix.size, negatives=0, over=1, free_in_scenes=0)
        sampler = Sampler(self.material.held_out, [], self.material.plates, mix)
        rng = np.random.default_rng(self.config.seed)
        return [view for _ in range(CHECKED_VIEWS) for view in sampler.views(rng, mix.size, 1)]

    def facts(self) -> dict[str, Any]:
        """Return the settings and how many pictures each source gives."""
        names = [scene.source for scene in self.material.scenes]
        corners = sum(mark.trust == 1 for scene in self.material.scenes for mark in scene.marks)
        return {
            "config": self.config.model_dump(mode="json"),
            "start": str(self.start) if self.start else None,
            "sources": {name: names.count(name) for name in sorted(set(names))},
            "held_out": len(self.material.held_out),
            "plates_with_corners": corners,
            "backgrounds": len(self.material.backgrounds),
        }


def train(config: DetectorConfig, folder: Path, resume: bool = False) -> Path:
    """Train all phases in folders of a folder; return the last one's ``best.pt``."""
    material = Material.of(config)

    def task_of(phase: DetectorPhase, _: Path, start: Path | None) -> DetectorTask:
        """Return what a phase trains."""
        return DetectorTask(config, phase, material, start)

    return phases.train(config.phases, folder, resume, task_of)


def trained(path: Path) -> DetectorNet:
    """Return the network with the averaged weights of a ``best.pt``, ready to infer."""
    net = DetectorNet()
    net.load_state_dict(state.read(path)["ema"])
    return net.eval().to(memory_format=torch.channels_last)  # type: ignore[no-any-return, call-overload]


def mined(material: Material, net: nn.Module) -> Material:
    """Return the material with what the network finds out about it."""
    return Material(
        scenes=mine(net, material.scenes),
        held_out=material.held_out,
        backgrounds=harder(net, material.backgrounds),
        empty=material.empty,
        plates=material.plates,
    )
