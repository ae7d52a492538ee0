"""Plates by their outline."""

import cv2
import numpy as np
import pytest

from platewise.core.geometry import box_of, corners_box, iou
from platewise.vision.detectors.contour import ContourDetector, ContourTuning, best_of, ordered
from platewise.vision.protocols import Detector, Staged

CORNERS = np.array([[200, 150], [440, 165], [437, 215], [197, 200]], np.float32)


@pytest.fixture
def street() -> np.ndarray:
    """A dull picture (360, 640, 3) uint8 RGB with one white plate, slightly askew."""
    pixels = np.full((360, 640, 3), 70, np.uint8)
    plate = np.full((50, 240, 3), 235, np.uint8)
    cv2.putText(plate, "AB12 CDE", (12, 38), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (20, 20, 20), 4)
    flat = np.array([[0, 0], [240, 0], [240, 50], [0, 50]], np.float32)
    move = cv2.getPerspectiveTransform(flat, CORNERS)
    seen = cv2.warpPerspective(plate, move, (640, 360))
    mask = cv2.warpPerspective(np.full((50, 240), 255, np.uint8), move, (640, 360)) > 0
    pixels[mask] = seen[mask]
    return pixels


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    boxes = [np.array([corners_box(box_of(quad))], np.float32) for quad in (a, b)]
    return float(iou(*boxes)[0, 0])


def test_a_plate_is_found_with_its_corners(street: np.ndarray) -> None:
    detector = ContourDetector()
    assert isinstance(detector, Detector)
    found = detector.detect(street)
    assert overlap(found[0].quad, CORNERS) > 0.85
    assert np.abs(found[0].quad - CORNERS).max() < 8


def test_px_are_those_of_the_picture_not_of_the_resized_one(street: np.ndarray) -> None:
    large = street.repeat(2, 0).repeat(2, 1)
    assert overlap(ContourDetector().detect(large)[0].quad, CORNERS * 2) > 0.85


def test_a_bare_rectangle_is_no_plate(street: np.ndarray) -> None:
    bare = np.full((360, 640, 3), 70, np.uint8)
    bare[150:200, 200:440] = 235
    assert ContourDetector().detect(bare) == []
    assert ContourDetector(ContourTuning(strokes=0)).detect(bare)


def test_every_step_has_a_picture(street: np.ndarray) -> None:
    detector = ContourDetector()
    assert isinstance(detector, Staged)
    steps = dict(detector.stages(street))
    assert list(steps) == ["grey", "bilateral", "edges", "contours", "four-corners", "mask"]
    assert all(step.shape == (360, 640, 3) and step.dtype == np.uint8 for step in steps.values())
    inside, outside = steps["mask"][180, 300], steps["mask"][40, 40]
    assert inside.any()
    assert not outside.any()


@pytest.mark.parametrize("shift", range(4))
def test_corners_are_ordered_from_the_top_left(shift: int) -> None:
    assert (ordered(np.roll(CORNERS, shift, 0)[::-1].copy()) == CORNERS).all()


def test_the_best_of_overlapping_quads_stays() -> None:
    found = best_of([(CORNERS, 0.6), (CORNERS + 2, 0.9), (CORNERS - 150, 0.7)], most=5)
    assert [round(d.score, 1) for d in found] == [0.9, 0.7]
    assert len(best_of([(CORNERS, 0.6), (CORNERS - 150, 0.7)], most=1)) == 1
    assert best_of([], most=3) == []
