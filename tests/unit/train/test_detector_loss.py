import pytest

torch = pytest.importorskip("torch")

from platewise.train.detector_loss import Cells, Targets, Weights, assign, losses, overlaps  # noqa: E402
from platewise.train.detector_model import DetectorNet, Exported, normalised  # noqa: E402

pytestmark = pytest.mark.train
SIZE, ROWS = 128, 3


def row(box: tuple[float, ...], trust: float = 1.0, state: float = 0.0) -> list[float]:
    x0, y0, x1, y1 = box
    return [*box, x0, y0, x1, y0, x1, y1, x0, y1, trust, state]


def targets(*rows: list[float]) -> "torch.Tensor":
    empty = [[-1.0] * 14] * (ROWS - len(rows))
    return torch.tensor([[*rows, *empty]])


def grids(size: int = SIZE) -> tuple["torch.Tensor", ...]:
    torch.manual_seed(0)
    with torch.no_grad():
        return DetectorNet().eval()(torch.zeros(1, 3, size, size))


def test_the_network_is_the_one_of_the_recipe() -> None:
    net = DetectorNet().eval()
    assert sum(p.numel() for p in net.parameters()) == 818_727
    with torch.no_grad():
        shapes = [tuple(grid.shape) for grid in net(torch.zeros(2, 3, 96, 160))]
    assert shapes == [(2, 13, 12, 20), (2, 13, 6, 10), (2, 13, 3, 5)]


def test_a_fresh_network_sees_plates_nowhere_and_of_a_plate_s_shape() -> None:
    cells = Cells.of(grids())
    assert torch.sigmoid(cells.logits).max() < 0.02
    size = cells.boxes[..., 2:] - cells.boxes[..., :2]
    assert (size[..., 0] > 1.5 * size[..., 1]).all()


def test_the_exported_network_normalises_inside() -> None:
    net, picture = DetectorNet().eval(), torch.randint(0, 256, (1, 64, 96, 3), dtype=torch.uint8)
    with torch.no_grad():
        inside, outside = Exported(net)(picture), net(normalised(picture))
    assert all(torch.equal(a, b) for a, b in zip(inside, outside, strict=True))
    assert normalised(torch.full((1, 32, 32, 3), 178, dtype=torch.uint8)).unique().tolist() == [1.0]


@pytest.mark.parametrize(
    ("box", "strides"),
    [((60, 60, 76, 66), {8}), ((30, 50, 100, 74), {8, 16}), ((2, 30, 126, 98), {16, 32})],
)
def test_cells_around_the_middle_of_a_fitting_level_answer(box: tuple[float, ...], strides: set[int]) -> None:
    cells = Cells.of(grids())
    found = assign(cells, Targets.of(targets(row(box))))
    assert 1 <= len(found.cell) <= 10
    assert set(cells.strides[found.cell].tolist()) <= strides
    middle = torch.tensor([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
    apart = (cells.centres[found.cell] - middle).abs().amax(1) / cells.strides[found.cell]
    assert apart.max() <= 2.5
    assert found.plate.tolist() == [0] * len(found.plate)


def test_no_cell_answers_for_two_plates() -> None:
    rows = targets(row((30, 40, 60, 52)), row((44, 44, 74, 56)))
    found = assign(Cells.of(grids()), Targets.of(rows))
    assert set(found.plate.tolist()) == {0, 1}
    assert len(found.cell.unique()) == len(found.cell)


def test_ignored_and_empty_rows_have_no_cells_and_quiet_ones() -> None:
    cells = Cells.of(grids())
    found = assign(cells, Targets.of(targets(row((40, 40, 80, 60), state=1.0))))
    assert len(found.cell) == 0
    x, y = cells.centres[found.ignored[0]].unbind(1)
    assert len(x) > 0
    assert (x.min() >= 36) & (x.max() <= 84) & (y.min() >= 36) & (y.max() <= 64)


def test_overlap_of_equal_and_of_distant_boxes() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 10]])
    overlap, gain = overlaps(boxes, torch.tensor([[0.0, 0, 10, 10], [30, 0, 40, 10]]))
    assert overlap.tolist() == pytest.approx([1, 0], abs=1e-5)
    assert gain.tolist() == pytest.approx([1, -0.5], abs=1e-5)


def test_box_only_plates_teach_through_the_outline() -> None:
    known, unknown = (
        losses(grids(), targets(row((30, 40, 90, 60), trust)), Weights()) for trust in (1.0, 0.0)
    )
    assert known["outline"] == 0 < known["corners"]
    assert unknown["corners"] == 0 < unknown["outline"]


def test_a_picture_without_plates_has_a_score_loss_only() -> None:
    parts = losses(grids(), targets(), Weights())
    assert parts["box"] == parts["corners"] == 0
    assert parts["loss"] == parts["score"] > 0


def test_a_small_network_learns_one_picture_by_heart() -> None:
    torch.manual_seed(1)
    net = DetectorNet(widths=(8, 8, 16, 16, 16), blocks=(0, 0, 0, 0), pyramid=16)
    picture = torch.full((1, 64, 96, 3), 60, dtype=torch.uint8)
    picture[:, 24:40, 24:72] = 230
    rows = targets(row((24, 24, 72, 40)))
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-2)
    history = []
    for _ in range(80):
        parts = losses(net(normalised(picture)), rows, Weights())
        optimizer.zero_grad()
        parts["loss"].backward()
        optimizer.step()
        history.append(parts["loss"].item())
    assert history[-1] < 0.35 * history[0]
    cells = Cells.of(net(normalised(picture)))
    best = cells.logits[0].argmax()
    overlap, _ = overlaps(cells.boxes[0, best][None], rows[0, :1, :4])
    assert overlap.item() > 0.7
