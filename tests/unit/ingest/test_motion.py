import numpy as np

from platewise.core.frame import Pixels
from platewise.ingest.motion import AFTER, REST, MotionGate


def street(car: int | None = None, noise: int = 0) -> Pixels:
    """Return a grey street, noisy, with a car at an x."""
    rng = np.random.default_rng(noise)
    picture = np.full((360, 640, 3), 90.0) + rng.normal(0, 5, (360, 640, 3))
    if car is not None:
        picture[150:190, car : car + 70] = 150
    return np.clip(picture, 0, 255).astype(np.uint8)


def settled(gate: MotionGate) -> None:
    for number in range(AFTER + 1):
        gate.opens(street(noise=number))


def test_it_closes_when_nothing_moves_whatever_the_noise() -> None:
    gate = MotionGate()
    opened = [gate.opens(street(noise=n)) for n in range(2 * AFTER)]
    assert opened == [True] * (AFTER + 1) + [False] * (AFTER - 1)


def test_it_opens_for_a_vehicle_at_once() -> None:
    gate = MotionGate()
    settled(gate)
    assert not gate.opens(street(noise=98))
    assert gate.opens(street(car=300, noise=99))


def test_slow_motion_adds_up() -> None:
    gate = MotionGate()
    for number in range(AFTER + 2):
        gate.opens(street(car=300, noise=number))
    opened = [gate.opens(street(car=300 + number, noise=number)) for number in range(20)]
    assert not opened[0]
    assert any(opened)


def test_now_and_then_a_still_frame_is_read() -> None:
    gate, picture = MotionGate(), street()
    opened = [gate.opens(picture) for _ in range(AFTER + 2 * REST)]
    assert AFTER + 1 < sum(opened) <= AFTER + 4
