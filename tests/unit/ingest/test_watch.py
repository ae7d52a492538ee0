import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from platewise.core.frame import Frame, Pixels
from platewise.core.read import Read
from platewise.core.sighting import Sighting
from platewise.ingest.addresses import parse
from platewise.ingest.annotated import AnnotatedVideo
from platewise.ingest.camera import Camera, Offline, Online
from platewise.ingest.capture import Bad
from platewise.ingest.keeping import Keeper
from platewise.ingest.pace import Pace
from platewise.ingest.together import together
from platewise.ingest.video import AvSource
from platewise.ingest.watch import Event, Watch
from platewise.ingest.zones import Zones, polygon
from platewise.store.memory import MemoryStore
from platewise.store.queries import ReadQuery, SightingQuery
from platewise.vision.reader import Reader

LEFT = polygon("0,0 0.5,0 0.5,1 0,1")


def events(watch: Watch) -> list[Event]:
    return list(watch.events(threading.Event()))


def told(found: list[Event]) -> dict[str, Sighting]:
    sightings = [one for one in found if isinstance(one, Sighting)]
    by_text = {one.read.plate.text: one for one in sightings if one.read.plate}
    assert len(by_text) == len(sightings)
    return by_text


def test_a_video_is_watched_to_its_end_and_each_vehicle_told_once(
    road_video: Path, tiny_reader: Reader
) -> None:
    camera = Camera("north", parse(str(road_video)))
    found = told(events(Watch(camera, tiny_reader, Zones(lanes={"left": LEFT}))))
    assert set(found) == {"AB12CDE", "AB1234CD"}
    white = found["AB12CDE"]
    assert (white.camera, white.motion, white.lane) == ("north", "approaching", "left")
    assert (white.frame.width, white.frame.height) == (320, 240)
    assert white.frames == 18
    assert white.read.confidence > 0.99
    assert found["AB1234CD"].lane is None
    counted = camera.counters
    assert (counted.captured, counted.read, counted.dropped) == (45, 45, 0)
    assert (counted.total, counted.sightings, counted.reads) == (45, 2, 36)


def test_the_same_video_gives_the_same_keys(road_video: Path, tiny_reader: Reader) -> None:
    one, other = (told(events(Watch(Camera("n", parse(str(road_video))), tiny_reader))) for _ in range(2))
    assert [s.key for s in one.values()] == [s.key for s in other.values()]


def test_skipped_frames_are_counted_and_vehicles_still_told(road_video: Path, tiny_reader: Reader) -> None:
    camera = Camera("n", parse(str(road_video)), Pace(every=3))
    assert set(told(events(Watch(camera, tiny_reader)))) == {"AB12CDE", "AB1234CD"}
    assert (camera.counters.captured, camera.counters.read, camera.counters.dropped) == (45, 15, 30)


def test_only_what_is_in_the_region_of_interest_counts(road_video: Path, tiny_reader: Reader) -> None:
    shown: list[Read] = []
    zones = Zones(interest=polygon("0.5,0.1 1,0.1 1,1 0.5,1"))
    watch = Watch(Camera("n", parse(str(road_video))), tiny_reader, zones, shown=lambda _, r: shown.extend(r))
    found = told(events(watch))
    assert set(found) == {"AB1234CD"}
    assert (
        found["AB1234CD"].read.quad[:, 0].min() >= 199
    )  # px of the whole frame, not of the part that was read
    assert {read.plate.text for read in shown if read.plate} == {"AB1234CD"}


def test_frames_without_motion_are_not_read(
    tmp_path: Path, tiny_reader: Reader, draw: Callable[[int], Pixels]
) -> None:
    from platewise.ingest.recorder import recording

    with recording(tmp_path / "parked.mp4", 25) as recorder:
        for number in range(60):
            recorder.write(draw(min(number, 12)), number / 25)
    camera = Camera("n", parse(str(tmp_path / "parked.mp4")))
    (sighting,) = told(events(Watch(camera, tiny_reader))).values()
    assert sighting.read.plate is not None
    assert camera.counters.still > 20
    assert camera.counters.read == camera.counters.captured == 60


def test_each_picture_of_a_folder_is_told(
    tmp_path: Path, tiny_reader: Reader, draw: Callable[[int], Pixels]
) -> None:
    for number in (10, 28):
        cv2.imwrite(str(tmp_path / f"{number}.png"), draw(number)[:, :, ::-1])
    (tmp_path / "29.jpg").write_bytes(b"\xff\xd8\xff nothing")
    camera = Camera("ftp", parse(str(tmp_path)), Pace(once=True))
    found = events(Watch(camera, tiny_reader))
    assert set(told(found)) == {"AB12CDE", "AB1234CD"}
    assert len([one for one in found if isinstance(one, Bad)]) == 1
    assert (camera.counters.captured, camera.counters.read, camera.counters.dropped) == (3, 2, 1)


