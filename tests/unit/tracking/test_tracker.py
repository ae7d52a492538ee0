from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from passing import START, decide, frame, read, seen, texts, towards, watch

from platewise.core.frame import Frame
from platewise.core.sighting import Sighting
from platewise.tracking.linking import link
from platewise.tracking.looks import Seen
from platewise.tracking.tracker import Tracker
from platewise.tracking.tracks import Track
from platewise.tracking.tuning import STILLS, LinkTuning, TrackerTuning

CAR = ("AB12CDE", towards(), 0.0, 2.0)
PARKED = (500.0, 300.0, 80.0)


def test_a_passing_vehicle_is_told_once_with_all_that_is_true_of_it() -> None:
    (told,) = watch([CAR])
    assert texts([told]) == ["AB12CDE"]
    assert (told.camera, told.motion, told.frames) == ("gate", "approaching", 50)
    assert (told.first_seen, told.last_seen) == (START, START + timedelta(seconds=1.96))
    assert told.key == f"gate/{START.isoformat()}/0/1"
    assert told.seen_at == told.frame.captured_at
    assert told.to_dict()["plate"] == "AB12CDE"


def test_the_evidence_is_where_the_plate_is_largest_not_where_it_is_cut() -> None:
    tracker = Tracker(decide)
    for number in range(30):
        one = read("AB12CDE", (400, 100 + 20 * number, 40 + 2 * number))
        tracker.update(frame(number / 25), [Seen(one)])
    cut = replace(read("AB12CDE", (400, 710, 110)), explain=("cut",))
    tracker.update(frame(1.2), [Seen(cut)])
    (told,) = tracker.flush()
    assert told.frame.id == "1.16"


@pytest.mark.parametrize("every", [1, 3, 5])
def test_a_fast_vehicle_is_linked_over_jumps_wider_than_its_plate(every: int) -> None:
    told = watch([("AB12CDE", towards(900), 0.0, 0.6)], fps=25 / every)
    assert texts(told) == ["AB12CDE"]
    assert told[0].frames == len(range(0, 15, every))


def test_two_vehicles_side_by_side_stay_two() -> None:
    cars = [CAR, ("XY34ZZZ", towards(250, x=560), 0.1, 2.0), ("QR56STU", towards(500, x=700), 0.3, 1.2)]
    assert sorted(texts(watch(cars))) == ["AB12CDE", "QR56STU", "XY34ZZZ"]


def test_a_vehicle_close_behind_another_is_told_too() -> None:
    cars = [("AB12CDE", towards(400), 0.0, 1.4), ("XY34ZZZ", towards(400), 0.45, 1.9)]
    assert sorted(texts(watch(cars, fps=8))) == ["AB12CDE", "XY34ZZZ"]


def test_single_misreads_and_missed_frames_do_not_show() -> None:
    rng = Random(4)

    def misread(text: str, second: float) -> str | None:
        if rng.random() < 0.3:
            return None
        at = rng.randrange(len(text))
        return text[:at] + "X" + text[at + 1 :] if rng.random() < 0.4 else text

    assert texts(watch([CAR], misread=misread)) == ["AB12CDE"]


def test_a_vehicle_hidden_for_a_while_is_the_same_one() -> None:
    hidden = watch([CAR], misread=lambda text, second: None if 0.7 < second < 1.5 else text)
    assert texts(hidden) == ["AB12CDE"]


def test_a_parked_vehicle_is_told_once_and_soon() -> None:
    tracker, told = Tracker(decide), list[tuple[float, Sighting]]()
    for number in range(25 * 60):
        second = number / 25
        told += [(second, one) for one in tracker.update(frame(second), [Seen(read("AB12CDE", PARKED))])]
    assert [one.motion for _, one in told] == ["still"]
    assert told[0][0] < 2
    assert not tracker.flush()


