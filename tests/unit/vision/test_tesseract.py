"""Reading with the Tesseract program."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from platewise.core.plate import MAX_SIGNS, SIGNS
from platewise.errors import SettingError
from platewise.settings import Settings
from platewise.vision.recognizers import tesseract
from platewise.vision.recognizers.tesseract import TesseractRecognizer, find_program, lattice_of, line_of

needs_program = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="needs the program tesseract (apt install tesseract-ocr)"
)


def plate(ground: int = 235, ink: int = 20) -> np.ndarray:
    picture = Image.new("RGB", (300, 60), (ground,) * 3)
    ImageDraw.Draw(picture).text((30, 4), "KH39 PTL", (ink,) * 3, ImageFont.load_default(48))
    return np.asarray(picture)


@needs_program
def test_a_clear_plate_is_read_bright_and_dark() -> None:
    recognizer = TesseractRecognizer.from_settings(Settings())
    bright, dark = recognizer.recognize([plate(), plate(30, 240)])
    assert bright.lattice.text() == "KH39PTL"
    same = [a == b for a, b in zip(dark.lattice.text(), "KH39PTL", strict=True)]
    assert sum(same) >= 6
    assert recognizer.recognize([]) == []


@needs_program
def test_an_empty_crop_says_nothing() -> None:
    recognizer = TesseractRecognizer.from_settings(Settings())
    (said,) = recognizer.recognize([np.zeros((1, 1, 3), np.uint8)])
    assert said.lattice.text() == ""


def test_a_missing_program_is_told_with_the_install_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingError, match=r"apt install tesseract-ocr.*PLATEWISE_TESSERACT"):
        find_program(None)
    with pytest.raises(SettingError, match="elsewhere"):
        find_program(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("cat > /dev/null; echo 'no eng.traineddata' >&2; exit 3", "no eng.traineddata"),
        ("cat > /dev/null", "is it a Tesseract"),
    ],
)
def test_the_program_can_be_named_and_its_failure_is_told(tmp_path: Path, script: str, said: str) -> None:
    program = tmp_path / "ocr"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    recognizer = TesseractRecognizer.from_settings(Settings(tesseract=program))
    assert recognizer.program == str(program)
    with pytest.raises(SettingError, match=f"failed: .*{said}"):
        recognizer.recognize([plate()])


def test_windows_has_the_place_of_the_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tesseract.WINDOWS_PATH.as_posix() == "C:/Program Files/Tesseract-OCR/tesseract.exe"
    there = tmp_path / "tesseract.exe"
    there.write_text("")
    there.chmod(0o755)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(tesseract, "WINDOWS_PATH", there)
    monkeypatch.setattr(tesseract.sys, "platform", "win32")
    assert find_program(None) == str(there)


def test_doubt_goes_to_look_alikes() -> None:
    rows = lattice_of([("O", 0.6), ("B", 0.9)]).probabilities
    assert rows.shape == (MAX_SIGNS, 1 + len(SIGNS))
    first = dict(zip(SIGNS, rows[0, 1:], strict=True))
    assert first["O"] == pytest.approx(0.6)
    assert first["0"] > 3 * first["X"] > 0
    assert rows[2, 0] == 1


def test_more_signs_than_slots_are_cut() -> None:
    assert len(lattice_of([("A", 0.9)] * 14).text()) == MAX_SIGNS


def test_the_page_of_tesseract_is_understood() -> None:
    page = (
        "<span class='ocrx_cinfo' title='x_bboxes 1 2 3 4; x_conf 98.5'>A</span>"
        "<span class='ocrx_cinfo' title='x_bboxes 1 2 3 4; x_conf 1.5'>&amp;</span>"
        "<span class='ocrx_cinfo' title='x_bboxes 1 2 3 4; x_conf 0'>7</span>"
    )
    assert list(tesseract._signs(page)) == [("A", 0.985), ("7", 0.05)]


def test_lines_are_dark_on_light_with_paper_around() -> None:
    for crop in (plate(), plate(30, 240)):
        line = line_of(crop)
        assert line.shape[0] == tesseract.HEIGHT + 2 * tesseract.MARGIN
        assert np.median(line) > 200
        assert (line[0] == 255).all()
