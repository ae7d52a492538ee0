"""Platewise: automatic number plate recognition that reads, learns and serves, offline, on a plain CPU.

>>> from platewise import Reader
>>> for read in Reader().read("car.jpg"):  # doctest: +SKIP
...     print(read.plate, f"{read.confidence:.0%}")
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

from platewise import errors

if TYPE_CHECKING:
    from platewise.core.frame import Frame
    from platewise.core.plate import Plate
    from platewise.core.read import Read
    from platewise.vision.reader import Reader
    from platewise.vision.reads import Reads

__all__ = ["Frame", "Plate", "Read", "Reader", "Reads", "errors"]

# Since 1.29 ONNX Runtime reports each process and model to its maker, unless this is set before it is loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

_HOMES = {
    "Frame": "platewise.core.frame",
    "Plate": "platewise.core.plate",
    "Read": "platewise.core.read",
    "Reader": "platewise.vision.reader",
    "Reads": "platewise.vision.reads",
}


def __getattr__(name: str) -> object:
    """Load a public name when it is first used: the import alone loads no OpenCV and no ONNX Runtime."""
    if name not in _HOMES:
        raise AttributeError(f"module 'platewise' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