def test_a_flickering_parked_vehicle_is_told_once_and_again_only_after_absence() -> None:
    rng, told = Random(1), []
    tracker = Tracker(decide)
    times = [t for t in range(0, 240, 2) if rng.random() < 0.5 and not 100 <= t < 150]
    for second in times:
        one = read("AB12CDE", PARKED, 0.9)
        for part in (0.0, 0.2, 0.4):
            told += tracker.update(frame(second + part), [Seen(one)])
    told += tracker.flush()
    assert len(told) == 2
    assert told[1].first_seen >= START + timedelta(seconds=150)


def test_a_vehicle_at_a_barrier_is_told_unread_and_once_more_when_it_can_be_read() -> None:
    tracker, told = Tracker(decide), list[Sighting]()
    for number in range(25 * 30):
        text = "AB12CDE" if number > 25 * 20 else ""
        told += tracker.update(frame(number / 25), [Seen(read(text, PARKED))])
    assert texts([*told, *tracker.flush()]) == ["", "AB12CDE"]
    assert len({one.key for one in told}) == 2
    assert START + timedelta(seconds=10) <= told[0].last_seen < START + timedelta(seconds=10.1)
    assert told[1].last_seen < START + timedelta(seconds=22)


def test_a_vehicle_that_waits_far_away_is_not_told_before_it_is_read_well() -> None:
    def jam(second: float) -> tuple[float, float, float]:
        return (400.0, 100 + 300 * max(second - 5, 0), 40 + 40 * max(second - 5, 0))

    tracker, told = Tracker(decide), list[tuple[float, Sighting]]()
    for number in range(25 * 7):
        second = number / 25
        one = Seen(read("AB12CDE", jam(second), 0.3 if second < 5 else 0.97))
        told += [(second, sighting) for sighting in tracker.update(frame(second), [one])]
    told += [(7.0, sighting) for sighting in tracker.flush()]
    assert [second for second, _ in told] == [7.0]
    assert told[0][1].read.confidence > 0.8


def test_a_vehicle_that_turns_back_is_told_again() -> None:
    away = ("AB12CDE", lambda s: (400.0, 600 - 300 * s, 130 - 40 * s), 4.0, 5.5)
    assert [one.motion for one in watch([CAR, away], until=8)] == ["approaching", "receding"]


@pytest.mark.parametrize(
    ("path", "motion"),
    [
        (towards(), "approaching"),
        (lambda s: (400.0, 600 - 200 * s, 140 - 40 * s), "receding"),
        (lambda s: (400.0, 100 + 200 * s, 80.0), "approaching"),
        (lambda s: (400.0, 600 - 200 * s, 80.0), "receding"),
        (lambda s: (100 + 300 * s, 300.0, 80.0), "right"),
        (lambda s: (900 - 300 * s, 300.0, 80.0), "left"),
        (lambda s: (900.0, 300.0, 80.0), "still"),
    ],
)
def test_the_motion_tells_the_direction(path: object, motion: str) -> None:
    (told,) = watch([("AB12CDE", path, 0.0, 1.5)])  # type: ignore[list-item]
    assert told.motion == motion


@pytest.mark.parametrize(("sure", "told"), [(0.9, 1), (0.3, 0)])
def test_a_vehicle_seen_in_one_frame_must_be_read_surely(sure: float, told: int) -> None:
    tracker = Tracker(decide)
    one = read("AB12CDE", PARKED, sure ** (1 / 10))
    assert len(tracker.update(frame(0), [Seen(one)]) + tracker.flush()) == told


@pytest.mark.parametrize(("frames", "told"), [(4, 0), (12, 1)])
def test_a_plate_that_nobody_can_read_must_be_seen_for_long(frames: int, told: int) -> None:
    tracker = Tracker(decide)
    for number in range(frames):
        tracker.update(frame(number / 25), [Seen(read("", (400, 100 + 10 * number, 60)))])
    assert texts(tracker.flush()) == [""] * told


def test_times_are_those_of_the_frames_and_never_go_back() -> None:
    tracker, told = Tracker(decide), []
    for number in range(50):  # the camera's clock is set back by ten minutes half-way
        second = number / 25 - (600 if number >= 25 else 0)
        told += tracker.update(frame(second), [Seen(read("AB12CDE", (400, 100 + 12 * number, 60 + number)))])
    told += tracker.flush()
    assert texts(told) == ["AB12CDE"]


