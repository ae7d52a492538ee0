from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")


from platewise.core.geometry import quad_of  # noqa: E402
from platewise.train import detector_mine  # noqa: E402
from platewise.train.detector_data import Picture, target  # noqa: E402
from platewise.train.detector_evaluate import corner_error, figures  # noqa: E402
from platewise.train.detector_infer import Found, detect, letterboxed  # noqa: E402
from platewise.train.detector_mine import harder, mine, pseudo_corners  # noqa: E402
from platewise.train.detector_scenes import Mark, encoded  # noqa: E402
from platewise.vision.detectors.decode_grid import CHANNELS, STRIDES  # noqa: E402

pytestmark = pytest.mark.train
SLANTED = np.float32([[100, 110], [196, 102], [198, 138], [102, 146]])


def encode(grid: np.ndarray, stride: int, quad: np.ndarray, logit: float) -> None:
    """Write a Quad (4, 2) px into the cell of a grid (13, h, w) that its middle is in."""
    (x0, y0), (x1, y1) = quad.min(0), quad.max(0)
    middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    column, row = np.clip((middle // stride).astype(int), 0, np.array(grid.shape[:0:-1]) - 1)
    centre = (np.array([column, row]) + 0.5) * stride
    size = np.log(np.array([x1 - x0, y1 - y0]) / stride)
    grid[:, row, column] = [logit, *((middle - centre) / stride), *size, *((quad - centre) / stride).ravel()]


class BrightFinder(torch.nn.Module):
    """A network with nothing to learn: it finds the corners of what is brighter than 200."""

    def __init__(self, logit: float = 4.0) -> None:
        super().__init__()
        self.logit = logit
        self.unused = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x):
        pixels = x.float().permute(0, 2, 3, 1).numpy() * 64 + 114
        grids = [
            np.zeros((len(pixels), CHANNELS, x.shape[2] // s, x.shape[3] // s), np.float32) for s in STRIDES
        ]
        for grid in grids:
            grid[:, 0] = -9
        for i, picture in enumerate(pixels):
            points = cv2.findNonZero((picture.mean(2) > 200).astype(np.uint8))
            if points is not None and len(points) > 20:
                found = points[:, 0].astype(np.float32)
                ends = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
                quad = (
                    np.array([found[np.argmax(found @ np.array(end))] for end in ends])
                    + np.array(ends) / 2
                    + 0.5
                )
                encode(grids[0][i], STRIDES[0], quad.astype(np.float32), self.logit)
        return tuple(torch.from_numpy(grid) for grid in grids)


def picture(quad: np.ndarray | None = SLANTED) -> np.ndarray:
    """A grey picture with one bright quadrangle, or none."""
    pixels = np.full((288, 384, 3), 90, np.uint8)
    if quad is not None:
        cv2.fillPoly(pixels, [np.round(quad * 16 - 8).astype(np.int32)], (250, 250, 250), cv2.LINE_AA, 4)
    return pixels


def boxed(quad: np.ndarray) -> Mark:
    (x0, y0), (x1, y1) = quad.min(0), quad.max(0)
    return Mark(quad_of((x0, y0, x1 - x0, y1 - y0)), 0.0)


def test_letterboxing_keeps_the_aspect() -> None:
    canvas, scale = letterboxed(picture(), 192)
    assert canvas.shape == (192, 192, 3)
    assert scale == 0.5
    assert (canvas[144:] == 114).all()
    assert (canvas[:50] == 90).all()


def test_detections_are_in_px_of_the_picture() -> None:
    (found,) = detect(BrightFinder(), [picture()], 192, 0.4)
    np.testing.assert_allclose(found.quads[0], SLANTED, atol=4)


def test_a_perfect_detector_has_perfect_figures() -> None:
    scenes = [encoded(picture(), [Mark(SLANTED, 1.0)])]
    told = figures(BrightFinder(), scenes, [picture(None)])
    assert told["score"] == told["ap70@384"] == told["recall50@512"] == told["precision@384"] == 1
    assert told["false_an_image"] == 0


def test_a_missed_plate_and_a_false_one_cost() -> None:
    missed = encoded(picture(None), [Mark(SLANTED, 1.0)])
    false = encoded(picture(), [Mark(SLANTED + np.float32([120, 100]), 1.0)])
    right = encoded(picture(), [Mark(SLANTED, 1.0)])
    told = figures(BrightFinder(), [missed, false, right], [picture(), picture(None)])
    assert told["recall50@384"] == pytest.approx(1 / 3)
    assert told["precision@384"] == pytest.approx(1 / 2)
    assert told["false_an_image"] == 0.5


def test_an_ignored_plate_neither_counts_nor_hurts() -> None:
    scenes = [
        encoded(picture(), [Mark(SLANTED, 1.0, ignored=True)]),
        encoded(picture(), [Mark(SLANTED, 1.0)]),
    ]
    told = figures(BrightFinder(), scenes, [])
    assert told["score"] == 1
    assert "false_an_image" not in told


def test_corner_error_is_in_plate_heights() -> None:
    square = np.full((256, 256, 3), 90, np.uint8)
    quad = quad_of((60, 60, 120, 40))
    square[60:100, 60:180] = 250
    shifted = target(quad + np.float32([0, 4]), 1.0, 256)
    assert shifted is not None
    assert corner_error(BrightFinder(), [Picture(square, shifted[None])]) == pytest.approx(0.1, abs=0.01)


def test_where_both_views_agree_a_box_gets_corners() -> None:
    (mark,) = pseudo_corners(BrightFinder(), picture(), [boxed(SLANTED)])
    assert mark.trust == 1
    np.testing.assert_allclose(mark.quad, SLANTED, atol=2)


def test_a_box_that_does_not_fit_stays_a_box() -> None:
    wrong = boxed(SLANTED + np.float32([30, 6]))
    (mark,) = pseudo_corners(BrightFinder(), picture(), [wrong])
    assert mark is wrong


def test_tiny_ignored_and_known_plates_are_left_alone() -> None:
    marks = [Mark(quad_of((10, 10, 12, 5)), 0.0), Mark(SLANTED, 1.0), replace(boxed(SLANTED), ignored=True)]
    assert pseudo_corners(BrightFinder(), picture(), marks) == tuple(marks)


@pytest.mark.parametrize(
    ("logit", "source", "ignored", "mistakes"),
    [(3.0, "street", 1, 0), (0.6, "street", 0, 1), (0.6, "ro-robertlucian", 1, 0)],
)
def test_what_is_seen_beside_the_labels_is_doubtful_or_a_mistake(
    logit: float, source: str, ignored: int, mistakes: int
) -> None:
    elsewhere = Mark(quad_of((300, 200, 60, 20)), 1.0)
    (made,) = mine(BrightFinder(logit), [encoded(picture(), [elsewhere], source)])
    assert sum(mark.ignored for mark in made.marks) == ignored
    assert len(made.mistakes) == mistakes
    assert not made.marks[0].ignored


def test_hard_backgrounds_come_again() -> None:
    easy, hard = encoded(picture(None)), encoded(picture())
    assert harder(BrightFinder(), [easy, hard]) == [easy, hard, hard, hard, hard]


def test_the_shipped_config_is_valid() -> None:
    from platewise.train import config, detector

    path = Path(detector.__file__).parent / "configs" / "detector.toml"
    phases = config.load(path, detector.DetectorConfig).phases
    assert [phase.loop.rate for phase in phases] == [2e-3, 1.2e-3, 1.2e-3]


def test_a_loose_label_gives_way_to_what_both_views_see() -> None:
    label = quad_of((70, 95, 120, 60))
    plate = quad_of((80, 110, 100, 30))
    seen = Found(np.array([[80, 110, 180, 140]], np.float32), plate[None], np.array([0.9], np.float32))
    turned = Found(seen.boxes, detector_mine._unmirrored(plate[None]), seen.scores)
    agreed = detector_mine._agreed(seen, turned, label)
    assert agreed is not None
    np.testing.assert_allclose(agreed, plate, atol=0.01)
    doubtful = seen._replace(scores=np.array([0.4], np.float32))
    assert detector_mine._agreed(doubtful, turned, label) is None
