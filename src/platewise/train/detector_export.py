"""What an export must know about the detector: its input, its outputs, what to calibrate by, what int8
must not touch.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from platewise.core.frame import Pixels
from platewise.train.detector import Material, trained
from platewise.train.detector_infer import letterboxed
from platewise.train.detector_model import OUTPUTS, Exported

INPUT = "image"
SIZE = 384
"""Side of the specimen and of the calibration pictures, px."""
LAST_LAYERS = "/net/last."
"""ONNX names of the 1x1 convolutions that give the outputs begin so: they stay in fp32."""


def network(path: Path) -> Exported:
    """Return the network of a ``best.pt`` with its normalisation inside."""
    return Exported(trained(path)).eval()


def specimen() -> Tensor:
    """Return an input ``(1, 384, 384, 3) uint8 RGB`` to trace the network with."""
    return torch.zeros(1, SIZE, SIZE, 3, dtype=torch.uint8)


def axes() -> dict[str, dict[int, str]]:
    """Return the names of the free axes of input and outputs."""
    outputs = {name: {0: "n", 2: f"{name}_h", 3: f"{name}_w"} for name in OUTPUTS}
    return {INPUT: {0: "n", 1: "h", 2: "w"}, **outputs}


def kept(nodes: Iterable[str]) -> list[str]:
    """Return those of a graph's node names that int8 must leave alone."""
    return [name for name in nodes if name.startswith(LAST_LAYERS)]


def calibration(material: Material, count: int = 180, seed: int = 0) -> list[Pixels]:
    """Return training pictures ``(1, 384, 384, 3) uint8 RGB``, letterboxed, to choose the int8 ranges by."""
    rng = np.random.default_rng(seed)
    pool = material.scenes + material.backgrounds[: len(material.scenes) // 8]
    chosen = rng.choice(len(pool), min(count, len(pool)), replace=False)
    return [letterboxed(pool[int(i)].pixels(), SIZE)[0][None] for i in chosen]