def test_frames_in_which_nothing_moves_keep_vehicles_where_they_are() -> None:
    tracker, told = Tracker(decide), []
    for number in range(5):
        told += tracker.update(frame(number / 25), [Seen(read("AB12CDE", PARKED))])
    for number in range(5, 250):
        told += tracker.hold(frame(number / 25))
    assert texts(told) == ["AB12CDE"]
    assert not tracker.update(frame(10.1), [Seen(read("AB12CDE", PARKED))])
    assert not tracker.flush()


def test_who_was_gone_before_all_came_to_rest_is_told_soon() -> None:
    tracker, path, told = Tracker(decide), towards(), list[Sighting]()
    for number in range(2):
        told += tracker.update(frame(number / 25), [Seen(read("AB12CDE", path(number / 25)))])
    for number in range(2, 20):
        told += tracker.update(frame(number / 25), [])
    assert not told
    for number in range(20, 50):
        told += tracker.hold(frame(number / 25))
    assert texts(told) == ["AB12CDE"]


def test_the_same_frames_give_the_same_keys_and_each_vehicle_its_own() -> None:
    cars = [CAR, ("XY34ZZZ", towards(250, x=700), 0.0, 2.0)]
    first, second = (sorted(one.key for one in watch(cars)) for _ in range(2))
    assert first == second
    assert len(set(first)) == 2


def test_the_lane_is_where_most_looks_were() -> None:
    tracker = Tracker(decide)
    for number, lane in enumerate(["left", "left", None, "right"]):
        tracker.update(frame(number / 25), [Seen(read("AB12CDE", (400, 100 + 10 * number, 60)), lane=lane)])
    assert [one.lane for one in tracker.flush()] == ["left"]


def test_single_pictures_are_told_each_but_not_twice() -> None:
    tracker, told = Tracker(decide, STILLS), []
    for second, text in ((0, "AB12CDE"), (5, "AB12CDE"), (6, "XY34ZZZ"), (120, "AB12CDE"), (160, "")):
        told += tracker.update(frame(second), [Seen(read(text, PARKED, 0.9))]) + tracker.flush()
    assert texts(told) == ["AB12CDE", "XY34ZZZ", "AB12CDE", ""]


def test_a_read_without_a_lattice_votes_with_its_text() -> None:
    tracker = Tracker(decide)
    for number in range(4):
        bare = replace(read("AB12CDE", (400, 100 + 10 * number, 60)), lattice=None)
        tracker.update(frame(number / 25), [Seen(bare)])
    assert texts(tracker.flush()) == ["AB12CDE"]


def test_a_frame_without_a_time_is_refused() -> None:
    with pytest.raises(ValueError, match="captured_at"):
        Tracker(decide).update(Frame(frame(0).pixels), [])


def test_clear_texts_that_contradict_each_other_are_never_linked() -> None:
    track = Track("k", seen("AB12CDE", 0.0, PARKED), frame(0), 16)
    same, other = seen("AB12CDE", 0.04, PARKED), seen("XY34ZZZ", 0.04, PARKED)
    assert link([track], [other], LinkTuning()) == {}
    assert link([track], [other, same], LinkTuning()) == {1: 0}


def test_a_slow_camera_gets_more_time() -> None:
    told = watch([("AB12CDE", towards(30), 0.0, 12.0)], fps=0.5, until=14)
    assert texts(told) == ["AB12CDE"]
    assert texts(watch([CAR], tuning=TrackerTuning(patience=0.5))) == ["AB12CDE"]


def test_an_unreadable_sign_that_flickers_is_told_once() -> None:
    tracker, told = Tracker(decide), list[Sighting]()
    for start in (0, 5, 10, 15):
        for number in range(12):
            told += tracker.update(frame(start + number / 25), [Seen(read("", PARKED))])
    elsewhere = [Seen(read("", (900, 100 + 10 * number, 80))) for number in range(12)]
    for number, one in enumerate(elsewhere):
        told += tracker.update(frame(20 + number / 25), [one])
    assert texts([*told, *tracker.flush()]) == ["", ""]
