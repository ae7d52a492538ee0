"""A Frame: the pixels of one moment."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Pixels: TypeAlias = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Frame:
    """Pixels ``(H, W, 3) uint8 RGB`` with where, when and which. BGR never travels."""

    pixels: Pixels = field(repr=False)
    camera: str | None = None
    captured_at: datetime | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        """Check shape, dtype and that the time is aware."""
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or self.pixels.dtype != np.uint8:
            raise ValueError(f"a frame is (H, W, 3) uint8 RGB, got {self.pixels.shape} {self.pixels.dtype}")
        if self.captured_at is not None and self.captured_at.tzinfo is None:
            raise ValueError("captured_at must be an aware datetime")

    @property
    def width(self) -> int:
        """Width in px."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Height in px."""
        return int(self.pixels.shape[0])
