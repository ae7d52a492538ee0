"""The three trained networks of the ``haar`` pipeline as Products, each an ONNX file of its own."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from torch import Tensor, nn

from platewise.train import state
from platewise.train.export import Batch, Product, Run
from platewise.train.haar import HaarConfig, HaarTask
from platewise.train.haar_data import HaarBatch
from platewise.train.record import origin_of
from platewise.train.window_export import entry

PARTS = {
    "edges": ("strips", "edges"),
    "split": ("crops", "centres"),
    "signs": ("windows", "signs"),
}
"""The networks with the names of their input, of a batch and of the ONNX file, and of their output."""
CALIBRATION = 4


class Softmax(nn.Module):
    """A network that answers with shares instead of logits."""

    def __init__(self, net: nn.Module) -> None:
        """Wrap a network."""
        super().__init__()
        self.net = net

    def forward(self, pictures: Tensor) -> Tensor:
        """Return shares (N, C) of sum 1."""
        return self.net(pictures).float().softmax(1)  # type: ignore[no-any-return]


def products(run: Path) -> dict[str, Product]:
    """Return the best weights of a run, ready to be exported: ``-edges``, ``-split`` and ``-signs``."""
    origin = origin_of(run)
    task = HaarTask(HaarConfig.model_validate(origin["config"]))
    nets = task.model()
    best = state.read(run / "best.pt")
    nets.load_state_dict(best["ema"])
    rng = np.random.default_rng(task.config.loop.seed)
    drawn = [task.strokes.draw(rng) for _ in range(CALIBRATION)]
    said = entry(origin, best, "haar", task.config.loop.seed)
    return {
        f"-{part}": Product(
            task=f"haar-{part}",
            net=Softmax(nets.signs) if part == "signs" else getattr(nets, part),
            input=source,
            outputs=(answer,),
            example=pictures(drawn[0], source)[:2],
            dynamic={source: {0: "count"}, answer: {0: "count"}},
            calibration=[pictures(batch, source) for batch in drawn],
            figures=checks(task, nets, part),
            keep_float=lambda node: not ("Conv" in node or "Gemm" in node) or "/votes/" in node,
            kept=("int8",),
            entry=said,
        )
        for part, (source, answer) in PARTS.items()
    }


def pictures(batch: HaarBatch, source: str) -> Batch:
    """Return the strips, crops or windows of a batch as ``(N, H, W, 3) uint8 RGB``."""
    tensors: dict[str, Tensor] = {
        "strips": batch["strips"],
        "crops": batch["crops"],
        "windows": batch["windows"],
    }
    return np.asarray(tensors[source].numpy(), np.uint8)


def checks(task: HaarTask, nets: nn.Module, part: str) -> Callable[[Run], dict[str, float]]:
    """Return what measures one exported network, the others being as trained."""
    answer = PARTS[part][1]

    def figures(run: Run) -> dict[str, float]:
        """Return the figures of the drawn test set."""

        def exported(batch: Batch) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
            """Return the answer for a batch ``(N, H, W, 3) uint8 RGB``."""
            return run(batch)[answer]

        if part == "edges":
            return task.edge_figures(exported)
        trained = {name: task.runner(getattr(nets, name)) for name in ("split", "signs")}
        return task.sign_figures(**{**trained, part: exported})

    return figures
