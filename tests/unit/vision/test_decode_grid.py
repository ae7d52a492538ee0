import numpy as np
import pytest

from platewise.vision.detectors.decode_grid import CHANNELS, STRIDES, decode, join, suppress

SIZE = 256
QUAD = np.float32([[60, 84], [120, 90], [118, 112], [58, 106]])


def empty() -> list[np.ndarray]:
    grids = [np.zeros((CHANNELS, SIZE // s, SIZE // s), np.float32) for s in STRIDES]
    for grid in grids:
        grid[0] = -9
    return grids


def encode(grid: np.ndarray, stride: int, cell: tuple[int, int], quad: np.ndarray, logit: float) -> None:
    """Write a plate into the cell (column, row) by the letter of the contract, independently of `decode`."""
    column, row = cell
    x, y = (column + 0.5) * stride, (row + 0.5) * stride
    (x0, y0), (x1, y1) = quad.min(0), quad.max(0)
    box = [((x0 + x1) / 2 - x) / stride, ((y0 + y1) / 2 - y) / stride]
    size = [np.log((x1 - x0) / stride), np.log((y1 - y0) / stride)]
    grid[:, row, column] = [logit, *box, *size, *((quad - (x, y)) / stride).ravel()]


@pytest.mark.parametrize(("level", "cell"), [(0, (11, 12)), (1, (5, 6)), (2, (2, 3))])
def test_decode_inverts_an_encoded_plate(level: int, cell: tuple[int, int]) -> None:
    grids = empty()
    encode(grids[level], STRIDES[level], cell, QUAD, 2.0)
    boxes, quads, scores = decode(*grids)
    np.testing.assert_allclose(quads, QUAD[None], atol=1e-3)
    np.testing.assert_allclose(boxes, [[58, 84, 120, 112]], atol=1e-3)
    np.testing.assert_allclose(scores, [1 / (1 + np.exp(-2))], rtol=1e-5)
    assert {part.dtype for part in (boxes, quads, scores)} == {np.dtype(np.float32)}


def test_nothing_above_the_threshold_gives_empty_arrays() -> None:
    boxes, quads, scores = decode(*empty())
    assert (boxes.shape, quads.shape, scores.shape) == ((0, 4), (0, 4, 2), (0,))


def test_the_threshold_is_a_probability() -> None:
    grids = empty()
    encode(grids[0], 8, (11, 12), QUAD, 0.0)
    assert len(decode(*grids, threshold=0.499)[2]) == 1
    assert len(decode(*grids, threshold=0.501)[2]) == 0


def test_of_neighbouring_cells_that_see_one_plate_the_best_stays() -> None:
    grids = empty()
    for column, logit in ((10, 1.0), (11, 3.0), (12, 2.0)):
        encode(grids[0], 8, (column, 12), QUAD, logit)
    encode(grids[1], 16, (12, 12), QUAD + 120, 1.5)
    _, quads, scores = decode(*grids)
    np.testing.assert_allclose(quads, [QUAD, QUAD + 120], atol=1e-3)
    assert scores[0] > scores[1]


def test_suppression_keeps_boxes_that_overlap_little() -> None:
    boxes = np.float32([[0, 0, 10, 10], [0, 0, 10, 9], [8, 0, 18, 10]])
    assert suppress(boxes, np.float32([0.5, 0.9, 0.7]), 0.5).tolist() == [1, 2]


def test_joining_drops_a_part_of_what_another_pass_sees_whole() -> None:
    boxes = np.float32([[0, 0, 100, 30], [50, 0, 100, 30], [200, 0, 240, 30]])
    assert join(boxes, np.float32([0.9, 0.8, 0.5]), 0.6, 0.7).tolist() == [0, 2]
    assert join(boxes, np.float32([0.7, 0.8, 0.5]), 0.6, 0.7).tolist() == [1, 2]
