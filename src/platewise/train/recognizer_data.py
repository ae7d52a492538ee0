"""Batches for the recogniser: drawn plates, photographed anew each time, mixed with real crops."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field

from platewise.core.plate import MAX_SIGNS, SIGNS
from platewise.regions.library import Region, select
from platewise.synth.cache import PlateCache
from platewise.synth.degrade import photograph, rephotograph
from platewise.train.config import Count, Positive, Settings, Share
from platewise.train.recognizer_crops import RealCrops
from platewise.train.recognizer_loss import Batch
from platewise.train.recognizer_model import HEIGHT, WIDTH

SIZE = (WIDTH, HEIGHT)
Example: TypeAlias = tuple[npt.NDArray[np.uint8], str, str, npt.NDArray[np.float32]]
"""A crop (48, 160, 3) uint8 RGB, its text, its region, the centres of its signs (n, 2) float32 in [0, 1]."""


class PlatesConfig(Settings):
    """The drawn plates: table ``[plates]``."""

    path: Path = Path("runs/plates")
    """Where they are kept between runs; drawn when missing."""
    count: Positive = 60_000
    seed: Count = 0
    favour: dict[str, Share] = Field(default_factory=dict)
    """Shares of single regions by code; the others are drawn by their weights."""

    def regions(self, known: Mapping[str, Region]) -> list[Region]:
        """Return the regions to draw, with weights that give the shares.

        Raises:
            NameUnknown: a favoured region has no file.
        """
        favoured = (
            {region.code for region in select(list(self.favour), dict(known))} if self.favour else set()
        )
        others = sum(region.data.weight for code, region in known.items() if code not in favoured)
        whole = others / max(1 - sum(self.favour.values()), 1e-6)
        return [
            replace(region, data=region.data.model_copy(update={"weight": whole * self.favour[code]}))
            if code in favoured
            else region
            for code, region in known.items()
        ]


class MixConfig(Settings):
    """What a batch is made of: table ``[mix]``."""

    real: Share = 0.3
    """Share of real crops."""
    power: Share = 0.6
    """A real source of n crops is drawn from with the weight n ** power: small ones more than their share."""
    strength: float = 1.0
    """How badly drawn plates are photographed."""


class Mixture:
    """Draws batches. Region codes give the order of the region head."""

    def __init__(
        self, plates: PlateCache, crops: RealCrops, regions: Sequence[str], config: MixConfig, batch: int
    ) -> None:
        """Mix these plates and crops into batches of a size."""
        self.plates, self.crops, self.config, self.batch = plates, crops, config, batch
        self.sources = [(source, n) for source, n in crops.counts().items() if n]
        self.shares = source_shares([n for _, n in self.sources], config.power)
        self.region_index = {code: i for i, code in enumerate(regions)}

    def draw(self, rng: np.random.Generator) -> Batch:
        """Return one batch."""
        size = self.batch
        crops = np.empty((size, HEIGHT, WIDTH, 3), np.uint8)
        signs = np.zeros((size, MAX_SIGNS), np.int64)
        centres = np.full((size, MAX_SIGNS, 2), -1, np.float32)
        regions = np.empty(size, np.int64)
        for i in range(size):
            pick = self._real if self.sources and rng.random() < self.config.real else self._drawn
            crops[i], text, region, places = pick(rng)
            signs[i] = classes_of(text)
            regions[i] = self.region_index.get(region, -1)
            centres[i, : len(places)] = places
        return Batch(
            crops=torch.from_numpy(crops),
            signs=torch.from_numpy(signs),
            regions=torch.from_numpy(regions),
            centres=torch.from_numpy(centres),
        )

    def _drawn(self, rng: np.random.Generator) -> Example:
        plate = self.plates[int(rng.integers(len(self.plates)))]
        pixels, centres = photograph(rng, plate, SIZE, self.config.strength)
        return pixels, plate.text, plate.region, centres

    def _real(self, rng: np.random.Generator) -> Example:
        source, count = self.sources[rng.choice(len(self.sources), p=self.shares)]
        crop = self.crops.get(source, int(rng.integers(count)))
        pixels = rephotograph(rng, crop.pixels, crop.quad, SIZE, self.config.strength)
        return pixels, crop.text, crop.region, np.empty((0, 2), np.float32)


def source_shares(counts: Sequence[int], power: float) -> npt.NDArray[np.float64]:
    """Return how often each source of so many pictures is drawn from, ``(n,) float64``, sum 1."""
    weights = np.array(counts, np.float64) ** power
    return np.asarray(weights / max(weights.sum(), 1e-9), np.float64)


def classes_of(text: str) -> npt.NDArray[np.int64]:
    """Return the class of each slot for a text, ``(10,) int64``: 0 behind the last sign."""
    classes = np.zeros(MAX_SIGNS, np.int64)
    classes[: len(text)] = [1 + SIGNS.index(sign) for sign in text]
    return classes
