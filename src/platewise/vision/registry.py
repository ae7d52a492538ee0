"""Parts by name. Installed packages add pipelines under the entry point group ``platewise.pipelines``."""

from collections.abc import Callable
from functools import lru_cache, partial
from importlib.metadata import entry_points
from typing import Generic, TypeAlias, TypeVar

from platewise.errors import NameUnknown, SettingError
from platewise.vision import seeds
from platewise.vision.pipeline import PipelineOptions, yolo_attention
from platewise.vision.plugged import JOINT, joined
from platewise.vision.protocols import Pipeline

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


class Pipelines(Registry[PipelineFactory]):
    """Pipelines by name; ``DETECTOR+RECOGNIZER`` names one that joins two models of a manifest."""

    def get(self, name: str) -> PipelineFactory:
        """Return what builds the pipeline of that name; NameUnknown lists the known ones."""
        return partial(joined, name) if JOINT in name else super().get(name)


@lru_cache(maxsize=1)
def pipelines() -> Pipelines:
    """Return the pipelines: the shipped one, the seeds' own and those of installed packages."""
    registry = Pipelines("pipeline")
    for name, factory in (("yolo-attention", yolo_attention), *seeds.WAYS.items()):
        registry.add(name, factory)
    for point in entry_points(group=GROUP):
        registry.add(point.name, point.load())
    return registry
