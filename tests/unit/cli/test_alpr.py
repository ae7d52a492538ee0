"""``platewise alpr``: what scripts around OpenALPR's command take out of its output."""

import json
import os
import re

import pytest


def parsed(text):
    """Take the text apart as the scripts do: a head for each plate, then its candidates."""
    plates = []
    for line in text.splitlines():
        if head := re.fullmatch(r"plate(\d+): (\d+) results(?: -- Processing Time = .*ms\.)?", line):
            plates.append((int(head[2]), []))
        elif found := re.fullmatch(r"    - (\S+)\t confidence: ([\d.]+)(?:\t pattern_match: ([01]))?", line):
            plates[-1][1].append((found[1], float(found[2]), found[3]))
    return plates


def test_the_text(draw, platewise):
    result = platewise("alpr", "-c", "eu", "-n", "3", draw("a.png", "dark", (136, 72), (232, 136)))
    assert result.exit_code == 0, result.output
    first, second = parsed(result.stdout)
    assert first[0] == len(first[1]) <= 3
    assert (first[1][0][0], second[1][0][0]) == ("AB12CDE", "AB12CDE")
    assert 0 < first[1][0][1] <= 100
    assert first[1][0][2] is None, "without -p or -d there is no pattern to match"


def test_region_and_pattern(draw, platewise):
    name = draw("a.png", "dark", (136, 72))
    shown = platewise("alpr", "-d", name).stdout
    assert "State ID: gb (" in shown
    assert parsed(shown)[0][1][0][2] == "1"
    assert parsed(platewise("alpr", "-p", "fr", name).stdout)[0][1][0][2] == "0"
    assert parsed(platewise("alpr", "-p", "gb", "--clock", name).stdout)[0][1][0][2] == "1"


def test_no_plate(draw, platewise):
    assert platewise("alpr", draw("a.png", "dark")).stdout == "No license plates found.\n"


def test_json_is_one_line_a_picture(draw, platewise):
    names = [draw("a.png", "dark", (136, 72)), draw("b.png", "dark")]
    result = platewise("alpr", "-j", "--topn", "1", "--seek", "5", "--motion", *names)
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["version"], first["data_type"], first["img_width"]) == (2, "alpr_results", 384)
    (plate,) = first["results"]
    assert (plate["plate"], plate["requested_topn"], len(plate["candidates"])) == ("AB12CDE", 1, 1)
    assert second["results"] == []


def test_names_from_standard_input(draw, platewise):
    name = draw("a.png", "dark", (136, 72))
    result = platewise("alpr", "-j", "-", stdin=f"{name}\n\n")
    assert json.loads(result.stdout)["results"][0]["plate"] == "AB12CDE"


def test_bad_files(draw, place, platewise):
    (place / "text.jpg").write_text("no picture")
    result = platewise("alpr", "-j", draw("a.png", "dark", (136, 72)), "text.jpg", "gone.jpg")
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    (place / "drive.mp4").write_bytes(b"x")
    told = platewise("alpr", "drive.mp4")
    assert told.exit_code == 2
    assert "platewise watch" in told.output


@pytest.mark.parametrize("arguments", [(), ("-n", "0", "a.png"), ("gone.png",)])
def test_what_cannot_be_meant(platewise, arguments):
    assert platewise("alpr", *arguments).exit_code == 2


def test_names_from_standard_input_may_be_no_utf_8(draw, place, platewise):
    os.rename(place / draw("a.png", "dark", (136, 72)), os.fsencode(place / "b") + b"\xe9.png")
    result = platewise("alpr", "-j", "-", stdin=b"b\xe9.png\n")
    assert json.loads(result.stdout)["results"][0]["plate"] == "AB12CDE"


def test_no_names_on_standard_input(place, platewise):
    result = platewise("alpr", "-", stdin="")
    assert (result.exit_code, result.stderr) == (2, "platewise: no picture is named\n")
