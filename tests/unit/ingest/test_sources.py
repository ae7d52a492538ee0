import os
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from platewise.core.frame import Pixels
from platewise.errors import ImageError, InputError
from platewise.ingest.addresses import Address, Kind, parse
from platewise.ingest.child import open_source
from platewise.ingest.fallback import CvSource
from platewise.ingest.pace import Pace
from platewise.ingest.pictures import LOOK, FolderSource
from platewise.ingest.recorder import recording
from platewise.ingest.shots import Source
from platewise.ingest.video import AvSource

PIXELS = [np.full((64, 96, 3), 20 * n, np.uint8) for n in range(8)]


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "road.mp4"
    with recording(path, 10) as recorder:
        for number, pixels in enumerate(PIXELS):
            recorder.write(pixels, number / 10)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def picture(path: Path, value: int, second: float) -> Path:
    cv2.imwrite(str(path), np.full((32, 48, 3), value, np.uint8))
    os.utime(path, (second, second))
    return path


@pytest.mark.parametrize("kind", [AvSource, CvSource])
def test_a_video_gives_every_frame_with_its_time(video: Path, kind: type[AvSource] | type[CvSource]) -> None:
    source = kind(parse(str(video)))
    assert isinstance(source, Source)
    shots = [(shot.at, shot.picture()) for shot in source.shots()]
    source.close()
    assert source.total == len(shots) == len(PIXELS)
    assert np.diff([at for at, _ in shots]) == pytest.approx([0.1] * 7, abs=0.01)
    for (_, found), drawn in zip(shots, PIXELS, strict=True):
        assert found.shape == (64, 96, 3)
        assert np.abs(found.astype(int) - drawn).max() <= 6


def test_a_video_is_dated_by_itself_or_by_its_file(video: Path, tmp_path: Path) -> None:
    ended = next(iter(AvSource(parse(str(video))).shots())).at
    assert ended == pytest.approx(1_700_000_000 - 0.8, abs=0.02)
    told = tmp_path / "told.mp4"
    with av.open(str(told), "w") as container:
        container.metadata["creation_time"] = "2026-05-01T10:00:00.000000Z"
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height = 96, 64
        container.mux(stream.encode(av.VideoFrame.from_ndarray(PIXELS[3], format="rgb24")))
        container.mux(stream.encode(None))
    assert (
        next(iter(AvSource(parse(str(told))).shots())).at
        == datetime.fromisoformat("2026-05-01T10:00Z").timestamp()
    )


def test_colours_are_red_green_blue(tmp_path: Path) -> None:
    red: Pixels = np.full((64, 96, 3), (220, 10, 30), np.uint8)
    with recording(tmp_path / "red.mp4", 10) as recorder:
        recorder.write(red, 0)
    for kind in (AvSource, CvSource):
        found = next(iter(kind(parse(str(tmp_path / "red.mp4"))).shots())).picture()
        assert np.abs(found.astype(int) - red).max() < 12


def test_odd_sides_and_a_change_of_size_are_written(tmp_path: Path) -> None:
    path = tmp_path / "odd.mp4"
    with recording(path, 10) as recorder:
        recorder.write(np.zeros((65, 97, 3), np.uint8), 0)
        recorder.write(np.zeros((32, 48, 3), np.uint8), 0.1)
    assert [shot.picture().shape for shot in AvSource(parse(str(path))).shots()] == [(64, 96, 3)] * 2


