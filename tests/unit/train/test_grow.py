"""A grown network reads as the small one did, and every new weight can learn."""

import pytest

torch = pytest.importorskip("torch", reason="training needs pip install 'platewise[train]'")

from platewise.errors import SettingError  # noqa: E402
from platewise.train.grow import grown  # noqa: E402
from platewise.train.recognizer_model import NetConfig, RecognizerNet  # noqa: E402

SMALL = NetConfig(widths=(8, 8, 16), depths=(0, 1), dim=16, heads=2)


@pytest.mark.parametrize(
    "after",
    [
        SMALL,
        SMALL.model_copy(update={"widths": (8, 12, 24)}),
        SMALL.model_copy(update={"depths": (2, 2)}),
        SMALL.model_copy(update={"widths": (12, 16, 32), "depths": (1, 3)}),
    ],
)
def test_a_grown_network_reads_the_same(after: NetConfig) -> None:
    torch.manual_seed(3)
    small = RecognizerNet(4, SMALL)
    crops = torch.randint(0, 256, (6, 48, 160, 3), dtype=torch.uint8)
    small.train()(crops)  # gives the batch norms something to remember
    large = grown(small, SMALL, RecognizerNet(4, after), after)
    with torch.no_grad():
        for was, now in zip(small.eval()(crops), large.eval()(crops), strict=True):
            torch.testing.assert_close(now, was)


def test_every_weight_of_a_grown_network_learns_within_three_steps() -> None:
    torch.manual_seed(3)
    after = NetConfig(widths=(12, 16, 32), depths=(1, 2), dim=16, heads=2)
    large = grown(RecognizerNet(4, SMALL), SMALL, RecognizerNet(4, after), after).train()
    optimizer = torch.optim.SGD(large.parameters(), lr=0.1)
    crops = torch.randint(0, 256, (6, 48, 160, 3), dtype=torch.uint8)
    for _ in range(3):
        optimizer.zero_grad()
        large(crops).lattice.float().logsumexp(-1).mean().backward()
        optimizer.step()
    still = [name for name, value in large.strokes.named_parameters() if not value.grad.abs().max() > 0]
    assert still == []


@pytest.mark.parametrize("change", [{"widths": (8, 4, 16)}, {"depths": (0, 0)}, {"dim": 32}, {"layers": 3}])
def test_a_network_neither_shrinks_nor_changes_its_decoder(change: dict[str, object]) -> None:
    after = SMALL.model_copy(update=change)
    with pytest.raises(SettingError, match="cannot grow"):
        grown(RecognizerNet(4, SMALL), SMALL, RecognizerNet(4, after), after)
