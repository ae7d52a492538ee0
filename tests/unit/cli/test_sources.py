"""Which pictures a command line stands for."""

import os
from pathlib import Path

import pytest

from platewise.cli.sources import Item, find, natural, places
from platewise.errors import InputError


@pytest.fixture
def photos(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (
        "p/car10.jpg",
        "p/car2.JPG",
        "p/sub/a.png",
        "p/notes.txt",
        "p/.hidden.jpg",
        "p/.git/x.jpg",
        "odd.dat",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "empty").mkdir()
    return tmp_path


def names(*sources):
    return [item.name for item in find(sources)]


def test_a_folder_gives_its_pictures_naturally_sorted_and_no_hidden_ones(photos):
    assert names("p") == ["p/car2.JPG", "p/car10.jpg", "p/sub/a.png"]
    assert [str(i.inside) for i in find(["p"])] == ["car2.JPG", "car10.jpg", "sub/a.png"]


def test_pictures_of_formats_that_cannot_be_read_are_named_rather_than_passed_over(photos):
    for name in ("p/IMG_1.HEIC", "p/scan.tiff"):
        (photos / name).write_bytes(b"")
    assert names("p") == ["p/car2.JPG", "p/car10.jpg", "p/IMG_1.HEIC", "p/scan.tiff", "p/sub/a.png"]
    (photos / "empty" / "IMG_2.heic").write_bytes(b"")
    assert names("empty") == ["empty/IMG_2.heic"]


def test_a_named_file_may_have_any_ending(photos):
    assert names("odd.dat", "p/.hidden.jpg") == ["odd.dat", "p/.hidden.jpg"]


def test_globs(photos):
    assert names("p/*.jpg") == ["p/car10.jpg"]
    assert names("p/**/*.png") == ["p/sub/a.png"]
    assert [str(i.inside) for i in find(["p/**/*.[jp][pn]g"])] == ["car10.jpg", "sub/a.png"]


def test_a_file_whose_name_looks_like_a_glob_is_a_file(photos):
    (photos / "car[1].jpg").write_bytes(b"")
    assert names("car[1].jpg") == ["car[1].jpg"]


def test_each_picture_comes_once(photos):
    (photos / "link.jpg").symlink_to(photos / "p" / "car10.jpg")
    assert names("p/car10.jpg", "p", "./p/car2.JPG", "link.jpg", "-", "-") == [
        "p/car10.jpg",
        "p/car2.JPG",
        "p/sub/a.png",
        "-",
    ]


def test_sources_without_a_picture_say_why_in_their_place_and_the_others_go_on(photos):
    gone, car, empty, no_match = find(["gone.jpg", "p/car10.jpg", "empty", "q*.jpg"])
    assert (gone.name, gone.problem) == ("gone.jpg", "no such file or folder")
    assert (car.name, car.problem) == ("p/car10.jpg", None)
    assert empty.problem.startswith("no picture in this folder (.bmp")
    assert no_match.problem == "no file matches"


def test_nothing_at_all_is_an_error_that_says_why(photos):
    with pytest.raises(InputError, match=r"gone\.jpg: no such file or folder; empty: no picture"):
        find(["gone.jpg", "empty"])


def test_natural_order():
    assert sorted(["b1", "a10", "a9", "A2", "10", "²"], key=natural) == ["10", "A2", "a9", "a10", "b1", "²"]


def test_no_name_at_all_is_an_error_that_says_so():
    with pytest.raises(InputError, match="no picture is named"):
        find([])


def test_a_folder_that_cannot_be_opened_is_told_and_not_passed_over(photos, monkeypatch):
    scandir = os.scandir

    def closed(folder):
        if Path(folder).name == "sub":
            raise PermissionError(13, "Permission denied", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", closed)
    assert [(i.name, i.problem) for i in find(["p"])] == [
        ("p/car2.JPG", None),
        ("p/car10.jpg", None),
        ("p/sub", "cannot be opened: Permission denied"),
    ]
    with pytest.raises(InputError, match="p/sub: cannot be opened: Permission denied"):
        find(["p/sub"])


def test_places_are_numbered_and_never_given_twice():
    items = [Item(name, Path(name)) for name in ("a.jpg", "a.png", "a-2.jpg", "b/a.gif", "a-2.gif", ".")]
    assert [str(place) for place in places(items)] == ["a", "a-2", "a-2-2", "b/a", "a-2-3", "."]
