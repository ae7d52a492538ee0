import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
import tiny
from PIL import Image

from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.errors import InputError, MissingExtra
from platewise.vision.annotate import FRAME, annotate, label
from platewise.vision.reader import Reader
from platewise.vision.reads import Reads

MS = {"decode": 1.0, "detect": 2.0, "recognise": 3.0, "total": 6.0}


def read(text: str = "京A12345", box: tuple[float, float, float, float] = (40, 60, 120, 30)) -> Read:
    return Read(Plate(text), 0.97, quad_of(box))


@pytest.fixture
def reads() -> Reads:
    pixels = np.zeros((120, 200, 3), np.uint8)
    return Reads("car.jpg", 200, 120, (read(), Read(None, 0.0, quad_of((1, 2, 30, 10)))), MS, source=pixels)


def test_it_is_a_frozen_sequence(reads: Reads) -> None:
    assert len(reads) == 2
    assert [r.plate for r in reads] == [reads[0].plate, None]
    assert reads[-1] is reads.reads[1]
    assert reads[:1] == (reads.reads[0],)
    assert reads.reads[0] in reads
    with pytest.raises(FrozenInstanceError):
        reads.error = "no"  # type: ignore[misc]


def test_it_prints_itself(reads: Reads) -> None:
    assert str(reads) == "car.jpg: 京A12345 97%, (unreadable) 0%"
    assert str(Reads(None, 9, 9, (), MS)) == "no plate"
    assert str(Reads("x.jpg", None, None, (), MS, "x.jpg is empty")) == "x.jpg: x.jpg is empty"
    assert "京A12345" in reads.to_json()


def test_a_table_has_one_row_a_read(reads: Reads) -> None:
    pytest.importorskip("pandas")
    table = reads.to_pandas()
    assert table["plate"].tolist()[0] == "京A12345"
    assert list(table.columns)[:3] == ["image", "plate", "display"]
    assert len(Reads("x", 9, 9, (), MS).to_pandas()) == 0


def test_a_table_without_pandas_names_the_extra(reads: Reads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtra, match=r"platewise\[pandas\]"):
        reads.to_pandas()


def test_plot_draws_into_a_copy(reads: Reads) -> None:
    plotted = reads.plot()
    assert plotted.shape == (120, 200, 3)
    assert (plotted[75, 40] == FRAME).all()
    assert not np.asarray(reads.source).any()
    assert (plotted[plotted.shape[0] // 3] != 0).any()


def test_labels_show_every_sign_and_stay_inside() -> None:
    tags = {text: label(text, 24) for text in ("京A1", "沪A1", "ÄA1", "OA1")}
    assert len({tag.tobytes() for tag in tags.values()}) == 4
    for box in ((-20, -9, 60, 20), (180, 110, 60, 30), (90, 0, 20, 119)):
        assert annotate(np.zeros((120, 200, 3), np.uint8), [read(box=box)]).shape == (120, 200, 3)
    assert annotate(np.zeros((1, 1, 3), np.uint8), [read()]).shape == (1, 1, 3)


def test_crops_are_the_plates_seen_from_the_front(reader: Reader) -> None:
    (crop,) = reader.read(tiny.scene((136, 104))).crops()
    assert crop.shape == (21, 55, 3)
    assert (crop[10, 27] == tiny.RED).all()


def test_save_writes_the_plot(reads: Reads, tmp_path: Path) -> None:
    reads.save(tmp_path / "plot.png")
    with Image.open(tmp_path / "plot.png") as image:
        assert (np.asarray(image) == reads.plot()).all()
    for bad in (tmp_path / "plot.nothing", tmp_path / "no" / "plot.png"):
        with pytest.raises(InputError, match="cannot be written"):
            reads.save(bad)


def test_a_result_without_picture_says_why() -> None:
    failed = Reads("x.jpg", None, None, (), MS, "x.jpg is empty")
    assert failed.crops() == []
    with pytest.raises(InputError, match="is empty"):
        failed.plot()
