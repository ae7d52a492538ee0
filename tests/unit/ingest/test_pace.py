import threading
from random import Random

import numpy as np
import pytest

from platewise.ingest.pace import Pace, Waiting
from platewise.ingest.shots import Shot

pytestmark = pytest.mark.wall("C3")

PICTURE = np.zeros((2, 2, 3), np.uint8)


def shot(second: float) -> Shot:
    return Shot(second, lambda: PICTURE)


def drained(waiting: Waiting) -> tuple[list[int], int, int]:
    """Return the numbers of all frames taken, and how many were captured and dropped."""
    numbers, captured, dropped = [], 0, 0
    while True:
        taken = waiting.take()
        captured, dropped = captured + taken.captured, dropped + taken.dropped
        if taken.shot is None:
            return numbers, captured, dropped
        numbers.append(taken.number)


def test_a_camera_gives_only_its_newest_frame() -> None:
    waiting = Waiting(Pace(), newest=True)
    for number in range(10):
        waiting.put(shot(number))
    assert waiting.take()[1:] == (9, 10, 9)
    waiting.put(shot(10))
    waiting.end()
    assert drained(waiting) == ([10], 1, 0)


def test_a_file_gives_all_and_waits_for_who_reads() -> None:
    waiting = Waiting(Pace(), newest=False)

    def capture() -> None:
        for number in range(50):
            waiting.put(shot(number))
        waiting.end()

    thread = threading.Thread(target=capture)
    thread.start()
    assert drained(waiting) == (list(range(50)), 50, 0)
    thread.join()


@pytest.mark.parametrize(
    ("pace", "numbers"),
    [
        (Pace(every=4), list(range(0, 50, 4))),
        (Pace(fps=5), list(range(0, 50, 5))),
        (Pace(fps=100), list(range(50))),
        (Pace(every=2, fps=12.5), list(range(0, 50, 2))),
    ],
)
def test_frames_that_are_not_wanted_count_as_dropped(pace: Pace, numbers: list[int]) -> None:
    waiting = Waiting(pace, newest=False)
    thread = threading.Thread(
        target=lambda: [waiting.put(shot(1000 + n / 25)) for n in range(50)] and waiting.end()
    )
    thread.start()
    assert drained(waiting) == (numbers, 50, 50 - len(numbers))
    thread.join()


def test_captured_is_read_and_dropped_exactly_whatever_the_speeds() -> None:
    waiting, rng = Waiting(Pace(), newest=True), Random(3)
    go = threading.Event()

    def capture() -> None:
        for number in range(3000):
            waiting.put(shot(number))
            if rng.random() < 0.05:
                go.wait(0.001)
        waiting.end("gone")

    thread = threading.Thread(target=capture)
    thread.start()
    numbers, captured, dropped = drained(waiting)
    thread.join()
    assert captured == 3000 == len(numbers) + dropped
    assert numbers == sorted(set(numbers))
    assert waiting.problem == "gone"
