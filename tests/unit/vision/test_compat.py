"""Functions of other projects under their own names."""

import numpy as np
import pytest

from platewise import compat
from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.errors import ImageError
from platewise.vision.reader import Reader


class Seen:
    """A pipeline that finds a plate where the picture is red, and one that it cannot read."""

    name = "seen"

    def __call__(self, frame):
        assert (frame.pixels == (255, 0, 0)).all(), "BGR was taken for RGB"
        box = quad_of((10.4, 20, 100, 30))
        return [Read(Plate("京A12345", "cn"), 0.93, box), Read(None, 0.0, box)]


@pytest.fixture
def red(monkeypatch):
    monkeypatch.setattr(compat, "_reader", lambda: Reader(pipeline=Seen()))
    return np.full((90, 200, 3), (0, 0, 255), np.uint8)


def test_the_answer_has_the_seeds_shape(red):
    assert compat.HyperLPR_PlateRecogntion(red) == [["京A12345", 0.93, [10, 20, 110, 50]]]


def test_the_import_line_of_the_seed_gives_the_name():
    names = {}
    exec("from platewise.compat import *", names)
    assert names["HyperLPR_PlateRecogntion"] is compat.HyperLPR_PlateRecogntion


def test_options_of_the_original_are_left_aside(red):
    told = compat.HyperLPR_PlateRecogntion(red)
    assert compat.HyperLPR_PlateRecogntion(red, 16, charSelectionDeskew=False) == told


def test_a_box_can_be_cut_out_where_the_picture_cuts_the_plate(monkeypatch, red):
    def seen(frame):
        return [Read(Plate("京A12345", "cn"), 0.93, quad_of((-9.4, -3.6, 100, 30)))]

    monkeypatch.setattr(compat, "_reader", lambda: Reader(pipeline=seen))
    ((_, _, box),) = compat.HyperLPR_PlateRecogntion(red)
    assert box == [0, 0, 91, 26]


def test_a_layer_of_transparency_is_not_taken_for_a_colour(red):
    transparent = np.dstack([red, np.full(red.shape[:2], 7, np.uint8)])
    assert compat.HyperLPR_PlateRecogntion(transparent) == compat.HyperLPR_PlateRecogntion(red)


@pytest.mark.parametrize("shape", [(90, 200), (90, 200, 1)])
def test_a_grey_picture_is_read(monkeypatch, shape):
    def seen(frame):
        assert frame.pixels.shape == (90, 200, 3)
        assert (frame.pixels == 9).all()
        return []

    monkeypatch.setattr(compat, "_reader", lambda: Reader(pipeline=seen))
    assert compat.HyperLPR_PlateRecogntion(np.full(shape, 9, np.uint8)) == []


def test_a_real_reader_answers_and_is_built_once():
    assert compat.HyperLPR_PlateRecogntion(np.zeros((64, 64, 3), np.uint8)) == []
    assert compat._reader() is compat._reader()


def test_a_picture_that_cv2_could_not_read_is_told(red):
    with pytest.raises(ImageError, match="imread"):
        compat.HyperLPR_PlateRecogntion(None)
