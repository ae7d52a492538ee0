"""``platewise compare`` from the command line, over tiny models."""

import json

import pytest

pytest.importorskip("jinja2", reason="needs the [classic] extra")
pytest.importorskip("matplotlib", reason="needs the [classic] extra")


@pytest.fixture
def index(place, draw):
    """Two labelled scenes, one of them wrong."""
    draw("set/a.png", "dark", (136, 72))
    draw("set/b.png", "bright", (136, 72))
    box = [110.4, 62.4, 51.2, 19.2]
    lines = [
        {"image": f"{name}.png", "region": "gb", "kind": "scene", "size": [384, 256],
         "plates": [{"box": box, "corners": None, "text": "AB12CDE"}]}
        for name in "ab"
    ]  # fmt: skip
    (place / "set" / "index.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return "set"


def test_a_page_and_a_line_a_pipeline(index, place, platewise, monkeypatch):
    monkeypatch.setenv("PLATEWISE_TESSERACT", "nowhere/tesseract")
    result = platewise("compare", index, "--out", "report", "--pipelines", "yolo-attention,contour")
    assert result.exit_code == 0, result.output
    head, ours, contour = result.stdout.strip().splitlines()
    assert dict(zip(head.split(","), ours.split(","), strict=True)) | {
        "pipeline": "yolo-attention", "pictures": "2", "plates": "2", "found": "100.0 %", "read": "50.0 %",
    } == dict(zip(head.split(","), ours.split(","), strict=True))  # fmt: skip
    assert contour.startswith("contour,not run: ")
    page = (place / "report" / "index.html").read_text("utf-8")
    assert "personal data" in page
    assert "nowhere/tesseract" in page


def test_only_texts_of_the_wanted_countries(index, place, platewise):
    lines = (place / "set" / "index.jsonl").read_text().splitlines()
    german = lines[1].replace("AB12CDE", "KAXY1234")
    (place / "set" / "index.jsonl").write_text(f"{lines[0]}\n{german}\n")
    words = ("compare", index, "--out", "report", "--pipelines", "yolo-attention", "--texts-of")
    assert platewise(*words, "gb").stdout.splitlines()[1].split(",")[1] == "1"
    assert platewise(*words, "gb,de").stdout.splitlines()[1].split(",")[1] == "2"
    assert platewise(*words, "cn").exit_code == 2


def test_what_cannot_be_compared_is_told(index, platewise):
    result = platewise("compare", "--out", "report")
    assert result.exit_code == 2
    assert "nothing to compare on" in result.stderr
    assert platewise("compare", index, "--out", "report", "--pipelines", "nobody").exit_code == 2
    assert platewise("compare", index, "--out", "report", "--without", "nobody").exit_code == 2
    none = platewise("compare", index, "--out", "report", "--pipelines", "window", "--without", "window")
    assert (none.exit_code, "leaves every pipeline out" in none.stderr) == (2, True)


def test_a_sample_is_the_same_for_the_same_seed(index, place, platewise):
    words = (
        "compare",
        index,
        "--out",
        "report",
        "--pipelines",
        "yolo-attention",
        "--limit",
        "1",
        "--seed",
        "4",
    )
    first, again = (platewise(*words).stdout.splitlines()[1].split(",")[:9] for _ in range(2))
    assert first == again
    assert first[1] == "1"
