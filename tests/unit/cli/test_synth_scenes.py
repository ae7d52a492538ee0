import io
import json
import tarfile
import textwrap
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from platewise.cli.main import build
from platewise.errors import InputError


def run(*arguments: str) -> str:
    done = CliRunner().invoke(build(), ["synth", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_scenes_are_written_with_their_index(tmp_path: Path) -> None:
    assert run("scenes", str(tmp_path), "--count", "2", "--regions", "de") == f"2 scenes in {tmp_path}\n"
    lines = [json.loads(line) for line in (tmp_path / "index.jsonl").read_text("utf-8").splitlines()]
    assert [(tmp_path / line["image"]).exists() for line in lines] == [True, True]
    assert {plate["region"] for line in lines for plate in line["plates"]} == {"de"}


def test_backgrounds_are_drawn(tmp_path: Path) -> None:
    assert run("backgrounds", str(tmp_path), "--drawn", "2") == f"2 backgrounds in {tmp_path}\n"
    assert len(list(tmp_path.glob("*.jpg"))) == 2


def test_backgrounds_come_from_an_archive(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        data = cv2.imencode(".jpg", np.full((80, 160, 3), 200, np.uint8))[1].tobytes()
        info = tarfile.TarInfo("../outside.jpg")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    run("backgrounds", str(tmp_path / "x.tar"), str(tmp_path / "out"), "--longest", "40")
    (picture,) = (tmp_path / "out").iterdir()
    assert cv2.imread(str(picture)).shape == (20, 40, 3)
    assert not (tmp_path / "outside.jpg").exists()


@pytest.mark.parametrize("arguments", [("out",), ("a.tar", "out", "--drawn", "2"), ("a", "b", "c")])
def test_an_archive_or_a_number_is_needed_not_both(arguments: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="an archive and a folder, or --drawn and a folder"):
        CliRunner().invoke(build(), ["--debug", "synth", "backgrounds", *arguments], catch_exceptions=False)


def test_countries_of_own_folders_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[3] / "docs/how-to/add-a-country.md").read_text("utf-8")
    example = textwrap.dedent(page.split("```toml\n", 1)[1].split("```", 1)[0])
    (tmp_path / "regions").mkdir()
    (tmp_path / "regions/xx.toml").write_text(example, "utf-8")
    monkeypatch.setenv("PLATEWISE_REGION_FOLDERS", str(tmp_path / "regions"))
    run("sheet", "--regions", "xx", "--count", "2", "--out", str(tmp_path / "sheet.png"))
    for verb in ("plates", "scenes"):
        run(verb, str(tmp_path / verb), "--regions", "xx", "--count", "2")
        lines = (tmp_path / verb / "index.jsonl").read_text("utf-8").splitlines()
        assert {json.loads(line)["region"] for line in lines} == {"xx"}
