import gzip
import io
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from platewise.errors import InputError
from platewise.synth.backgrounds import PAINTERS, drawn, extract, surface, write_drawn


def archive(path: Path, count: int = 4) -> Path:
    """A tar.gz with some pictures, a text and a broken picture."""
    rng = np.random.default_rng(0)
    files = {"a/readme.txt": b"no picture", "a/broken.jpg": b"not a jpeg"}
    for i in range(count):
        picture = rng.integers(0, 256, (90, 120, 3), dtype=np.uint8)
        files[f"a/b/{i}.jpg"] = cv2.imencode(".jpg", picture)[1].tobytes()
    with tarfile.open(path, "w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def test_drawn_backgrounds_are_the_same_for_the_same_seed() -> None:
    one, same, other = (drawn(np.random.default_rng(seed), 160, 120) for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()
    assert one.shape == (120, 160, 3)
    assert one.dtype == np.uint8


@pytest.mark.parametrize("painter", list(dict.fromkeys(PAINTERS)), ids=lambda p: p.__name__)
def test_every_painter_paints(painter) -> None:
    changed = 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        scene = surface(rng, 200, 150)
        before = scene.copy()
        painter(rng, scene)
        changed += int((scene != before).any())
    assert changed >= 3


def test_extraction_takes_the_pictures_and_makes_them_smaller(tmp_path: Path) -> None:
    told: list[int] = []
    assert extract(archive(tmp_path / "x.tar.gz"), tmp_path / "out", 99, 60, told.append) == 4
    files = sorted((tmp_path / "out").iterdir())
    assert [f.suffix for f in files] == [".jpg"] * 4
    assert {cv2.imread(str(f)).shape for f in files} == {(45, 60, 3)}
    assert told == sorted(told)
    assert len(told) == 4


def test_a_broken_extraction_goes_on_where_it_was(tmp_path: Path) -> None:
    source, out = archive(tmp_path / "x.tar.gz"), tmp_path / "out"

    def fail_at_the_third(_: int) -> None:
        if len(list(out.glob("*.jpg"))) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extract(source, out, 99, 60, fail_at_the_third)
    before = {f.name: f.stat().st_mtime_ns for f in out.glob("*.jpg")}
    assert len(before) == 3
    assert extract(source, out, 99, 60, lambda _: None) == 4
    after = {f.name: f.stat().st_mtime_ns for f in out.glob("*.jpg")}
    assert len(after) == 4
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize(("ending", "left"), [(".tar.gz", 900), (".tar", 16000)])
def test_an_archive_that_ends_too_soon_is_told_and_what_it_gave_stays(
    tmp_path: Path, ending: str, left: int
) -> None:
    whole = archive(tmp_path / "x.tar.gz").read_bytes()
    cut = tmp_path / f"cut{ending}"
    cut.write_bytes((whole if ending == ".tar.gz" else gzip.decompress(whole))[:-left])
    told: list[int] = []
    with pytest.raises(InputError, match="cannot be read to its end"):
        extract(cut, tmp_path / "out", 99, 60, told.append)
    assert 0 < len(list((tmp_path / "out").glob("*.jpg"))) < 4
    assert told[-1] <= cut.stat().st_size


def test_what_is_no_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "letter.tar").write_text("Dear reader" * 99)
    with pytest.raises(InputError, match="letter"):
        extract(tmp_path / "letter.tar", tmp_path / "out", 9, 60, lambda _: None)


def test_the_limit_ends_the_extraction(tmp_path: Path) -> None:
    assert extract(archive(tmp_path / "x.tar.gz"), tmp_path / "out", 2, 60, lambda _: None) == 2
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_drawn_backgrounds_are_written_once(tmp_path: Path) -> None:
    assert write_drawn(tmp_path, range(2), 5) == 2
    first = {f.name: f.read_bytes() for f in tmp_path.iterdir()}
    (tmp_path / "000001.jpg").unlink()
    assert write_drawn(tmp_path, range(2), 5) == 2
    assert {f.name: f.read_bytes() for f in tmp_path.iterdir()} == first
