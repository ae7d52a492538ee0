import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from platewise.cli import sightings, watch
from platewise.cli.main import build
from platewise.errors import InputError

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a drawn video of two British vehicles, its truth beside."""
    path = tmp_path_factory.mktemp("road") / "road.mp4"
    how = "--vehicles 2 --lanes 2 --regions gb --seed 1 --speed 110 --fps 12 --size 640x360"
    done = run("synth", "video", str(path), *how.split())
    assert done.exit_code == 0, done.output
    assert "2 vehicles in" in done.stdout
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build(), list(arguments), catch_exceptions=False)


def truth(road: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in road.with_suffix(".jsonl").read_text("utf-8").splitlines()]


def test_a_drawn_video_is_watched_from_end_to_end(road: Path, tmp_path: Path) -> None:
    table, drawn, data = tmp_path / "out.csv", tmp_path / "drawn.mp4", tmp_path / "data"
    how = ["--camera", "gantry", "--regions", "gb", "--format", "jsonl", "--lane", "all=0,0 1,0 1,1 0,1"]
    done = run("watch", str(road), *how, "--csv", str(table), "--annotate", str(drawn), "--data", str(data))
    assert done.exit_code == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert {one["plate"] for one in told} == {line["plate"] for line in truth(road)}
    assert {(one["camera"], one["motion"], one["lane"]) for one in told} == {("gantry", "approaching", "all")}
    rows = list(csv.DictReader(table.read_text("utf-8").splitlines()))
    assert [row["plate"] for row in rows] == [one["plate"] for one in told]
    assert drawn.stat().st_size > 10_000
    assert "gantry: " in done.stderr
    assert " 0 dropped; " in done.stderr
    assert len(list((data / "images").rglob("*.jpg"))) == 4


def test_the_form_for_people_is_a_line_a_sighting(road: Path) -> None:
    done = run("watch", str(road), "--regions", "gb")
    heads, *lines = done.stdout.splitlines()
    assert heads.split() == [
        "Time",
        "Camera",
        "Plate",
        "Region",
        "Sure",
        "Frames",
        "Motion",
        "Lane",
        "Remarks",
    ]
    assert len(lines) == 2
    assert all(" gb " in line for line in lines)


def test_a_source_that_fails_does_not_stop_the_others(road: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"no video")
    done = run("watch", str(road), str(tmp_path / "bad.mp4"), "--format", "csv", "--regions", "gb")
    assert done.exit_code == watch.SOME_FAILED
    assert "bad: " in done.stderr
    assert "cannot be opened" in done.stderr
    assert len(done.stdout.splitlines()) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.mp4"], "no such file"),
        (["exec:ls"], "not opened"),
        (["{road}", "{road}"], "two sources are named 'road'"),
        (["{road}", "--camera", "a", "--camera", "b"], "more --camera"),
        (["{road}", "--lane", "left"], "should be like --lane"),
        (["{road}", "--roi", "1,2"], "polygon"),
        (["{road}", "--option", "rtsp_transport=udp"], "no option"),
        (["{road}", "{folder}", "--annotate", "x.mp4"], "one source"),
    ],
)
def test_what_cannot_be_meant_is_refused(road: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    given = [one.format(road=road, folder=tmp_path) for one in arguments]
    done = run("watch", *given)
    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_a_service_manager_end_it_cleanly(tmp_path: Path, number: int) -> None:
    command = [sys.executable, "-c", "from platewise.cli.main import main; main()", "watch", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    assert running.stdout
    assert running.stdout.readline().startswith("Time")
    running.send_signal(number)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130
    assert errors.strip().endswith(
        "0 frames captured, 0 read (0 without motion), 0 dropped; 0 reads, 0 sightings"
    )


def test_a_spreadsheet_runs_no_camera_name(capsys: pytest.CaptureFixture[str]) -> None:
    record = {
        **{"camera": "=cmd()", "seen_at": "t", "lane": None, "motion": "still", "frames": 1, "key": "k"},
        **{"plate": "京A12345", "display": "京A·12345", "region": "cn", "confidence": 1.0},
        **{"box": [0, 1, 2, 3], "explain": ["dark"]},
    }
    sightings.writer(sightings.Form.CSV, sys.stdout).write(record)
    assert "'=cmd()" in capsys.readouterr().out
    sightings.writer(sightings.Form.TABLE, sys.stdout).write(record)
    assert "京A·12345" in capsys.readouterr().out


def test_synth_video_refuses_a_size_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="size"):
        CliRunner().invoke(
            build(),
            ["--debug", "synth", "video", str(tmp_path / "x.mp4"), "--size", "big"],
            catch_exceptions=False,
        )


def test_without_the_extra_it_says_what_to_install() -> None:
    program = "import sys; sys.modules['scipy'] = None; from platewise.cli.main import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", program, "watch", "x.mp4"], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 3
    assert "pip install 'platewise[camera]'" in done.stderr
