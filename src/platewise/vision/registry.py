"""Parts by name. Installed packages add pipelines under the entry point group ``platewise.pipelines``."""

from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Generic, TypeAlias, TypeVar

from platewise.errors import NameUnknown, SettingError
from platewise.settings import Settings
from platewise.vision.detectors.onnx_grid import OnnxGridDetector
from platewise.vision.pipeline import PipelineOptions, yolo_attention
from platewise.vision.protocols import Detector, Pipeline, Recognizer
from platewise.vision.recognizers.onnx_slots import OnnxSlotRecognizer

T = TypeVar("T")
GROUP = "platewise.pipelines"


class Registry(Generic[T]):
    """Names and what they stand for."""

    def __init__(self, kind: str) -> None:
        """Start empty; ``kind`` names the parts in messages."""
        self.kind = kind
        self._parts: dict[str, T] = {}

    def add(self, name: str, part: T) -> None:
        """Add a part; SettingError when the name is taken."""
        if name in self._parts:
            raise SettingError(f"two {self.kind}s are named {name!r}")
        self._parts[name] = part

    def get(self, name: str) -> T:
        """Return the part of that name; NameUnknown lists the known ones."""
        if name not in self._parts:
            raise NameUnknown(self.kind, name, self.names())
        return self._parts[name]

    def names(self) -> list[str]:
        """Return all names in order."""
        return sorted(self._parts)


PipelineFactory: TypeAlias = Callable[[PipelineOptions], Pipeline]

detectors: Registry[Callable[[Settings], Detector]] = Registry("detector")
detectors.add(OnnxGridDetector.name, OnnxGridDetector.from_settings)
recognizers: Registry[Callable[[Settings], Recognizer]] = Registry("recognizer")
recognizers.add(OnnxSlotRecognizer.name, OnnxSlotRecognizer.from_settings)


@lru_cache(maxsize=1)
def pipelines() -> Registry[PipelineFactory]:
    """Return the pipelines: the shipped one and those of installed packages."""
    registry: Registry[PipelineFactory] = Registry("pipeline")
    registry.add("yolo-attention", yolo_attention)
    for point in entry_points(group=GROUP):
        registry.add(point.name, point.load())
    return registry
