"""The page of failures, made from pictures drawn here."""

import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.train import failures as fail
from platewise.train import report
from platewise.train.index import Labelled, LabelledPlate
from platewise.train.measures import Judged, Pair, YieldPoint

BOX = (200.0, 100.0, 80.0, 20.0)


@pytest.fixture
def scene(tmp_path):
    path = tmp_path / "scene.png"
    cv2.imwrite(str(path), np.full((300, 400, 3), 120, np.uint8))
    return path


def read(text, confidence=0.9, box=BOX, explain=()):
    return Read(Plate(text) if text else None, confidence, quad_of(box), explain=explain)


def judged(image, truth, answer, *surplus, box=BOX, **more):
    plates = () if truth == "" else (LabelledPlate(box, None, truth),)
    label = Labelled(image, "gb", "scene", (400, 300), plates, None, "here")
    pairs = () if truth == "" else (Pair(truth, answer, 0.9 if answer else 0.0),)
    return Judged(label, pairs, surplus, {"total": 3.0}, 4.0, **more)


def test_failures_are_wrong_missed_and_false_ones_the_surest_first(scene):
    found = fail.failures(
        [
            judged(scene, "AB12", read("AB12")),
            judged(scene, "AB12", read("AB17", 0.6)),
            judged(scene, "AB12", None),
            judged(scene, None, read(None, 0.3)),
            judged(scene, None, read("ANY")),
            judged(scene, "", None, read("FALSE", 0.99), read(None)),
            judged(scene, "AB12", None, error="damaged"),
        ]
    )
    assert [(f.kind.name, f.truth, f.confidence) for f in found] == [
        ("FALSE", None, 0.99),
        ("WRONG", "AB12", 0.6),
        ("MISSED", None, 0.3),
        ("MISSED", "AB12", 0.0),
    ]


def test_the_picture_shows_label_and_read_in_their_colours(scene):
    (one,) = fail.failures([judged(scene, "AB12", read("AB17", box=(210.0, 130.0, 80.0, 20.0)))])
    shown = fail.picture(one)
    assert shown.shape[1] == fail.WIDTH
    scale = fail.WIDTH / (90 + 2 * 0.6 * 90)
    at = {name: (round((x - 146) * scale), round((y - 46) * scale)) for name, x, y in
          (("label", 240, 100), ("read", 250, 150), ("neither", 240, 125))}  # fmt: skip
    colours = {name: shown[y, x].tolist() for name, (x, y) in at.items()}
    assert np.allclose(colours["label"], fail.LABEL, atol=40)
    assert np.allclose(colours["read"], fail.READ, atol=40)
    assert colours["neither"] == [120, 120, 120]


def test_a_crop_is_shown_whole(scene):
    (one,) = fail.failures([judged(scene, "AB12", read("AB17"), box=None, whole=True)])
    assert fail.picture(one).shape == (240, fail.WIDTH, 3)


def test_a_label_outside_the_picture_still_gives_a_picture(scene):
    (one,) = fail.failures([judged(scene, "AB12", None, box=(900.0, 900.0, 10.0, 5.0))])
    assert fail.picture(one).size > 0


class Tags(HTMLParser):
    """Counts tags, and notes those left open."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("path", "polyline"):
            assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def test_the_page_is_whole_and_names_only_pictures_beside_it(scene, tmp_path):
    judgements = [
        judged(scene, "AB12", read("A812", 0.8, explain=("blurred <b>",))),
        judged(scene, "CD34", read("CD34", 0.95)),
        judged(scene, "EF56", None),
        judged(scene, "", None, read("FALSE")),
        judged(Path("<gone>.jpg"), "GH78", None, error="no file <gone>"),
    ]
    stale = tmp_path / "out" / "pictures" / "false-099.jpg"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"old")
    page = report.write_report(
        judgements, tmp_path / "out", report.About("Of <a> test", {"pipeline": "x & y"})
    )
    text = page.read_text("utf-8")
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    pictures = [a["src"] for t, a in tags.seen if t == "img"]
    assert pictures == ["pictures/wrong-000.jpg", "pictures/missed-000.jpg", "pictures/false-000.jpg"]
    assert all((page.parent / p).read_bytes()[:2] == b"\xff\xd8" for p in pictures)
    assert not stale.exists()
    assert "Of &lt;a&gt; test" in text
    assert "A<mark>8</mark>12" in text
    assert "blurred &lt;b&gt;" in text
    assert "no file &lt;gone&gt;" in text
    assert report.WARNING in text
    assert not re.search(r"https?://|<script", text)


def test_a_page_without_texts_or_failures_has_no_empty_sections(scene, tmp_path):
    page = report.write_report([judged(scene, "", None)], tmp_path / "out", report.About("Empty", {}))
    text = page.read_text("utf-8")
    assert "<h2>Figures</h2>" in text
    assert not re.search("Yield against|confused|Wrong text|Not read", text)


def test_many_failures_are_counted_and_the_first_shown(scene, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "SHOWN", 2)
    page = report.write_report([judged(scene, "AB12", None)] * 3, tmp_path / "out", report.About("Many", {}))
    assert "Not read: 3, the first 2 shown" in page.read_text("utf-8")
    assert len(list((tmp_path / "out" / "pictures").iterdir())) == 2


def test_the_curve_ends_at_its_error():
    svg = report.curve_svg([YieldPoint(0.5, 0.0, 0.9), YieldPoint(1.0, 0.5, 0.0)], 640, 260)
    assert 'points="334.0,224.0 616,12.0"' in svg.replace("616.0", "616")
    assert ">50.0%<" in svg


def test_shares_for_people():
    assert report.share(None) == "–"
    assert report.share(0.9876) == "98.8 %"


def test_rows_name_groups_only_when_there_are_several(scene):
    one = judged(scene, "AB12", read("AB12"))
    assert [name for name, _ in report.rows([one])] == ["all"]
    assert report.cells(report.rows([one])[0][1])["exact"] == "100.0 %"
