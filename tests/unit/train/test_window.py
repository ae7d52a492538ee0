"""The sliding-window network: its answers, its data, a short run and its export."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from platewise.settings import Settings  # noqa: E402
from platewise.train.config import LoopConfig  # noqa: E402
from platewise.train.export import export  # noqa: E402
from platewise.train.window import WindowConfig, WindowData, WindowTask, train  # noqa: E402
from platewise.train.window_export import products  # noqa: E402
from platewise.train.window_model import WindowNet, WindowNetConfig  # noqa: E402
from platewise.vision.detectors.window import WindowDetector  # noqa: E402
from platewise.vision.recognizers.window import WindowRecognizer  # noqa: E402

torch.set_num_threads(1)
SMALL = WindowNetConfig(widths=(4, 8, 8), dim=8, heads=2, hidden=8)


def config(folder: Path) -> WindowConfig:
    loop = LoopConfig(steps=2, batch=4, threads=1, workers=0, log_every=1, evaluate_every=2)
    drawn = WindowData(path=folder / "plates", plates=6, backgrounds=2, checks=4)
    return WindowConfig(loop=loop, drawn=drawn, model=SMALL)


def test_one_run_over_a_picture_answers_for_all_its_windows() -> None:
    torch.manual_seed(0)
    net = WindowNet(SMALL).eval()
    picture = torch.randint(0, 256, (1, 96, 192, 3), dtype=torch.uint8)
    with torch.no_grad():
        whole = net(picture)
        # 64 px from the edges the padding is not felt: there the map is that of the window itself
        assert whole.presence.shape == (1, 1, 3, 5)
        assert whole.place.shape == (1, 4, 3, 5)
        assert whole.signs.shape == (1, 7, 37)
        alone = net(picture[:, :64, :128])
    assert alone.presence.shape == (1, 1, 1, 1)
    assert alone.attention.sum(2) == pytest.approx(torch.ones(1, 7))


def test_a_batch_says_what_is_in_its_windows(tmp_path: Path) -> None:
    task = WindowTask(config(tmp_path))
    batch = task.draw(np.random.default_rng(0))
    again = task.draw(np.random.default_rng(0))
    assert all((batch[key] == again[key]).all() for key in batch)
    assert batch["pixels"].shape == (4, 64, 128, 3)
    there = batch["present"] > 0
    assert ((batch["place"][there] > 0) & (batch["place"][there] < 1)).all()
    known = (batch["signs"] > 0).sum(1)
    assert ((batch["centres"][..., 0] >= 0).sum(1) <= known).all()


def test_figures_count_windows_that_are_found_and_read(tmp_path: Path) -> None:
    task = WindowTask(config(tmp_path))
    truth = task.checks["signs"].numpy(), task.checks["present"].numpy()
    right = task.measure(lambda pixels: (truth[1] * 2 - 1, truth[0]))
    assert right["exact"] == right["presence"] == 1
    blind = task.measure(lambda pixels: (-np.ones(len(pixels)), truth[0]))
    assert (blind["exact"], blind["read"], blind["missed"]) == (0, 1, 1)


def test_a_run_becomes_a_model_that_finds_and_reads(tmp_path: Path) -> None:
    best = train(config(tmp_path), tmp_path / "run")
    models = tmp_path / "models"
    for part, product in products(best.parent).items():
        told = export(product, models, f"window{part}")
    assert set(told) == {"fp32", "int8"}
    settings = Settings(models=models, threads=1)
    picture = np.random.default_rng(0).integers(0, 256, (90, 200, 3), np.uint8)
    for found in WindowDetector.from_settings(settings).detect(picture):
        assert found.quad.shape == (4, 2)
    (said,) = WindowRecognizer.from_settings(settings).recognize([picture])
    assert said.lattice.probabilities.shape == (10, 82)
