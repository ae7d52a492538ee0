"""The comparison of pipelines: conditions, cells, drawn sets, the page."""

import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.regions.library import select
from platewise.settings import Settings
from platewise.synth.hard import SETS
from platewise.train import compare
from platewise.train.binomial import interval
from platewise.train.compare import Cell, Trial, by_condition, by_set, cell_of, drawn_sets, seen_under, trial
from platewise.train.conditions import angle_of, conditions
from platewise.train.index import Labelled, LabelledPlate
from platewise.train.measures import Judged, Pair

pytest.importorskip("jinja2", reason="needs the [classic] extra")
pytest.importorskip("matplotlib", reason="needs the [classic] extra")
from platewise.train.compare_page import Comparison, rows, write_page
from platewise.train.report import About

BOX = (60.0, 40.0, 100.0, 24.0)


def picture(ground: int = 200, ink: int = 20) -> np.ndarray:
    pixels = np.full((120, 240, 3), 90, np.uint8)
    pixels[40:64, 60:160] = ground
    for x in range(66, 154, 9):
        pixels[45:59, x : x + 3] = ink
    return pixels


def label(box=BOX, quad=None, text="AB12CDE", **more) -> Labelled:
    plate = LabelledPlate(box, quad, text)
    values = {"image": Path("a.png"), "region": "gb", "kind": "scene", "size": (240, 120), "group": None}
    return Labelled(**{**values, "plates": (plate,), "source": "set", **more})


@pytest.mark.parametrize(
    ("pixels", "condition", "expected"),
    [
        (picture(), "size", "90 to 140"),
        (picture(), "blur", "sharp"),
        (cv2.GaussianBlur(picture(), (0, 0), 3), "blur", "soft"),
        (cv2.GaussianBlur(picture(), (0, 0), 5), "blur", "blurred"),
        (picture(), "light", "bright"),
        (picture(150), "light", "normal"),
        (picture(90), "light", "dim"),
        (picture(40, 5), "light", "dark"),
        (picture(), "angle", "not labelled"),
        (picture(), "region", "gb"),
    ],
)
def test_conditions_are_told_from_the_plate_itself(pixels, condition, expected):
    one = label()
    assert conditions(one, one.plates[0], pixels)[condition] == expected


@pytest.mark.parametrize(("degrees", "expected"), [(2, "under 5°"), (10, "5 to 15°"), (-20, "15° and more")])
def test_angles_need_corners(degrees, expected):
    move = cv2.getRotationMatrix2D((110, 52), degrees, 1)
    quad = cv2.transform(quad_of(BOX)[None], move)[0].astype(np.float32)
    assert angle_of(quad) == pytest.approx(abs(degrees), abs=0.1)
    one = label(quad=quad)
    assert conditions(one, one.plates[0], picture())["angle"] == expected


def test_a_crop_is_its_plate_and_a_plate_without_place_has_no_conditions():
    crop = label(None, kind="crop", size=(30, 9))
    assert conditions(crop, crop.plates[0], picture()[:9, :30])["size"] == "under 40 px"
    lost = label(None)
    assert set(conditions(lost, lost.plates[0], picture()).values()) == {"gb", "not labelled"}


def read(text: str, confidence: float = 0.9) -> Read:
    return Read(Plate(text), confidence, quad_of(BOX))


def test_cells_count_what_can_be_counted():
    right, near = Pair("AB12CDE", read("AB12CDE"), 0.9), Pair("AB12CDE", read("AB12CDF"), 0.4)
    unboxed, untold = Pair("X1", None), Pair(None, None, 0.0)
    assert cell_of([right, near]) == Cell(2, 0.5, 2, 0.5)
    assert cell_of([unboxed]) == Cell(1, None, 1, 0.0)
    assert cell_of([right, untold]) == Cell(2, 0.5, 1, 1.0)


def judged(image: Path, text: str, **more) -> Judged:
    one = label(image=image, **more)
    return Judged(one, (Pair("AB12CDE", read(text), 0.9),), (read("NOTHING1"),), {"total": 12.0}, 9.0)


