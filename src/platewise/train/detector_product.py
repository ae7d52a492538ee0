"""A trained detector as a Product: what its export is given, and how the written file is checked."""

from pathlib import Path

import torch
from torch import Tensor, nn

from platewise.train import detector_export as facts
from platewise.train.detector import DetectorConfig, Material
from platewise.train.detector_evaluate import figures
from platewise.train.detector_model import OUTPUTS, PAD, SCALE
from platewise.train.export import Product, Run
from platewise.train.record import origin_of


class _Written(nn.Module):
    """A written file in the place of the torch network, so that both are measured by the same code."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run
        self.place = nn.Parameter(torch.zeros(()))  # tells the measuring code the device: the CPU

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """Return the grids of normalised pictures ``(N, 3, H, W) float32``."""
        pixels = (pictures.float() * SCALE + PAD).round().to(torch.uint8)
        grids = self.run(pixels.permute(0, 2, 3, 1).contiguous().numpy())  # (N, H, W, 3)
        return tuple(torch.from_numpy(grids[name]) for name in OUTPUTS)


def product(run: Path) -> Product:
    """Return the best weights of a run's last phase, ready to be exported."""
    origin = origin_of(run)
    config = DetectorConfig.model_validate(origin["config"])
    material = Material.of(config)
    return Product(
        task="detector",
        net=facts.network(run / "best.pt"),
        input=facts.INPUT,
        outputs=OUTPUTS,
        example=facts.specimen().numpy(),
        dynamic=facts.axes(),
        calibration=facts.calibration(material),
        figures=lambda written: figures(_Written(written), material.held_out, material.empty),
        keep_float=_kept,
        entry={
            "recipe": "src/platewise/train/configs/detector.toml",
            "command": "platewise train detector && platewise export runs/detector --name detector",
            "seed": config.seed,
            "commit": origin["commit"],
            "data": [f"{name} ({count})" for name, count in origin["sources"].items()],
            "trained_on": origin["started"][:10],
        },
    )


def _kept(node: str) -> bool:
    return bool(facts.kept([node]))