def test_what_cannot_be_opened_says_so_once(tmp_path: Path, tiny_reader: Reader) -> None:
    (tmp_path / "no.mp4").write_bytes(b"nothing")
    (problem,) = events(Watch(Camera("n", parse(str(tmp_path / "no.mp4"))), tiny_reader))
    assert isinstance(problem, Offline)
    assert "cannot be opened" in problem.problem


def test_several_cameras_are_told_together(road_video: Path, tiny_reader: Reader) -> None:
    watches = [Watch(Camera(name, parse(str(road_video))), tiny_reader) for name in ("a", "b")]
    heard = [one for one in together(watches, threading.Event()) if one]
    sightings = [one.event for one in heard if isinstance(one.event, Sighting)]
    assert sorted(str(one.camera) for one in sightings) == ["a", "a", "b", "b"]
    assert sum(isinstance(one.event, Online) for one in heard) == 2


def test_an_error_in_one_camera_reaches_who_listens(road_video: Path, tiny_reader: Reader) -> None:
    def fail(frame: Frame, reads: list[Read]) -> None:
        raise RuntimeError("the disk is full")

    watch = Watch(Camera("a", parse(str(road_video))), tiny_reader, shown=fail)
    with pytest.raises(RuntimeError, match="disk is full"):
        list(together([watch], threading.Event()))


def test_what_was_seen_is_told_when_asked_to_stop(road_video: Path, tiny_reader: Reader) -> None:
    stop, found = threading.Event(), []

    def look(frame: Frame, _: list[Read]) -> None:
        if frame.id == "14":
            stop.set()

    watch = Watch(Camera("a", parse(str(road_video))), tiny_reader, shown=look)
    found = list(watch.events(stop))
    assert set(told(found)) == {"AB12CDE"}
    assert watch.camera.counters.read == 15


def test_a_sighting_is_kept_once_with_the_frame_that_was_read_best(
    road_video: Path, tiny_reader: Reader
) -> None:
    store = MemoryStore()
    keeper = Keeper(store, tiny_reader.pipeline)
    found = told(events(Watch(Camera("n", parse(str(road_video))), tiny_reader)))
    first = [keeper.keep(one) for one in found.values()]
    again = [keeper.keep(one) for one in found.values()]
    assert [one.new for one in first] == [True, True]
    assert [one.new for one in again] == [False, False]
    with store.reading() as unit:
        reads = unit.reads.find(ReadQuery()).items
        kept = unit.sightings.find(SightingQuery()).items
    assert (
        sorted(one.normalised for one in reads)
        == sorted(one.normalised for one in kept)
        == ["AB1234CD", "AB12CDE"]
    )
    assert {one.frame.name for one in reads} == {one.frame.id for one in found.values()}
    assert all(one.crop and one.frame.image for one in reads)


def test_the_annotated_video_shows_plates_and_sightings(
    tmp_path: Path, road_video: Path, tiny_reader: Reader
) -> None:
    video = AnnotatedVideo(tmp_path / "out.mp4")
    watch = Watch(Camera("n", parse(str(road_video))), tiny_reader, gated=False, shown=video.show)
    for event in watch.events(threading.Event()):
        if isinstance(event, Sighting):
            video.tell(event)
    video.close()
    before = [shot.picture().astype(int) for shot in AvSource(parse(str(road_video))).shots()]
    after = [shot.picture().astype(int) for shot in AvSource(parse(str(tmp_path / "out.mp4"))).shots()]
    assert len(after) == len(before) == 45
    changed = [np.abs(a - b).max(2) > 60 for a, b in zip(after, before, strict=True)]
    assert not changed[2].any()
    assert changed[10].any()


def test_a_pipeline_without_formats_decides_by_the_signs(road_video: Path, tiny_reader: Reader) -> None:
    class Plain:
        """A pipeline of somebody else."""

        name = "plain"

        def __call__(self, frame: Frame) -> list[Read]:
            return [replace(read, lattice=None) for read in tiny_reader.pipeline(frame)]

    reader = Reader(pipeline=Plain(), settings=tiny_reader.settings)
    found = told(events(Watch(Camera("n", parse(str(road_video))), reader)))
    assert set(found) == {"AB12CDE", "AB1234CD"}