def test_a_damaged_video_gives_what_it_can_and_says_the_rest(video: Path) -> None:
    data = bytearray(video.read_bytes())
    whole = len(data)
    video.write_bytes(bytes(data[: whole // 3]))
    with pytest.raises(InputError, match="cannot be opened"):
        AvSource(parse(str(video)))
    video.write_bytes(np.random.default_rng(0).bytes(5000))
    with pytest.raises(InputError, match="cannot be opened"):
        open_source(parse(str(video)), Pace())


def test_a_playlist_under_the_name_of_a_video_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.ts"
    secret.write_bytes(b"secret")
    for name, text in (
        ("a.mp4", f"#EXTM3U\n#EXTINF:1,\n{secret}\n"),
        ("b.mp4", f"ffconcat version 1.0\nfile {secret}\n"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(InputError, match="cannot be opened"):
            AvSource(parse(str(tmp_path / name)))


def test_a_picture_is_one_frame_dated_by_its_file(tmp_path: Path) -> None:
    path = picture(tmp_path / "car.png", 77, 1_700_000_000)
    (shot,) = open_source(parse(str(path)), Pace()).shots()
    assert (shot.at, shot.picture()[0, 0, 0]) == (1_700_000_000, 77)


def test_a_folder_gives_its_pictures_in_the_order_of_their_times(tmp_path: Path) -> None:
    for name, value, second in (
        ("b.png", 2, 20),
        ("a.png", 3, 30),
        ("c.png", 1, 10),
        ("d.png", 4, 30),
        (".e.png", 9, 5),
    ):
        picture(tmp_path / name, value, second)
    (tmp_path / "notes.txt").write_text("no picture")
    source = open_source(parse(str(tmp_path)), Pace(once=True))
    shots = [(shot.at, int(shot.picture()[0, 0, 0])) for shot in source.shots()]
    assert source.total == 4
    assert [value for _, value in shots] == [1, 2, 3, 4]
    assert [at for at, _ in shots] == pytest.approx([10, 20, 30, 30], abs=1e-5)
    assert len({at for at, _ in shots}) == 4


def test_a_broken_picture_does_not_end_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff broken")
    picture(tmp_path / "b.png", 5, 2_000_000_000)
    first, second = open_source(parse(str(tmp_path)), Pace(once=True)).shots()
    with pytest.raises(ImageError):
        first.picture()
    assert second.picture()[0, 0, 0] == 5


def test_a_watched_folder_gives_new_pictures_once_they_are_whole(tmp_path: Path) -> None:
    source = FolderSource(Address(Kind.FOLDER, str(tmp_path)), once=False)
    found: list[int] = []
    some = threading.Event()

    def follow(shots: Iterator[object]) -> None:
        for shot in shots:
            found.append(int(shot.picture()[0, 0, 0]))  # type: ignore[attr-defined]
            some.set()

    thread = threading.Thread(target=follow, args=(source.shots(),))
    thread.start()
    growing = tmp_path / "a.png"
    data = picture(tmp_path / "whole.dat.png", 6, 10).read_bytes()
    growing.write_bytes(data[:40])
    threading.Event().wait(LOOK / 2)
    growing.write_bytes(data)
    assert some.wait(20)
    while len(found) < 2 and thread.is_alive():
        some.clear()
        assert some.wait(20)
    source.close()
    thread.join(10)
    assert found == [6, 6]


class Looks(threading.Event):
    """Ends a watched folder after so many further looks; before each, something happens."""

    def __init__(self, *happens: Callable[[], object]) -> None:
        super().__init__()
        self.happens = list(happens)

    def wait(self, timeout: float | None = None) -> bool:
        if not self.happens:
            return True
        self.happens.pop(0)()
        return False


def nothing() -> None:
    """Let time pass."""


def seen_in(folder: Path, looks: Looks) -> list[tuple[float, int | None]]:
    """Return the time and the grey of each picture that a watched folder gives, None for one cut off."""
    source = FolderSource(Address(Kind.FOLDER, str(folder)), once=False)
    source._done = looks
    found: list[tuple[float, int | None]] = []
    for shot in source.shots():
        try:
            found.append((shot.at, int(shot.picture()[0, 0, 0])))
        except ImageError:
            found.append((shot.at, None))
    return found


def test_a_camera_that_always_overwrites_one_file_is_read_each_time(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    name = picture(tmp_path / "in" / "snapshot.png", 1, 10)
    other = picture(tmp_path / "new.png", 3, 30)

    def overwrite() -> None:
        picture(name, 2, 20)

    def rename() -> None:
        other.replace(name)

    looks = Looks(nothing, overwrite, nothing, rename, nothing, nothing)
    assert seen_in(name.parent, looks) == [(10, 1), (20, 2), (30, 3)]


def test_a_picture_that_is_overwritten_while_it_waits_has_one_time(tmp_path: Path) -> None:
    source = FolderSource(Address(Kind.FOLDER, str(tmp_path)), once=False)
    picture(tmp_path / "a.png", 1, 10)
    waits = picture(tmp_path / "snapshot.png", 2, 20)
    source._done = Looks(*[nothing] * 6)
    found = []
    for shot in source.shots():
        if shot.at == 10:
            picture(waits, 3, 30)  # while the one before it is read
        elif shot.at == 30:
            picture(waits, 4, 40)  # after it was looked at, before it is decoded
        found.append((shot.at, int(shot.picture()[0, 0, 0])))
    assert found == [(10, 1), (30, 3), (40, 4)]


def test_a_picture_that_is_only_touched_is_not_read_again(tmp_path: Path) -> None:
    name = picture(tmp_path / "snapshot.png", 1, 10)

    def touch() -> None:
        os.utime(name, (20, 20))

    assert seen_in(tmp_path, Looks(nothing, touch, nothing, nothing)) == [(10, 1)]


def test_an_upload_that_paused_too_long_is_read_again_once_it_is_whole(tmp_path: Path) -> None:
    name = picture(tmp_path / "snapshot.jpg", 1, 10)
    data = name.read_bytes()

    def upload(size: int, second: float) -> None:
        name.write_bytes(data[:size])
        os.utime(name, (second, second))

    upload(300, 10)
    looks = Looks(nothing, lambda: upload(400, 11), lambda: upload(len(data), 12), nothing)
    assert seen_in(tmp_path, looks) == [(10, None), (12, 1)]


def test_opencv_reads_video_where_pyav_is_not_installed(video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(open_source(parse(str(video)), Pace()), AvSource)
    monkeypatch.setitem(sys.modules, "av", None)
    source = open_source(parse(str(video)), Pace())
    assert isinstance(source, CvSource)
    assert len(list(source.shots())) == len(PIXELS)


def test_a_webcam_that_is_not_there_says_so() -> None:
    with pytest.raises(InputError, match="cannot be opened"):
        open_source(parse("webcam:97"), Pace())


def test_damaged_packets_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "road.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuvj420p"
        for number, pixels in enumerate(PIXELS):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    data = bytearray(path.read_bytes())
    starts = [at for at in range(len(data)) if data[at : at + 3] == b"\xff\xd8\xff"]
    assert len(starts) == len(PIXELS)
    data[starts[2] : starts[3] - 16] = bytes(starts[3] - 16 - starts[2])
    path.write_bytes(bytes(data))
    found = [int(shot.picture()[0, 0, 0]) for shot in AvSource(parse(str(path))).shots()]
    assert found == pytest.approx([0, 20, 60, 80, 100, 120, 140], abs=4)
