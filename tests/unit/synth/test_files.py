"""Plates as files, contact sheets and windows, through the command line as well."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from platewise.cli import synth
from platewise.errors import InputError
from platewise.regions.library import select
from platewise.synth.files import pictures
from platewise.synth.sheet import CELL, contact_sheet
from platewise.synth.windows import HEIGHT, WIDTH, windows


def run(*arguments: str) -> None:
    app = typer.Typer()
    app.callback()(lambda: None)
    synth.register(app)
    result = CliRunner().invoke(app, ["synth", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("degraded", [(), ("--degraded",)])
def test_plates_are_written_with_their_truth(tmp_path: Path, degraded: tuple[str, ...]) -> None:
    run("plates", str(tmp_path), "--count", "4", "--regions", "gb", "--seed", "9", *degraded)
    lines = [json.loads(line) for line in (tmp_path / "index.jsonl").read_text("utf-8").splitlines()]
    assert len(lines) == 4
    for line in lines:
        picture = cv2.imread(str(tmp_path / line["image"]))
        plate = line["plates"][0]
        assert [picture.shape[1], picture.shape[0]] == line["size"]
        assert line["region"] == "gb"
        assert plate["text"] in line["image"]
        assert np.array(plate["corners"]).shape == (4, 2)
        assert plate["box"][2] == pytest.approx(np.ptp(np.array(plate["corners"])[:, 0]), abs=0.05)


def test_a_sheet_shows_plates_photographs_and_real_ones(tmp_path: Path) -> None:
    run("plates", str(tmp_path / "real"), "--count", "3")
    run("sheet", "--count", "8", "--out", str(tmp_path / "s.png"), "--beside", str(tmp_path / "real"))
    sheet = cv2.imread(str(tmp_path / "s.png"))
    assert sheet.shape == (3 * CELL[1], 8 * CELL[0], 3)


def test_pictures_keep_their_colour_on_a_sheet(tmp_path: Path) -> None:
    red = np.zeros((10, 20, 3), np.uint8)
    red[:, :, 0] = 255
    sheet = contact_sheet([[red]])
    assert tuple(sheet[CELL[1] // 2, CELL[0] // 2]) == (255, 0, 0)


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no pictures"):
        list(pictures(tmp_path))


def test_windows_are_named_by_text_and_presence(tmp_path: Path) -> None:
    run("windows", str(tmp_path), "--count", "12")
    names = sorted(p.name for p in tmp_path.glob("*.png"))
    assert [name.split("_")[0] for name in names] == [f"{i:08d}" for i in range(12)]
    assert {name.split("_")[2] for name in names} <= {"0.png", "1.png"}
    assert cv2.imread(str(tmp_path / names[0])).shape == (HEIGHT, WIDTH, 3)


def test_half_of_the_windows_hold_a_plate() -> None:
    shots = list(windows(80, 1, select(["gb"])))
    assert 0.25 < np.mean([shot.present for shot in shots]) < 0.75
    assert windows(1, 1, select(["gb"])).__next__().pixels.tobytes() == shots[0].pixels.tobytes()
