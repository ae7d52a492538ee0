"""Programs that were written for other libraries, with their import changed."""

from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

import cv2
import numpy as np
import pytest

from platewise import compat
from platewise.compat import ALPR, LicensePlateCatcher
from platewise.core.frame import Frame
from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Character, Read
from platewise.errors import ImageError
from platewise.vision.reader import Reader

SIGNS = tuple(Character(sign, 0.9) for sign in "AB12CDE")
SEEN = Read(
    Plate("AB12CDE", "gb"), 0.93, quad_of((10.4, 20, 100, 30)), 0.8, SIGNS, regions={"gb": 0.7}
)  # fmt: skip


class OfRed:
    """A pipeline that finds a plate where the picture is red, and one that it cannot read."""

    name = "of-red"

    def __init__(self, read: Read = SEEN) -> None:
        self._read = read

    def __call__(self, frame: Frame) -> list[Read]:
        assert (frame.pixels == (255, 0, 0)).all(), "BGR was taken for RGB"
        return [self._read, replace(SEEN, plate=None, confidence=0.0, characters=())]


@pytest.fixture
def red() -> Any:
    return np.full((90, 200, 3), (0, 0, 255), np.uint8)


class TestFastAlpr:
    def test_predict_as_its_users_take_it_apart(self, red: Any) -> None:
        alpr = ALPR(
            detector_model="yolo-v9-t-384-license-plate-end2end",
            ocr_model="cct-xs-v2-global-model",
            reader=Reader(pipeline=OfRed()),
        )
        first, unread = alpr.predict(red)
        box = first.detection.bounding_box
        assert (box.x1, box.y1, box.x2, box.y2) == (10, 20, 110, 50)
        assert red[box.y1 : box.y2, box.x1 : box.x2].shape == (30, 100, 3)
        assert (first.detection.label, first.detection.confidence) == ("License Plate", 0.8)
        assert first.ocr is not None
        sure = first.ocr.confidence
        assert (mean(sure) if isinstance(sure, list) else sure) == pytest.approx(0.9)
        assert (first.ocr.text, first.ocr.region, first.ocr.region_confidence) == (
            "AB12CDE",
            "United Kingdom",
            0.7,
        )
        assert unread.ocr is None

    def test_draw_predictions(self, red: Any) -> None:
        before = red.copy()
        drawn = ALPR(reader=Reader(pipeline=OfRed())).draw_predictions(red)
        assert (red == before).all()
        assert drawn.image.shape == red.shape
        assert drawn.image.flags["C_CONTIGUOUS"], "OpenCV takes no other"
        assert (drawn.image != red).any()
        assert (drawn.image[0, 199] == (0, 0, 255)).all(), "it stays BGR"
        assert [one.ocr.text for one in drawn.results if one.ocr] == ["AB12CDE"]

    def test_a_path(self, red: Any, tmp_path: Path) -> None:
        cv2.imwrite(str(tmp_path / "car.png"), red)
        alpr = ALPR(reader=Reader(pipeline=OfRed()))
        assert len(alpr.predict(str(tmp_path / "car.png"))) == 2
        with pytest.raises(ImageError):
            alpr.predict(str(tmp_path / "none.png"))
        with pytest.raises(ImageError, match="cv2"):
            alpr.predict(cv2.imread(str(tmp_path / "none.png")))

    def test_parts_of_ones_own_are_not_silently_dropped(self) -> None:
        with pytest.raises(TypeError, match="plug-in-a-model"):
            ALPR(ocr=object())

    def test_the_shipped_reader_answers(self) -> None:
        assert ALPR().predict(np.zeros((64, 64, 3), np.uint8)) == []
        assert compat._reader() is compat._reader()


class TestHyperLpr3:
    @pytest.mark.parametrize(("text", "kind"), [("京AD12345", 3), ("京A12345", 0), ("AB12CDE", -1)])
    def test_the_catcher(self, red: Any, text: str, kind: int) -> None:
        region = "cn" if text.startswith("京") else "gb"
        pipeline = OfRed(replace(SEEN, plate=Plate(text, region)))
        catcher = LicensePlateCatcher(detect_level=compat.DETECT_LEVEL_HIGH, reader=Reader(pipeline=pipeline))
        for code, confidence, plate_type, box in catcher(red):
            assert (code, confidence, plate_type, box) == (text, 0.93, kind, [10, 20, 110, 50])
