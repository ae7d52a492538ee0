"""The networks of the ``haar`` pipeline as one Task: what ``platewise train haar`` trains, on drawings."""

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from platewise.core.plate import SIGNS
from platewise.regions.library import select
from platewise.synth.cache import plate_at
from platewise.synth.degrade import photograph
from platewise.train.batches import numbered
from platewise.train.config import LoopConfig, Settings
from platewise.train.haar_data import HaarBatch, HaarData, Strokes
from platewise.train.haar_model import HaarNets
from platewise.train.loop import fit
from platewise.vision.recognizers.segments import split_line, windows

Floats = npt.NDArray[np.float32]
Run = Callable[[npt.NDArray[np.uint8]], Floats]
TEST_SEED = 1_000_000
"""Plates of this seed are for checks."""


class HaarConfig(Settings):
    """Everything that decides a run: a file like ``configs/haar.toml``."""

    loop: LoopConfig
    drawn: HaarData = HaarData()

    def limited(self, minutes: float) -> "HaarConfig":
        """Return the settings of a training that stops after so many minutes."""
        return self.model_copy(update={"loop": self.loop.limited(minutes)})


class HaarTask:
    """Learning to bound, split and name the signs of Chinese plates."""

    name = "haar"

    def __init__(self, config: HaarConfig) -> None:
        """Prepare a run; plates and backgrounds are drawn when first needed."""
        self.config = config
        self.strokes = Strokes(config.drawn, config.loop.batch)

    def model(self) -> HaarNets:
        """Return fresh networks."""
        return HaarNets()

    def batches(self, seed: int, start: int) -> Iterator[HaarBatch]:
        """Yield batches for ever."""
        _ = self.strokes.lines, self.strokes.backgrounds  # before the workers fork
        return numbered(self.strokes.draw, seed, start, self.config.loop.workers)

    def loss(self, model: nn.Module, batch: HaarBatch) -> dict[str, Tensor]:
        """Return the losses of a batch."""
        nets: Any = model
        edges = functional.smooth_l1_loss(nets.edges(batch["strips"]).float() / 10, batch["edges"] / 10)
        split = functional.binary_cross_entropy_with_logits(
            nets.split(batch["crops"]).float(), batch["middles"]
        )
        signs = functional.cross_entropy(
            nets.signs(batch["windows"]).float(), batch["signs"], label_smoothing=0.02
        )
        return {"loss": edges + 2 * split + signs, "edges": edges, "split": split, "signs": signs}

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        """Return the figures of the drawn test set."""
        nets: Any = model.eval()
        edges, split, signs = (self.runner(net) for net in (nets.edges, nets.split, nets.signs))
        return self.edge_figures(edges) | self.sign_figures(split, signs)

    def runner(self, net: nn.Module) -> Run:
        """Return a network as a function of arrays."""
        target = next(net.parameters()).device

        def run(batch: npt.NDArray[np.uint8]) -> Floats:
            """Return the answer for a batch ``(N, H, W, 3) uint8 RGB``."""
            with torch.no_grad():
                return np.asarray(net(torch.from_numpy(batch).to(target)).float().cpu().numpy(), np.float32)

        return run

    def edge_figures(self, edges: Run) -> dict[str, float]:
        """Return the mean error of the edges in px of a strip, of about 117 px a plate."""
        strips, truth = self.checks["strips"].numpy(), self.checks["edges"].numpy()
        return {"edges_px": float(np.abs(edges(strips) - truth).mean())}

    def sign_figures(self, split: Run, signs: Run) -> dict[str, float]:
        """Return the shares of right signs and of exact plates, on clean drawings and as photographed."""
        told = {}
        for name, (crops, texts) in self.plates.items():
            places = [split_line(row) for row in split(crops)]
            rows = [signs(windows(crop, found)) for crop, found in zip(crops, places, strict=True)]
            read = ["".join(SIGNS[k - 1] for k in r.argmax(1) if k) for r in rows]
            told[name] = float(np.mean([a == b for a, b in zip(read, texts, strict=True)]))
            told[f"{name}/without_province"] = float(
                np.mean([a[1:] == b[1:] for a, b in zip(read, texts, strict=True)])
            )
        return {"score": told["photographed"], **told}

    def facts(self) -> dict[str, Any]:
        """Return the settings."""
        return {"config": self.config.model_dump(mode="json"), "data": {"drawn": self.config.drawn.plates}}

    @cached_property
    def checks(self) -> HaarBatch:
        """Strips of drawings that are not trained on."""
        strokes = Strokes(self.config.drawn, self.config.drawn.checks)
        strokes.__dict__.update(
            {name: getattr(self.strokes, name) for name in ("plates", "lines", "backgrounds")}
        )
        return strokes.draw(np.random.default_rng(TEST_SEED))

    @cached_property
    def plates(self) -> dict[str, tuple[npt.NDArray[np.uint8], list[str]]]:
        """Crops ``(n, 48, 160, 3) uint8 RGB`` and texts of plates of one line that are not trained on."""
        regions = select(["cn"])
        drawn = (plate_at(TEST_SEED, i, regions) for i in range(10 * self.config.drawn.checks))
        some = [p for p in drawn if p.lines == 1 and len(p.text) in (7, 8)][: self.config.drawn.checks]
        texts = [plate.text for plate in some]
        rng = np.random.default_rng(TEST_SEED)
        return {
            name: (np.stack([photograph(rng, plate, (160, 48), strength)[0] for plate in some]), texts)
            for name, strength in (("clean", 0.0), ("photographed", self.config.drawn.strength))
        }


def train(config: HaarConfig, folder: Path, resume: bool = False) -> Path:
    """Train in a folder; return the path of ``best.pt``."""
    return fit(HaarTask(config), config.loop, folder, resume and (folder / "last.pt").exists())
