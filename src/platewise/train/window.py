"""The sliding-window network as a Task: what ``platewise train window`` trains, on drawn windows alone."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from platewise.regions.library import select
from platewise.synth import cache
from platewise.synth.backgrounds import drawn
from platewise.synth.windows import Window, window
from platewise.train.batches import numbered
from platewise.train.config import Count, LoopConfig, Positive, Settings
from platewise.train.loop import fit
from platewise.train.window_model import COLUMNS, HEIGHT, ROWS, SLOTS, WIDTH, WindowNet, WindowNetConfig

SPREAD = (0.9, 0.7)
"""Standard deviations of a sign's place on the grid, in columns and rows."""
SCENE = 384
"""Side of a drawn background, px: many windows are cut from each."""
EMPTY, WHOLE, TRIES = 0.2, 0.5, 8
"""Shares of windows without a plate, and of the others that are drawn again, so often, until it is whole."""
TEST_SEED = 1_000_000
"""Windows of this seed are for checks."""


class WindowData(Settings):
    """What is drawn: table ``[drawn]``."""

    path: Path = Path("runs/window-plates")
    """Where the drawn plates are kept between runs."""
    plates: Positive = 25_000
    backgrounds: Positive = 300
    regions: tuple[str, ...] = ("gb",)
    seed: Count = 0
    checks: Positive = 1000


class WindowConfig(Settings):
    """Everything that decides a run: a file like ``configs/window.toml``."""

    loop: LoopConfig
    drawn: WindowData = WindowData()
    model: WindowNetConfig = WindowNetConfig()

    def limited(self, minutes: float) -> "WindowConfig":
        """Return the settings of a training that stops after so many minutes."""
        return self.model_copy(update={"loop": self.loop.limited(minutes)})


class Batch(TypedDict):
    """N windows with their labels."""

    pixels: Tensor
    """(N, 64, 128, 3) uint8 RGB."""
    present: Tensor
    """1 where a plate is wholly there, (N,) float32."""
    place: Tensor
    """Its box in window widths and heights, (N, 4) float32."""
    signs: Tensor
    """Class of each slot, (N, 7) int64."""
    centres: Tensor
    """Middle of each sign on the grid as column, row, (N, 7, 2) float32; -1 for none."""


