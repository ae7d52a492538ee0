"""Laying reads beside labels, with a pipeline whose answers are written in the test."""

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest

from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.errors import ImageError
from platewise.train import evaluate as ev
from platewise.train.index import Labelled, LabelledPlate


def plate(box=None, text=None):
    return LabelledPlate(box, None, text)


def read(text, box, confidence=0.9):
    return Read(Plate(text) if text else None, confidence, quad_of(box))


def label(image, *plates, kind="scene"):
    return Labelled(image, "gb", kind, (100, 50), tuple(plates), None, "here")


@dataclass
class Seen:
    reads: list
    ms: dict = field(default_factory=lambda: {"total": 1.0})


@dataclass
class Scripted:
    """Answers in order, and remembers what it was shown."""

    answers: list
    shown: list = field(default_factory=list)

    def read(self, source):
        self.shown.append(source)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Seen(answer)


def test_plates_take_the_read_at_their_place_whatever_it_says():
    near, far = read("WRONG", (2, 1, 40, 10)), read("AB12", (200, 100, 40, 10))
    pairs, surplus = ev.compare([plate((0, 0, 40, 10), "AB12")], [far, near])
    assert pairs[0].read is near
    assert pairs[0].overlap == pytest.approx(38 * 9 / (2 * 400 - 38 * 9))
    assert surplus == (far,)


def test_every_read_answers_one_plate_at_most_the_closest_first():
    one = read("AB12", (0, 0, 40, 10))
    pairs, surplus = ev.compare([plate((10, 0, 40, 10), "CD34"), plate((1, 0, 40, 10), "AB12")], [one])
    assert [p.read for p in pairs] == [None, one]
    assert [p.overlap for p in pairs] == [0.0, pytest.approx(39 / 41)]
    assert surplus == ()


def test_a_touch_is_not_a_place():
    pairs, surplus = ev.compare([plate((0, 0, 40, 10), "AB12")], [read("AB12", (38, 0, 40, 10))])
    assert pairs[0].read is None
    assert len(surplus) == 1


def test_plates_without_box_take_the_nearest_text():
    reads = [read(None, (0, 0, 9, 3)), read("ZZ99", (50, 0, 9, 3)), read("AB12", (20, 0, 9, 3))]
    pairs, surplus = ev.compare([plate(text="AB17"), plate(text="CD34")], reads)
    assert [p.text for p in pairs] == ["AB12", "ZZ99"]
    assert [p.overlap for p in pairs] == [None, None]
    assert surplus == (reads[0],)


def test_a_picture_without_plates_keeps_every_read_as_surplus():
    reads = [read("AB12", (0, 0, 9, 3))]
    assert ev.compare([], reads) == ((), tuple(reads))
    assert ev.compare([plate((0, 0, 9, 3))], [])[0][0].read is None


@pytest.mark.parametrize(
    ("crops", "kind", "boxed", "skips"),
    [
        ("auto", "crop", False, True),
        ("auto", "scene", True, False),
        ("never", "crop", True, False),
        ("always", "scene", True, True),
        ("always", "scene", False, False),
    ],
)
def test_which_pictures_skip_the_detector(crops, kind, boxed, skips):
    eyes = ev.Eyes(Scripted([]), Scripted([]), crops)
    one = label(Path("a.jpg"), plate((0, 0, 9, 3) if boxed else None, "A"), kind=kind)
    assert eyes.skips_detector(one) is skips


def test_cut_leaves_a_margin_and_stays_inside():
    pixels = np.arange(50 * 100 * 3, dtype=np.uint32).astype(np.uint8).reshape(50, 100, 3)
    assert ev.cut(pixels, (20, 10, 50, 25)).shape == (29, 54, 3)
    assert np.array_equal(ev.cut(pixels, (20, 10, 50, 25)), pixels[8:37, 18:72])
    assert ev.cut(pixels, (0, 0, 100, 50)).shape == (50, 100, 3)
    assert ev.cut(pixels, (99.9, 49.9, 0.0, 0.0)).size == 3


def test_a_run_over_scenes_crops_and_a_bad_picture(tmp_path):
    crop = tmp_path / "crop.png"
    cv2.imwrite(str(crop), np.full((50, 100, 3), 90, np.uint8))
    scene = Scripted([[read("AB12", (0, 0, 40, 10))], ImageError("cut off")])
    recognizer = Scripted([[read("CD34", (0, 0, 54, 29))], [read("EF56", (0, 0, 100, 50))]])
    labels = [
        label(Path("scene.jpg"), plate((0, 0, 40, 10), "AB12")),
        label(crop, plate((20, 10, 50, 25), "CD34"), kind="crop"),
        label(crop, plate(text="EF56"), kind="crop"),
        label(Path("bad.jpg"), plate((0, 0, 40, 10), "GH78")),
    ]
    found = list(ev.evaluate(labels, ev.Eyes(scene, recognizer)))
    assert [j.pairs[0].text for j in found] == ["AB12", "CD34", "EF56", ""]
    assert [j.pairs[0].exact for j in found] == [True, True, True, False]
    assert [j.whole for j in found] == [False, True, True, False]
    assert found[3].error == "cut off"
    assert found[0].ms == {"total": 1.0}
    assert recognizer.shown[0].shape == (29, 54, 3)
    assert recognizer.shown[1] == crop


def test_negatives_have_no_plates_and_the_name_of_their_folder(tmp_path):
    made = ev.negatives(tmp_path / "street", [tmp_path / "street" / "a.jpg"])
    assert [(m.source, m.plates, m.image.name) for m in made] == [("street", (), "a.jpg")]
