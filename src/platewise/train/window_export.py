"""The trained sliding-window network as a Product, with drawn windows to calibrate and to check by."""

from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

from platewise.train import state
from platewise.train.export import Batch, Product, Run
from platewise.train.record import origin_of
from platewise.train.window import WindowConfig, WindowTask
from platewise.train.window_model import HEIGHT, WIDTH, WindowNet

OUTPUTS = ("presence", "place", "signs")
CALIBRATION = 300


class Shipped(nn.Module):
    """The network as it is shipped: pictures ``(N, H, W, 3) uint8 RGB`` to shares and boxes."""

    def __init__(self, net: WindowNet) -> None:
        """Wrap a trained network."""
        super().__init__()
        self.net = net

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return presence (N, 1, h, w) in [0, 1], place (N, 4, h, w), signs (N, 7, 37) of rows of sum 1."""
        said = self.net(pictures)
        return said.presence.float().sigmoid(), said.place.float(), said.signs.float().softmax(2)


def products(run: Path) -> dict[str, Product]:
    """Return the best weights of a run, ready to be exported."""
    origin = origin_of(run)
    task = WindowTask(WindowConfig.model_validate(origin["config"]))
    net = task.model()
    best = state.read(run / "best.pt")
    net.load_state_dict(best["ema"])
    grid = {2: "rows", 3: "columns"}
    rng = np.random.default_rng(task.config.loop.seed)
    shots = np.stack([task.shot(rng).pixels for _ in range(CALIBRATION)])
    product = Product(
        task="window",
        net=Shipped(net),
        input="pictures",
        outputs=OUTPUTS,
        example=np.zeros((2, HEIGHT, WIDTH, 3), np.uint8),
        dynamic={
            "pictures": {0: "count", 1: "height", 2: "width"},
            "presence": {0: "count", **grid},
            "place": {0: "count", **grid},
            "signs": {0: "count"},
        },
        calibration=[shots[i : i + 50] for i in range(0, CALIBRATION, 50)],
        figures=lambda run_onnx: check(task, run_onnx),
        keep_float=lambda node: "/strokes/" not in node and "/where.1/" not in node,
        kept=("int8",),
        entry=entry(origin, best, "window", task.config.loop.seed),
    )
    return {"": product}


def check(task: WindowTask, run: Run) -> dict[str, float]:
    """Return the figures of the drawn test set."""

    def answers(pixels: Batch) -> tuple[Any, Any]:
        """Return presence log-odds (N,) and classes (N, 7) of windows ``(N, 64, 128, 3) uint8 RGB``."""
        said = run(pixels)
        return said["presence"][:, 0, 0, 0] - 0.5, said["signs"].argmax(2)

    return task.measure(answers)


def entry(origin: dict[str, Any], best: dict[str, Any], name: str, seed: int) -> dict[str, Any]:
    """Return what the manifest says of a seed's network besides its figures."""
    return {
        "recipe": f"src/platewise/train/configs/{name}.toml",
        "command": f"platewise train {name} && platewise export runs/{name} --name {name}",
        "seed": seed,
        "steps": best["step"],
        "commit": origin["commit"],
        "data": [f"{source} ({count})" for source, count in origin["data"].items()],
        "trained_on": origin["started"][:10],
    }