def test_classes_come_in_their_order():
    two = (judged(Path("a"), "AB12CDE"), judged(Path("b"), "X", source="other"))
    seen = [[{"size": "60 to 90"}], [{"size": "under 40 px"}]]
    told = by_condition(Trial("p", two), seen, "size")
    assert list(told) == ["under 40 px", "60 to 90"]
    assert told["60 to 90"].exact == 1
    assert {name: cell.exact for name, cell in by_set(Trial("p", two)).items()} == {"set": 1, "other": 0}


def test_few_plates_say_little():
    assert interval(5, 10) == pytest.approx((0.187, 0.813), abs=0.001)
    assert interval(0, 10) == pytest.approx((0, 0.308), abs=0.001)
    assert interval(500, 1000) == pytest.approx((0.469, 0.531), abs=0.001)


def test_the_best_reader_of_a_row_is_marked():
    (row,) = rows([{"a": Cell(4, 1.0, 4, 0.5)}, {"a": Cell(4, 0.5, 4, 0.75)}])
    assert [cell["best"] for cell in row["cells"]] == [False, True]
    assert row["cells"][0]["text"] == "100 / 50"


@pytest.fixture
def compared(tmp_path):
    """Two pipelines over two pictures, and one that did not run."""
    image = tmp_path / "a.png"
    cv2.imwrite(str(image), picture())
    good = Trial("good", (judged(image, "AB12CDE"), judged(image, "AB12CDE")), 120.0)
    bad = Trial("bad", (judged(image, "AB12<b>"), judged(image, "")), None)
    labels = [j.label for j in good.judged]
    return Comparison([good, bad, Trial("absent", error="no Tesseract")], seen_under(labels), private=True)


def test_the_page_tells_all_and_shows_the_failures(compared, tmp_path):
    page = write_page(compared, tmp_path / "out", About("Compared", {"seed": "0"}))
    text = page.read_text("utf-8")
    assert "do not publish" in text
    for heading in ("By region", "By size", "By blur", "By angle", "By light", "Typical failures"):
        assert heading in text
    assert "no Tesseract" in text
    assert "AB12&lt;b&gt;" in text or "AB12B" in text
    assert "<b>&" not in text
    assert text.count("<svg") >= 2
    assert "<table" in text
    pictures = re.findall(r'src="(pictures/[^"]+)"', text)
    assert pictures
    assert all((page.parent / name).exists() for name in pictures)


def test_a_page_of_drawn_plates_has_no_warning(compared, tmp_path):
    page = write_page(replace(compared, private=False), tmp_path / "out", About("Compared", {}))
    assert "do not publish" not in page.read_text("utf-8")


def test_drawn_sets_show_the_same_cars(tmp_path):
    labels = drawn_sets(tmp_path, 1, 3, select(["gb"]))
    assert [one.source for one in labels] == [f"drawn-{name}" for name in SETS]
    assert len({one.plates[0].text for one in labels}) == 1
    told = {one.source: plates[0] for one, plates in zip(labels, seen_under(labels), strict=True)}
    assert told["drawn-turned"]["angle"] == "15° and more"
    small = next(one for one in labels if one.source == "drawn-small")
    assert small.size[0] < labels[0].size[0] / 2


def test_a_trial_tells_why_it_could_not_be(tmp_path):
    assert "nobody" in (trial("nobody", [], Settings()).error or "")


def test_a_broken_picture_has_no_conditions(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    assert seen_under([label(image=tmp_path / "broken.png")]) == [[{}]]


def test_each_pipeline_has_a_process_of_its_own(tmp_path):
    image = tmp_path / "a.png"
    cv2.imwrite(str(image), picture())
    heard: list[str] = []
    (found,) = compare.trials(["nobody"], [label(image=image)], Settings(), heard.append)
    assert heard == ["nobody"]
    assert found.error
