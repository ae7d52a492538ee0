"""``platewise evaluate`` with the real Reader on tiny models: figures that can be told from the pictures."""

import json

import pytest

from platewise.train.split import held_out

DARK, BRIGHT = "AB12CDE", "WX34YZA"
BOX = [110.4, 62.4, 51.2, 19.2]


@pytest.fixture
def index(place, draw):
    """Write a folder with its index.jsonl; a line is (picture, kind, region, plates)."""

    def write(folder, *lines):
        (place / folder).mkdir(exist_ok=True)
        records = [
            {"image": image, "kind": kind, "region": region, "size": [384, 256], "plates": plates}
            for image, kind, region, plates in lines
        ]
        (place / folder / "index.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
        return folder

    return write


def plate(text, box=None):
    return {"box": box, "corners": None, "text": text}


@pytest.fixture
def mixed(draw, index):
    """Four scenes and a crop: right, wrong, missed, without box, right."""
    draw("mixed/right.png", "dark", (136, 72))
    draw("mixed/wrong.png", "bright", (136, 72), (232, 200))
    draw("mixed/missed.png", "dark")
    draw("mixed/unboxed.png", "bright", (136, 72))
    draw("mixed/crop.png", "dark")
    return index(
        "mixed",
        ("right.png", "scene", "gb", [plate("ab12 cde", BOX)]),
        ("wrong.png", "scene", "gb", [plate("WX34YZ4", BOX)]),
        ("missed.png", "scene", "gb", [plate(None, BOX)]),
        ("unboxed.png", "scene", "fr", [plate(BRIGHT)]),
        ("crop.png", "crop", "fr", [plate(DARK)]),
    )


def figures(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_figures_end_to_end(mixed, platewise):
    found = figures(platewise("evaluate", f"{mixed}/index.jsonl", "--json"))
    all_of_it = found["figures"]
    assert (all_of_it["images"], all_of_it["plates"], all_of_it["texts"]) == (5, 5, 4)
    assert all_of_it["capture"] == 0.8
    assert all_of_it["exact"] == 0.75
    assert all_of_it["detection"]["0.5"] == {
        "recall": pytest.approx(2 / 3, abs=1e-4),
        "recall_of_texts": 1.0,
        "precision": pytest.approx(2 / 3, abs=1e-4),
    }
    assert all_of_it["character_accuracy"] == pytest.approx(1 - 1 / 28, abs=1e-4)
    assert all_of_it["false_plates_an_image"] is None
    assert set(all_of_it["ms"]) == {"decode", "detect", "recognise", "total", "cpu"}
    assert (found["pipeline"], found["regions"], found["pictures"]) == ("yolo-attention", "all", "all")
    assert found["confusions"] == [["4", "A", 1]]
    assert {name: group["images"] for name, group in found["groups"].items()} == {
        "mixed": 5,
        "mixed/fr": 2,
        "mixed/gb": 3,
    }


def test_a_folder_and_a_folder_of_folders_are_the_same_pictures(mixed, place, platewise):
    one, many = (figures(platewise("evaluate", path, "--json"))["figures"] for path in (mixed, "."))
    assert {**one, "ms": None} == {**many, "ms": None}


def test_negatives_count_false_plates(draw, platewise):
    draw("street/a.png", "dark", (136, 72), (232, 200))
    draw("street/b.png", "dark")
    found = figures(platewise("evaluate", "--negatives", "street", "--json"))
    assert found["figures"]["false_plates_an_image"] == 1.0
    assert found["figures"]["exact"] is None


def test_crops_can_skip_the_detector_or_never(draw, index, platewise):
    draw("set/crop.png", "dark")
    draw("set/scene.png", "bright", (136, 72))
    index(
        "set",
        ("crop.png", "crop", "gb", [plate(DARK)]),
        ("scene.png", "scene", "gb", [plate(BRIGHT, [0, 0, 90, 40])]),
    )
    exact = {mode: figures(platewise("evaluate", "set", "--crops", mode, "--json"))["figures"]["exact"]
             for mode in ("auto", "never", "always")}  # fmt: skip
    assert exact == {"auto": 0.5, "never": 0.0, "always": 1.0}


def test_held_out_leaves_what_training_saw(draw, index, place, platewise):
    texts = [f"AB{i:02}CDE" for i in range(60)]
    draw("set/a.png", "dark")
    index("set", *(("a.png", "crop", "gb", [plate(text)]) for text in texts))
    from platewise.train.index import read_index

    kept = [label.plates[0].text for label in read_index(place / "set") if held_out(label)]
    assert 0 < len(kept) < 60
    assert figures(platewise("evaluate", "set", "--held-out", "--json"))["figures"]["images"] == len(kept)


def test_the_table_names_groups_and_times(mixed, platewise):
    text = platewise("evaluate", mixed).stdout
    assert "mixed/fr" in text
    assert "75.0 %" in text
    assert "ms a picture: decode" in text
    assert "error at a yield:" in text


def test_the_report_is_written_with_its_warning(mixed, place, platewise):
    result = platewise("evaluate", mixed, "--report", "out")
    assert result.exit_code == 0
    assert "personal data" in result.stderr
    page = (place / "out/index.html").read_text("utf-8")
    assert "WX34YZ<mark>A</mark>" in page
    assert "pipeline: yolo-attention" in page
    assert sorted(p.name for p in (place / "out/pictures").iterdir()) == [
        "false-000.jpg",
        "missed-000.jpg",
        "wrong-000.jpg",
    ]


def test_a_bad_picture_is_counted_and_says_1(draw, index, place, platewise):
    (place / "set").mkdir()
    (place / "set/bad.png").write_bytes(b"no picture")
    index("set", ("bad.png", "scene", "gb", [plate("AB12CDE", BOX)]))
    result = platewise("evaluate", "set", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)["figures"]
    assert (found["failed"], found["exact"], found["ms"]) == (1, 0.0, {})
    assert "could not be read: 1" in platewise("evaluate", "set").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no labelled pictures"),
        (["gone.jsonl"], "gone.jsonl"),
        (["empty"], "no labelled pictures"),
        (["--negatives", "empty"], "no picture in this folder"),
        (["bad"], "bad/index.jsonl"),
        (["good", "--regions", "zz"], "unknown region 'zz'"),
        (["good", "--pipeline", "magic"], "unknown pipeline"),
        (["good", "--crops", "often"], "--crops"),
        (["good", "--report", "file"], "cannot write the report"),
    ],
)
def test_wrong_use_says_what_is_wrong_and_2(draw, index, place, platewise, arguments, message):
    (place / "empty").mkdir()
    (place / "bad").mkdir()
    (place / "bad/index.jsonl").write_text("{")
    (place / "file").write_text("")
    draw("good/a.png", "dark")
    index("good", ("a.png", "crop", "gb", [plate(DARK)]))
    result = platewise("evaluate", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize("name", ["gone", "gone/index.jsonl"])
def test_an_index_that_is_not_there_is_told_in_words(place, platewise, name):
    result = platewise("evaluate", name)
    assert (result.exit_code, result.stderr) == (2, f"platewise: {name}: no such file or folder\n")
