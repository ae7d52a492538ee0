"""``platewise redact`` on tiny models."""

import cv2


def test_the_plates_are_hidden_and_the_folders_kept(draw, place, platewise):
    draw("photos/day/a.png", "dark", (136, 72), (232, 136))
    draw("photos/b.png", "dark")
    result = platewise("redact", "photos", "--out", "hidden", "--how", "fill")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == ["photos/b.png: 0 hidden", "photos/day/a.png: 2 hidden"]
    hidden = cv2.imread(str(place / "hidden" / "day" / "a.jpg"))
    assert hidden.shape == (256, 384, 3)
    before = cv2.imread(str(place / "photos" / "day" / "a.png"))
    assert (cv2.absdiff(hidden, before)[200:] < 12).all()
    again = platewise("read", "hidden/day", "--format", "csv")
    assert "AB12CDE" not in again.stdout


def test_nothing_is_overwritten(draw, place, platewise):
    name = draw("a.png", "dark", (136, 72))
    assert platewise("redact", name, "--out", "hidden").exit_code == 0
    before = (place / "hidden" / "a.jpg").read_bytes()
    result = platewise("redact", name, "--out", "hidden", "--how", "fill")
    assert result.exit_code == 2
    assert (place / "hidden" / "a.jpg").read_bytes() == before


def test_bad_pictures_do_not_stop_the_run(draw, place, platewise):
    (place / "text.jpg").write_text("no picture")
    result = platewise("redact", "text.jpg", draw("z.png", "dark", (136, 72)), "--out", "hidden")
    assert result.exit_code == 1
    assert "z.png: 1 hidden" in result.stdout
    assert [p.name for p in (place / "hidden").iterdir()] == ["z.jpg"]


def test_a_folder_that_cannot_be_written(draw, place, platewise):
    (place / "hidden").write_text("a file")
    result = platewise("redact", draw("a.png", "dark"), "--out", "hidden")
    assert result.exit_code == 2
    assert "cannot write" in result.output


def test_pictures_of_one_name_are_numbered(draw, place, platewise):
    draw("photos/a.png", "dark", (136, 72))
    draw("photos/a.jpg", "bright", (136, 72))
    result = platewise("redact", "photos", "--out", "hidden")
    assert result.exit_code == 0, result.output
    assert sorted(p.name for p in (place / "hidden").iterdir()) == ["a-2.jpg", "a.jpg"]
