"""The forms of the results, on hand-made records."""

import csv
import errno
import io
import json

import pytest

from platewise.cli import output
from platewise.cli.output import Format
from platewise.errors import InputError


def read(**more):
    return {
        "plate": "AB12CDE",
        "display": "AB12 CDE",
        "region": "gb",
        "confidence": 0.97,
        "detection_confidence": 0.9,
        "box": [1.0, -2.0, 30.0, 8.0],
        "quad": [[1, 2], [31, 2], [31, 10], [1, 10]],
        "characters": [],
        "candidates": [{"plate": "AB12CDE", "confidence": 0.8}, {"plate": "AB12CDF", "confidence": 0.15}],
        "explain": ["small", "blurred"],
        **more,
    }


def record(*reads, image="car.jpg", error=None):
    return {"image": image, "width": 9, "height": 9, "reads": list(reads), "ms": {}, "error": error}


def printed(form, *records):
    out = io.StringIO()
    writer = output.writer(form, out)
    for one in records:
        writer.write(one)
    writer.close()
    return out.getvalue()


def test_json_lines_are_one_object_a_line():
    lines = printed(Format.JSONL, record(read(plate="京A12345")), record()).splitlines()
    assert json.loads(lines[0]) == record(read(plate="京A12345"))
    assert "京" in lines[0]
    assert json.loads(lines[1])["reads"] == []


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_is_one_array(count):
    assert json.loads(printed(Format.JSON, *[record(read())] * count)) == [record(read())] * count


def test_csv_has_a_row_a_read_and_one_for_a_picture_without():
    rows = list(
        csv.DictReader(io.StringIO(printed(Format.CSV, record(read(), read()), record(error="cut off"))))
    )
    assert [r["plate"] for r in rows] == ["AB12CDE", "AB12CDE", ""]
    assert rows[0]["explain"] == "small; blurred"
    assert (rows[0]["y"], rows[0]["width"]) == ("-2.0", "30.0")
    assert rows[2]["error"] == "cut off"


@pytest.mark.parametrize("name", ["=1+1.jpg", "+a.jpg", "-a.jpg", "@a.jpg", "\ta.jpg"])
def test_csv_cells_are_never_formulas(name):
    rows = list(csv.reader(io.StringIO(printed(Format.CSV, record(image=name)), newline="")))
    assert rows[1][0] == "'" + name


def test_csv_keeps_a_row_in_one_piece_whatever_the_name():
    rows = list(csv.reader(io.StringIO(printed(Format.CSV, record(image='a,"b"\nc\rd.jpg')), newline="")))
    assert [len(row) for row in rows] == [len(output.COLUMNS)] * 2
    assert rows[1][0] == 'a,"b"\nc d.jpg'


def test_table_names_a_picture_once_and_shows_doubts():
    text = printed(Format.TABLE, record(read(), read(plate=None, display=None)), record(image="b.jpg"))
    assert text.count("car.jpg") == 1
    assert "small, blurred, or AB12CDF 15%" in text
    assert "(unreadable)" in text
    assert "none" in text


def test_table_shows_errors_and_takes_no_markup_from_outside():
    text = printed(Format.TABLE, record(image="[red]x[/red].jpg", error="[/bold] broken"))
    assert "[red]x[/red].jpg" in text
    assert "error: [/bold] broken" in text


def test_an_empty_table_prints_nothing():
    assert printed(Format.TABLE) == ""


def test_appending_writes_the_header_once(tmp_path):
    path = tmp_path / "new" / "reads.csv"
    for name in ("a.jpg", "b.jpg"):
        with output.appending(path) as rows:
            rows.write(record(read(), image=name))
    lines = path.read_text("utf-8").splitlines()
    assert lines[0].startswith("image,plate,")
    assert [line.split(",")[0] for line in lines[1:]] == ["a.jpg", "b.jpg"]


def test_appending_to_a_foreign_file_is_refused_and_leaves_it_alone(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="other columns"), output.appending(path):
        pass
    assert path.read_text() == "a,b\n1,2\n"


def test_a_reader_of_standard_output_that_has_enough_is_no_fault_of_the_file(tmp_path):
    with pytest.raises(BrokenPipeError), output.appending(tmp_path / "reads.csv"):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")


def test_appending_where_nothing_can_be_written_says_so(tmp_path):
    with pytest.raises(InputError, match="cannot append"), output.appending(tmp_path):
        pass
