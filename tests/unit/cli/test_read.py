"""``platewise read`` with the real Reader on tiny models."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys

import cv2
import numpy as np
import pytest

PLATEWISE = [sys.executable, "-c", "from platewise.cli.main import main; main()"]


def lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_json_lines_have_the_documented_shape(draw, platewise):
    result = platewise("read", draw("a.png", "dark", (136, 72)), "--format", "jsonl")
    assert result.exit_code == 0, result.output
    (record,) = lines(result)
    assert list(record) == ["image", "width", "height", "reads", "ms", "error"]
    assert (record["image"], record["width"], record["height"], record["error"]) == ("a.png", 384, 256, None)
    assert list(record["ms"]) == ["decode", "detect", "recognise", "total"]
    (read,) = record["reads"]
    assert list(read) == ["plate", "display", "region", "confidence", "detection_confidence", "box", "quad",
                          "characters", "candidates", "explain"]  # fmt: skip
    assert (read["plate"], read["display"], read["region"]) == ("AB12CDE", "AB12 CDE", "gb")
    assert read["box"] == pytest.approx([110.4, 62.4, 51.2, 19.2], abs=1)
    assert "".join(c["text"] for c in read["characters"]) == "AB12CDE"
    assert read["candidates"][0]["plate"] == "AB12CDE"


def test_a_run_over_a_folder_a_glob_and_bad_pictures_goes_on_and_says_1(draw, place, platewise):
    draw("photos/car10.png", "bright", (136, 72))
    draw("photos/car2.png", "dark", (72, 72), (232, 136))
    (place / "photos" / "text.jpg").write_text("no picture")
    result = platewise("read", "photos", "gone.jpg", "photos/car1*.png", "--format", "jsonl")
    assert result.exit_code == 1
    records = lines(result)
    assert [r["image"] for r in records] == [
        "photos/car2.png",
        "photos/car10.png",
        "photos/text.jpg",
        "gone.jpg",
    ]
    assert [[x["plate"] for x in r["reads"]] for r in records] == [["AB12CDE"] * 2, ["WX34YZA"], [], []]
    assert [r["error"] for r in records[:2]] == [None, None]
    assert "text, not a picture" in records[2]["error"]
    assert records[3]["error"] == "no such file or folder"


def test_the_table_is_the_default(draw, platewise):
    result = platewise("read", draw("a.png", "dark", (136, 72)), draw("none.png", "dark"))
    assert result.exit_code == 0
    assert "AB12 CDE" in result.stdout
    assert "none.png  none" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gone.jpg"], "gone.jpg: no such file or folder"),
        (["."], ".: no picture in this folder"),
        (["a.png", "--regions", "gb,zz"], "unknown region 'zz'"),
        (["a.png", "--pipeline", "magic"], "unknown pipeline 'magic'"),
        (["a.png", "--top", "0"], "--top"),
        (["a.png", "--min-confidence", "1.5"], "--min-confidence"),
        (["a.png", "--format", "xml"], "--format"),
        ([], "SOURCES"),
        (["a.png", "--csv", "taken.csv"], "other columns"),
        (["a.png", "--annotate", "taken.csv"], "taken.csv: cannot write"),
        (["a.png", "--debug", "taken.csv"], "cannot write"),
    ],
)
def test_wrong_use_says_what_is_wrong_and_2(place, draw, platewise, arguments, message):
    (place / "taken.csv").write_text("mine\n")
    if arguments[:1] == ["a.png"]:
        draw("a.png", "dark", (136, 72))
    result = platewise("read", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert (place / "taken.csv").read_text() == "mine\n"


def test_damaged_weights_say_3(draw, platewise, tmp_path, monkeypatch, models):
    name, damaged = draw("a.png", "dark"), tmp_path / "damaged"
    damaged.mkdir()
    for file in models.iterdir():
        (damaged / file.name).write_bytes(file.read_bytes() + b" " * (file.suffix == ".onnx"))
    monkeypatch.setenv("PLATEWISE_MODELS", str(damaged))
    result = platewise("read", name)
    assert result.exit_code == 3
    assert "damaged" in result.stderr


def test_a_setting_that_cannot_be_says_3(draw, platewise, monkeypatch):
    monkeypatch.setenv("PLATEWISE_THREADS", "many")
    result = platewise("read", draw("a.png", "dark"))
    assert result.exit_code == 3
    assert "PLATEWISE_THREADS" in result.stderr


def test_csv_appends_and_the_table_is_printed_all_the_same(draw, place, platewise):
    for name, colour in (("a.png", "dark"), ("=b.png", "bright")):
        result = platewise("read", draw(name, colour, (136, 72)), "--csv", "out/reads.csv")
        assert "display" not in result.stdout
        assert "Plate" in result.stdout
    with (place / "out/reads.csv").open() as file:
        assert [(r["image"], r["plate"]) for r in csv.DictReader(file)] == [
            ("a.png", "AB12CDE"),
            ("'=b.png", "WX34YZA"),
        ]


def test_annotated_pictures_keep_the_folders_and_never_overwrite_each_other(draw, place, platewise):
    draw("one/sub/a.png", "dark", (136, 72))
    draw("two/sub/a.png", "bright")
    result = platewise("read", "one", "two", "--annotate", "drawn")
    assert result.exit_code == 0, result.output
    assert sorted(str(p.relative_to(place / "drawn")) for p in (place / "drawn").rglob("*.jpg")) == [
        "sub/a-2.jpg",
        "sub/a.jpg",
    ]
    drawn = cv2.imread(str(place / "drawn/sub/a.jpg"))
    plain = cv2.imread(str(place / "drawn/sub/a-2.jpg"))
    assert drawn.shape == (256, 384, 3)
    green = [int(((p[:, :, 1] > 150) & (p[:, :, 2] < 100)).sum()) for p in (drawn, plain)]
    assert green[0] > 100
    assert green[1] == 0


def test_crops_are_read_whole(draw, platewise):
    name = draw("plate.png", "bright")
    assert lines(platewise("read", name, "--format", "jsonl"))[0]["reads"] == []
    (read,) = lines(platewise("read", name, "--format", "jsonl", "--crops"))[0]["reads"]
    assert read["plate"] == "WX34YZA"
    assert read["box"] == [0, 0, 384, 256]


def test_top_and_min_confidence(draw, platewise):
    name = draw("a.png", "dark", (136, 72))
    (one,) = lines(platewise("read", name, "--format", "jsonl", "--top", "1"))
    assert len(one["reads"][0]["candidates"]) == 1
    (three,) = lines(platewise("read", name, "--format", "jsonl", "--top", "3"))
    assert len(three["reads"][0]["candidates"]) == 3
    (none,) = lines(platewise("read", name, "--format", "jsonl", "--min-confidence", "1"))
    assert none["reads"] == []


def test_debug_shows_every_stage(draw, place, platewise):
    result = platewise("read", draw("big.png", "dark", (72, 72), (232, 136)), "--debug", "stages")
    assert result.exit_code == 0, result.output
    stages = {p.name: cv2.imread(str(p)) for p in (place / "stages/big").iterdir()}
    assert sorted(stages) == ["1-letterbox.png", "2-detections.png", "3-crop-1.png", "3-crop-2.png",
                              "4-lattice-1.png", "4-lattice-2.png"]  # fmt: skip
    assert stages["1-letterbox.png"].shape == (256, 384, 3)
    assert stages["3-crop-1.png"].shape[1] > 50
    hot = (stages["4-lattice-1.png"] > (40, 180, 220)).all(2)
    assert hot[40:80].any()
    assert not np.array_equal(stages["2-detections.png"], stages["1-letterbox.png"])


def test_debug_of_a_crop_has_no_detection(draw, place, platewise):
    assert platewise("read", draw("plate.png", "dark"), "--crops", "--debug", "stages").exit_code == 0
    assert sorted(p.name for p in (place / "stages/plate").iterdir()) == ["3-crop-1.png", "4-lattice-1.png"]


def test_a_picture_on_standard_input(draw, place, platewise):
    data = (place / draw("a.png", "dark", (136, 72))).read_bytes()
    result = platewise("read", "-", "--format", "jsonl", "--annotate", "drawn", stdin=data)
    assert result.exit_code == 0, result.output
    (record,) = lines(result)
    assert record["image"] == "-"
    assert record["reads"][0]["plate"] == "AB12CDE"
    assert (place / "drawn/stdin.jpg").exists()


def test_nothing_on_standard_input_is_a_bad_picture(place, platewise):
    result = platewise("read", "-", "--format", "jsonl", stdin=b"")
    assert result.exit_code == 1
    assert "empty" in lines(result)[0]["error"]


def test_an_interrupt_leaves_whole_lines(draw, place):
    (place / draw("a.png", "dark", (136, 72))).rename(place / "a.png")
    for i in range(3000):
        (place / f"p{i}.png").hardlink_to(place / "a.png")
    run = subprocess.Popen(
        [*PLATEWISE, "read", ".", "--format", "jsonl"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    first = run.stdout.readline()
    run.send_signal(signal.SIGINT)
    rest, complaint = run.communicate(timeout=20)
    assert run.returncode == 130
    assert (first + rest).endswith(b"\n")
    records = [json.loads(line) for line in (first + rest).splitlines()]
    assert 1 <= len(records) < 3000
    assert b"Traceback" not in complaint


@pytest.mark.parametrize("form", ["jsonl", "json", "csv", "table"])
def test_a_broken_pipe_ends_quietly(draw, place, form):
    (place / draw("a.png", "dark", (136, 72))).rename(place / "a.png")
    for i in range(100):
        (place / f"p{i}.png").hardlink_to(place / "a.png")
    read, write = os.pipe()
    os.close(read)
    run = subprocess.run(
        [*PLATEWISE, "read", ".", "--format", form], stdout=write, stderr=subprocess.PIPE, timeout=30
    )
    os.close(write)
    assert run.stderr == b""
    assert run.returncode == 1


@pytest.mark.parametrize("sources", [["a.jpg"], ["."], ["b.png"], ["b.png", "a.jpg"]])
def test_a_photograph_is_never_drawn_over(draw, place, platewise, sources):
    draw("b.png", "dark", (136, 72))
    shutil.copy(place / "b.png", place / "b.jpg")
    draw("a.jpg", "dark", (136, 72))
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    result = platewise("read", *sources, "--annotate", ".")
    assert result.exit_code == 2
    assert "name another folder" in result.stderr
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_a_name_that_is_not_utf_8_is_escaped(draw, place, form):
    os.rename(place / draw("a.png", "dark", (136, 72)), os.fsencode(place / "b") + b"\xe9.png")
    draw("c.png", "dark", (136, 72))
    strict = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}  # as where a language is set
    line = [*PLATEWISE, "read", ".", "--format", form, "--csv", "reads.csv"]
    done = subprocess.run(line, env=strict, capture_output=True, text=True, cwd=place, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "b\\udce9.png" in done.stdout
    with (place / "reads.csv").open(encoding="utf-8") as file:
        assert [row["image"] for row in csv.DictReader(file)] == ["b\\udce9.png", "c.png"]
