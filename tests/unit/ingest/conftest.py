"""A small road for the tests: bright plates that the reader ``tiny`` reads by their colours."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from platewise.core.frame import Pixels
from platewise.ingest.recorder import recording

WHITE, GREEN = (255, 255, 255), (0, 255, 0)


def road(number: int) -> Pixels:
    """Return frame ``number`` of two vehicles coming: a white plate in frames 5 to 24, a green one later."""
    picture = np.full((240, 320, 3), 30, np.uint8)
    for first, x, colour in ((5, 60, WHITE), (15, 200, GREEN)):
        step = number - first
        if 0 <= step < 20:
            top, wide = 10 + 9 * step, 30 + 2 * step
            picture[top : top + wide // 3, x : x + wide] = colour
    return picture


@pytest.fixture
def draw() -> Callable[[int], Pixels]:
    """Return what draws a frame of the road."""
    return road


@pytest.fixture(scope="session")
def road_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a video of two vehicles: AB12CDE on the left, AB1234CD on the right."""
    path = tmp_path_factory.mktemp("road") / "road.mp4"
    with recording(path, 25) as recorder:
        for number in range(45):
            recorder.write(road(number), number / 25)
    return path