class WindowTask:
    """Learning to find and read plates in windows."""

    name = "window"

    def __init__(self, config: WindowConfig) -> None:
        """Prepare a run; plates and backgrounds are drawn when first needed."""
        self.config = config

    def model(self) -> WindowNet:
        """Return a fresh network."""
        return WindowNet(self.config.model)

    def batches(self, seed: int, start: int) -> Iterator[Batch]:
        """Yield batches for ever."""
        _ = self.plates, self.backgrounds  # before the workers fork
        return numbered(self.draw, seed, start, self.config.loop.workers)

    def draw(self, rng: np.random.Generator) -> Batch:
        """Return one batch."""
        return batch_of([self.shot(rng) for _ in range(self.config.loop.batch)])

    def shot(self, rng: np.random.Generator) -> Window:
        """Return a window: one of five without a plate, and often a whole one, for only those teach signs."""
        plate = self.plates[int(rng.integers(len(self.plates)))]
        scene = self.backgrounds[int(rng.integers(len(self.backgrounds)))]
        x, y = rng.integers(0, SCENE - WIDTH), rng.integers(0, SCENE - HEIGHT)
        behind = np.ascontiguousarray(scene[y : y + HEIGHT, x : x + WIDTH])
        shot = window(rng, plate, behind)
        if rng.random() < EMPTY:
            return Window(behind, "", False, shot.quad, shot.centres[:0])
        tries = TRIES if rng.random() < WHOLE else 0
        while tries and not shot.present:
            shot, tries = window(rng, plate, behind), tries - 1
        return shot

    def loss(self, model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the losses of a batch: the signs count where the plate is there."""
        said = model(batch["pixels"])
        there = batch["present"]
        presence = functional.binary_cross_entropy_with_logits(said.presence.float()[:, 0, 0, 0], there)
        place = (said.place.float()[:, :, 0, 0] - batch["place"]).abs().mean(1)
        signs = functional.cross_entropy(
            said.signs.float().transpose(1, 2), batch["signs"], reduction="none", label_smoothing=0.02
        ).mean(1)
        look = _look_loss(said.attention.float(), batch["centres"])
        count = there.sum().clamp(min=1)
        parts = {"presence": presence, "place": (place * there).sum() / count}
        parts |= {"signs": (signs * there).sum() / count, "look": (look * there).sum() / count}
        weights = {"presence": 0.5, "place": 2.0, "signs": 1.0, "look": 0.3}
        return {"loss": sum((parts[k] * w for k, w in weights.items()), torch.zeros(())), **parts}

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        """Return the figures of the drawn test set."""
        model.eval()
        target = next(model.parameters()).device

        def run(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> tuple[Any, Any]:
            """Return presence (N,) and signs (N, 7) of windows ``(N, 64, 128, 3) uint8 RGB``."""
            said = model(torch.from_numpy(pixels).to(target))
            return said.presence.float().cpu().numpy()[:, 0, 0, 0], said.signs.argmax(2).cpu().numpy()

        return self.measure(run)

    def measure(self, run: Any) -> dict[str, float]:
        """Return the figures of anything that answers (presence logits, classes) of windows.

        ``exact``: of the windows with a whole plate, those seen as such and read without an error.
        """
        checks = self.checks
        chunks = [run(checks["pixels"].numpy()[i : i + 200]) for i in range(0, len(checks["pixels"]), 200)]
        presence = np.concatenate([p for p, _ in chunks]) > 0
        classes = np.concatenate([c for _, c in chunks])
        there = checks["present"].numpy() > 0
        right = (classes == checks["signs"].numpy()).all(1)
        return {
            "score": float((right & presence)[there].mean()),
            "exact": float((right & presence)[there].mean()),
            "read": float(right[there].mean()),
            "presence": float((presence == there).mean()),
            "missed": float((~presence)[there].mean()),
            "false": float(presence[~there].mean()),
        }

    def facts(self) -> dict[str, Any]:
        """Return the settings."""
        return {"config": self.config.model_dump(mode="json"), "data": {"drawn": self.config.drawn.plates}}

    @cached_property
    def plates(self) -> cache.PlateCache:
        """The drawn plates."""
        data = self.config.drawn
        if not data.path.with_suffix(".npz").exists():
            cache.build(data.path, data.plates, data.seed, select(data.regions))
        return cache.PlateCache(data.path)

    @cached_property
    def backgrounds(self) -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
        """Drawn scenes without plates, ``(384, 384, 3) uint8 RGB`` each."""
        seed, count = self.config.drawn.seed, self.config.drawn.backgrounds
        return [drawn(np.random.default_rng((seed, i)), SCENE, SCENE) for i in range(count)]

    @cached_property
    def checks(self) -> Batch:
        """The drawn test set: what ``platewise synth windows`` writes for the seed ``TEST_SEED``."""
        from platewise.synth.windows import windows

        data = self.config.drawn
        return batch_of(list(windows(data.checks, TEST_SEED, select(data.regions))))


def batch_of(shots: list[Window]) -> Batch:
    """Return windows as a batch."""
    size = np.array([WIDTH, HEIGHT], np.float32)
    signs = np.zeros((len(shots), SLOTS), np.int64)
    centres = np.full((len(shots), SLOTS, 2), -1, np.float32)
    place = np.zeros((len(shots), 4), np.float32)
    for i, shot in enumerate(shots):
        text = shot.text[:SLOTS]
        signs[i, : len(text)] = ["0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(sign) + 1 for sign in text]
        centres[i, : len(text)] = shot.centres[:SLOTS] / size * (COLUMNS, ROWS)
        place[i] = np.concatenate([shot.quad.min(0) / size, shot.quad.max(0) / size])
    return Batch(
        pixels=torch.from_numpy(np.stack([shot.pixels for shot in shots])),
        present=torch.tensor([float(shot.present) for shot in shots]),
        place=torch.from_numpy(place),
        signs=torch.from_numpy(signs),
        centres=torch.from_numpy(centres),
    )


def _look_loss(attention: Tensor, centres: Tensor) -> Tensor:
    """Return how far attention (N, 7, 256) looks from the signs at (N, 7, 2) on the grid, (N,)."""
    column = torch.arange(COLUMNS, device=centres.device) + 0.5 - centres[..., :1]  # (N, 7, 32)
    row = torch.arange(ROWS, device=centres.device) + 0.5 - centres[..., 1:]  # (N, 7, 8)
    across, down = (-0.5 * (column / SPREAD[0]) ** 2).exp(), (-0.5 * (row / SPREAD[1]) ** 2).exp()
    bell = (down[..., :, None] * across[..., None, :]).flatten(-2)  # (N, 7, 8, 32) -> (N, 7, 256)
    target = bell / (bell.sum(-1, keepdim=True) + 1e-6)
    known = (centres >= 0).all(-1)  # (N, 7)
    miss = -(target * (attention + 1e-5).log()).sum(-1)
    return (miss * known).sum(1) / known.sum(1).clamp(min=1)


def train(config: WindowConfig, folder: Path, resume: bool = False) -> Path:
    """Train in a folder; return the path of ``best.pt``."""
    return fit(WindowTask(config), config.loop, folder, resume and (folder / "last.pt").exists())
