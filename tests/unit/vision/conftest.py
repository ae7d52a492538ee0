from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
from PIL import Image

from platewise.settings import Settings
from platewise.vision.reader import Reader


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("tiny-networks"))


@pytest.fixture
def settings(models: Path) -> Settings:
    return Settings(models=models, threads=1)


@pytest.fixture
def reader(settings: Settings) -> Reader:
    return Reader(settings=settings)


@pytest.fixture
def encode() -> Callable[..., bytes]:
    """Pixels or a PIL image -> the bytes of a file."""

    def encoded(pixels: np.ndarray | Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
        image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
        buffer = BytesIO()
        image.save(buffer, kind, **options)
        return buffer.getvalue()

    return encoded


@pytest.fixture
def picture() -> np.ndarray:
    """A smooth picture (60, 90, 3) uint8 RGB whose corners differ."""
    y, x = np.mgrid[0:60, 0:90]
    return np.stack([x * 255 // 89, y * 255 // 59, np.full_like(x, 40)], 2).astype(np.uint8)
