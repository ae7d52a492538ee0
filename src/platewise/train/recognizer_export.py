"""A trained recogniser as a Product: softmax added, real crops to calibrate and to check by."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from platewise.core.plate import SIGNS
from platewise.train import recognizer_figures as figures
from platewise.train import recognizer_loss, split, state
from platewise.train.export import Batch, Product, Run
from platewise.train.recognizer import RecognizerConfig, RecognizerTask
from platewise.train.recognizer_crops import framed
from platewise.train.recognizer_data import classes_of, source_shares
from platewise.train.recognizer_model import HEIGHT, WIDTH, RecognizerNet
from platewise.train.record import origin_of

CALIBRATION = 300
OUTPUTS = ("lattice", "regions")
PRODUCTS = {"query", "key", "value", "out", "think.1", "think.3"}
"""Names of the decoder's linear layers."""


class Shipped(nn.Module):
    """The network as it is shipped: crops ``(N, 48, 160, 3) uint8 RGB`` to probabilities."""

    def __init__(self, net: RecognizerNet, sharpness: float = 1.0) -> None:
        """Wrap a trained network; ``sharpness`` multiplies the logits of the signs."""
        super().__init__()
        self.net, self.sharpness = net, sharpness

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Return the lattice (N, 10, 82) and the regions (N, R), both float32, rows of sum 1."""
        reading = self.net(crops)
        return (reading.lattice.float() * self.sharpness).softmax(-1), reading.regions.float().softmax(-1)


def product(run: Path) -> Product:
    """Return the best weights of a run, ready to be exported."""
    origin = origin_of(run)
    config = RecognizerConfig.model_validate(origin["config"])
    task = RecognizerTask(config, origin["regions"], origin["phase"])
    net = task.network()
    best = state.read(run / "best.pt")
    net.load_state_dict(best["ema"])
    sharp = sharpness(net, task)
    return Product(
        task="recognizer",
        net=Shipped(net, sharp),
        input="crops",
        outputs=OUTPUTS,
        example=np.zeros((2, HEIGHT, WIDTH, 3), np.uint8),
        dynamic={name: {0: "crops_count"} for name in ("crops", *OUTPUTS)},
        calibration=calibration(task),
        figures=lambda run_onnx: check(task, run_onnx),
        keep_float=keep_float,
        entry={
            "signs": SIGNS,
            "regions": origin["regions"],
            "net": task.size_of(task.number).model_dump(mode="json"),
            "recipe": "src/platewise/train/configs/recognizer.toml",
            "command": "platewise train recognizer && platewise export runs/recognizer --name recognizer",
            "seed": task.phase.loop.seed,
            "steps": best["step"],
            "sharpness": round(sharp, 4),
            "commit": origin["commit"],
            "data": [f"{source} ({count})" for source, count in origin["data"].items()],
            "trained_on": origin["started"][:10],
        },
    )


def sharpness(net: RecognizerNet, task: RecognizerTask) -> float:
    """Return what the logits are to be multiplied by so that the true signs of held-out crops are likeliest.

    Where none is held out, drawn plates in new photographs take their place. Smoothed labels teach a network
    to doubt more than it errs. Temperature scaling (Guo et al., "On Calibration of Modern Neural Networks",
    ICML 2017); its temperature is the inverse.
    """
    sets = [one for source, one in task.checks.items() if not source.startswith(split.CHECKS_ONLY)]
    pairs = [(torch.from_numpy(crops), np.stack([classes_of(t) for t in texts])) for crops, texts in sets]
    if not pairs:
        pairs = [(batch["crops"], batch["signs"].numpy()) for batch in unseen(task)]
    wanted = torch.from_numpy(np.concatenate([signs for _, signs in pairs]))
    net.eval()
    with torch.no_grad():
        logits = torch.cat([net(crops).lattice.float() for crops, _ in pairs])
    tried = np.geomspace(0.5, 4, 43)
    losses = [float(functional.cross_entropy((logits * s).flatten(0, 1), wanted.flatten())) for s in tried]
    return float(tried[int(np.argmin(losses))])


def unseen(task: RecognizerTask) -> list[recognizer_loss.Batch]:
    """Return batches of drawn plates as training has not photographed them."""
    loop = task.phase.loop
    batches = task.batches(loop.seed, loop.steps)
    return [next(batches) for _ in range(-(-CALIBRATION // loop.batch))]


def calibration(task: RecognizerTask) -> list[Batch]:
    """Return training crops in batches ``(n, 48, 160, 3) uint8 RGB``: real ones by source as in training,
    drawn ones where there are none.
    """
    if not task.crops.counts():
        return [batch["crops"].numpy() for batch in unseen(task)]
    rng = np.random.default_rng(task.phase.loop.seed)
    counts = task.crops.counts()
    sources = list(counts)
    shares = source_shares(list(counts.values()), task.phase.mix.power)
    picks = [sources[i] for i in rng.choice(len(sources), CALIBRATION, p=shares)]
    crops = np.stack([framed(task.crops.get(s, int(rng.integers(counts[s])))) for s in picks])
    return [crops[i : i + 50] for i in range(0, len(crops), 50)]


def check(task: RecognizerTask, run: Run) -> dict[str, float]:
    """Return ``score`` and the exact share of every held-out source."""

    def read(crops: Batch) -> list[str]:
        """Return the texts in crops ``(N, 48, 160, 3) uint8 RGB``."""
        chunks = (crops[i : i + figures.CHUNK] for i in range(0, len(crops), figures.CHUNK))
        return [text for chunk in chunks for text in figures.texts_of(run(chunk)["lattice"])]

    measured = task.measure(read)
    return {name: value for name, value in measured.items() if name == "score" or name.endswith("/exact")}


def keep_float(node: str) -> bool:
    """Say whether an ONNX node stays float32: all but convolutions and the decoder's large products.

    The attention's own arithmetic, the norms and the heads cost little, and int8 would blur what they decide.
    """
    return "/strokes/" not in node and not set(node.split("/")[-2:-1]) & PRODUCTS
