"""Plates made unreadable: what the networks read before, they do not read after."""

from pathlib import Path

import numpy as np
import pytest

from platewise.core.frame import Frame
from platewise.core.geometry import quad_of
from platewise.core.read import Read
from platewise.vision.decode import decode
from platewise.vision.reader import Reader
from platewise.vision.redact import HOWS, places, redact

SAMPLES = sorted((Path(__file__).parents[3] / "samples").glob("*.jpg"))


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.mark.parametrize("how", HOWS)
def test_the_networks_read_nothing_of_what_is_hidden(reader: Reader, how: str) -> None:
    read = 0
    for path in SAMPLES[:6]:
        frame = decode(path)
        texts = {one.plate.text for one in reader.read(frame.pixels) if one.plate}
        hidden = redact(frame.pixels, places(reader.pipeline, frame), how)
        after = {c.plate for one in reader.read(hidden) for c in one.candidates}
        assert not texts & after, f"{path.name}: {texts & after} can still be read"
        read += len(texts)
    assert read >= 5, "the pictures must have plates for this to say anything"


def test_the_picture_given_stays_as_it_was() -> None:
    pixels = np.full((90, 200, 3), 200, np.uint8)
    pixels[30:60, 40:140:7] = 0
    before = pixels.copy()
    hidden = redact(pixels, [quad_of((40, 30, 100, 30))])
    assert (pixels == before).all()
    assert (hidden != before).any()
    assert (redact(pixels, []) == before).all()


@pytest.mark.parametrize(
    "box", [(-50, -50, 400, 400), (190, 80, 50, 50), (500, 500, 10, 10), (10, 10, 0, 0), (-30, 10, 20, 10)]
)
def test_places_at_the_edge_or_outside(box: tuple[float, float, float, float]) -> None:
    pixels = np.arange(90 * 200 * 3, dtype=np.uint32).reshape(90, 200, 3).astype(np.uint8)
    for how in HOWS:
        assert redact(pixels, [quad_of(box)], how).shape == pixels.shape


def test_a_tilted_plate_is_hidden_and_its_box_is_not() -> None:
    pixels = np.zeros((100, 200, 3), np.uint8)
    pixels[::2] = 255
    quad = np.array([[20, 80], [160, 20], [180, 40], [40, 95]], np.float32)
    hidden = redact(pixels, [quad], "fill", 0.0)
    assert (hidden[25:35, 30:40] == pixels[25:35, 30:40]).all()
    assert len(np.unique(hidden[58:62, 98:102])) == 1


def test_a_pipeline_without_a_detector_gives_the_places_of_its_reads() -> None:
    class Own:
        name = "own"

        def __call__(self, frame: Frame) -> list[Read]:
            return [Read(None, 0.0, quad_of((1, 2, 30, 10)))]

    (quad,) = places(Own(), Frame(np.zeros((20, 40, 3), np.uint8)))
    assert quad.tolist() == quad_of((1, 2, 30, 10)).tolist()
