"""Bands of signs, and reading them piece by piece."""

import cv2
import numpy as np
import pytest

from platewise.core.plate import MAX_SIGNS, SIGNS
from platewise.errors import MissingExtra, SettingError
from platewise.vision.detectors import bands, haar
from platewise.vision.detectors.bands import BOTTOM, TOP, Band
from platewise.vision.recognizers.segments import lattice_of, split_line, windows

pytest.importorskip("skimage", reason="needs the [classic] extra")


def boxes(count: int = 7, slope: float = 0.1) -> np.ndarray:
    """Signs 12 x 24 px on a slanted line, and two things that are none."""
    signs = [(20 + 18 * i, 30 + slope * (26 + 18 * i), 12, 24) for i in range(count)]
    return np.array([*signs, (60, 5, 12, 24), (150, 80, 10, 20)], np.float32)


def test_the_band_ignores_what_does_not_fit() -> None:
    found = bands.fit(boxes())
    assert found is not None
    band, count = found
    assert count == 7
    assert band.upper == pytest.approx((0.1, 30), abs=0.6)
    assert band.height == pytest.approx(24, abs=1)
    assert band.x == pytest.approx(26 + 18 * 3, abs=1)


def test_few_signs_or_steep_lines_are_no_band() -> None:
    assert bands.fit(boxes(3)[:3]) is None
    assert bands.fit(boxes(slope=0.9)[:7]) is None


def test_the_strip_is_straight_and_leads_back() -> None:
    band = Band((0.1, 30), (0.1, 54), 80)
    matrix = bands.strip_matrix(band)
    points = np.array([[[0, TOP], [bands.WIDTH, TOP], [bands.WIDTH / 2, BOTTOM]]], np.float32)
    moved = cv2.perspectiveTransform(points, matrix)[0]
    assert moved[:, 1] - 0.1 * moved[:, 0] == pytest.approx([30, 30, 54], abs=0.01)
    assert moved[2, 0] == pytest.approx(80, abs=0.01)
    quad = bands.plate_quad(band, 40, 160)
    assert np.linalg.norm(quad[3] - quad[0]) == pytest.approx(24 / bands.SIGN, rel=0.02)


@pytest.mark.parametrize("dark", [False, True])
def test_a_band_is_found_in_a_picture(dark: bool) -> None:
    grey = np.full((90, 260), 90, np.uint8)
    cv2.putText(grey, "A12345B", (30, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 240, 4)
    found = bands.find_band(255 - grey if dark else grey, 48)
    assert found is not None
    assert found[1] >= 6
    assert found[0].height == pytest.approx(36, abs=5)


def test_nothing_has_no_band() -> None:
    assert bands.find_band(np.zeros((90, 260), np.uint8), 48) is None


def test_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(MissingExtra, match=r"platewise\[classic\]"):
        bands.fit(boxes())


def test_an_opencv_without_cascades_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(haar.cv2, "CascadeClassifier")
    with pytest.raises(SettingError, match="opencv-python-headless<5"):
        haar.HaarDetector.__init__(object.__new__(haar.HaarDetector), None)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [7, 8])
def test_a_line_is_split_at_its_signs(count: int) -> None:
    places = [6 + 9 * i + (4 if i > 1 else 0) for i in range(count)]
    logits = np.full(80, -4, np.float32)
    logits[places] = 5
    logits[places[3] + 1] = 4  # a neighbour is no sign of its own
    assert split_line(logits) == [(place + 0.5) * 2 for place in places]


def test_windows_stand_around_their_places() -> None:
    crop = np.zeros((48, 160, 3), np.uint8)
    crop[:, 80:82] = 255
    cut = windows(crop, [81.0, -5.0, 300.0])
    assert cut.shape == (3, 48, 24, 3)
    assert np.flatnonzero(cut[0, 0, :, 0]).tolist() == [11, 12]
    assert not cut[1:].any()


def test_a_lattice_has_the_signs_then_empty_slots() -> None:
    rows = np.zeros((7, 1 + len(SIGNS)), np.float32)
    for row, sign in zip(rows, "京A12345", strict=True):
        row[1 + SIGNS.index(sign)] = 1
    lattice = lattice_of(rows)
    assert lattice.text() == "京A12345"
    assert len(lattice.probabilities) == MAX_SIGNS
