"""The cameras of one worker: one whose source is not there yet is tried until it is."""

import logging
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from platewise.errors import InputError
from platewise.ingest.addresses import Address, Kind, parse
from platewise.ingest.camera import Camera as Watched
from platewise.ingest.camera import Online, Patience
from platewise.ingest.fleet import Fleet
from platewise.ingest.shares import Shares, Terms
from platewise.ingest.watch import Watch
from platewise.store.memory import MemoryStore
from platewise.store.site import Camera

SOON = Patience(first=0.01, longest=0.02)


class Quick(Watch):
    """Is online at once and ends when it is stopped, or at once if it is a video."""

    def __init__(self, camera: Watched) -> None:
        self.camera = camera

    def events(self, stop: threading.Event) -> Iterator[Online]:
        yield Online()
        if self.camera.address.kind is not Kind.VIDEO:
            stop.wait(20)


def quick(one: Camera) -> Watch:
    return Quick(Watched(one.name, parse(one.source)))


def shares_of(*cameras: Camera) -> Shares:
    store = MemoryStore()
    with store.writing() as unit:
        for one in cameras:
            unit.site.put(one)
    return Shares(store, "a", Terms(lease=10, beat=0.05))


def test_a_camera_whose_folder_comes_late_is_watched_then(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder, stop = tmp_path / "mount", threading.Event()
    fleet = Fleet(shares_of(Camera("yard", source=str(folder))), quick, stop, SOON)
    quiet = 0
    with caplog.at_level(logging.ERROR):
        for told in fleet.events():
            if told:
                assert told.watch.camera.address == Address(Kind.FOLDER, str(folder))
                stop.set()
            quiet += told is None
            if quiet == 2:  # it was told, and tried more than once
                folder.mkdir(exist_ok=True)
            assert quiet < 50, "it is not watched"
    (line,) = caplog.messages
    assert "yard" in line
    assert "trying again" in line
    assert "no such file or folder" in line


def test_a_source_that_never_comes_is_let_go_at_the_end() -> None:
    stop = threading.Event()
    for told in Fleet(shares_of(Camera("yard", source="gopher://a")), quick, stop).events():
        assert told is None
        stop.set()


def test_what_nobody_foresaw_in_prolonging_the_leases_ends_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("no more threads")

    shares = shares_of(Camera("yard", source="webcam:0"))
    told = Fleet(shares, quick, threading.Event(), SOON).events()
    assert next(one for one in told if one)
    monkeypatch.setattr(shares, "beat", fail)
    with pytest.raises(RuntimeError, match="no more threads"):  # else it is watched on without a lease
        list(islice(told, 20))


def test_a_video_that_has_ended_is_not_begun_again(tmp_path: Path) -> None:
    (tmp_path / "road.mp4").touch()
    stop, seen, quiet = threading.Event(), 0, 0
    fleet = Fleet(shares_of(Camera("road", source=str(tmp_path / "road.mp4"))), quick, stop, SOON)
    for told in fleet.events():
        seen, quiet = seen + (told is not None), quiet + (told is None)
        if quiet == 2:
            stop.set()
    assert seen == 1


def test_a_file_system_that_fails_is_told_as_a_bad_source(monkeypatch: pytest.MonkeyPatch) -> None:
    def stale(_: Path, **__: object) -> bool:
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr(Path, "exists", stale)
    with pytest.raises(InputError, match="Stale file handle"):
        parse("/mnt/yard")
