"""The three networks of the haar pipeline: their data, a short run and its export."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("skimage")
pytestmark = pytest.mark.train

from platewise.core.plate import SIGNS  # noqa: E402
from platewise.settings import Settings  # noqa: E402
from platewise.train.config import LoopConfig  # noqa: E402
from platewise.train.export import export  # noqa: E402
from platewise.train.haar import HaarConfig, HaarTask, train  # noqa: E402
from platewise.train.haar_data import HaarData, jittered, middles_of, samples  # noqa: E402
from platewise.train.haar_export import products  # noqa: E402
from platewise.vision.detectors.bands import SIGN  # noqa: E402
from platewise.vision.detectors.haar import HaarDetector  # noqa: E402
from platewise.vision.recognizers.segments import SegmentRecognizer  # noqa: E402

torch.set_num_threads(1)


def config(folder: Path) -> HaarConfig:
    loop = LoopConfig(steps=2, batch=4, threads=1, workers=0, log_every=1, evaluate_every=2)
    return HaarConfig(loop=loop, drawn=HaarData(path=folder / "plates", plates=12, backgrounds=2, checks=3))


def test_a_batch_shows_strips_crops_and_signs(tmp_path: Path) -> None:
    strokes = HaarTask(config(tmp_path)).strokes
    batch = strokes.draw(np.random.default_rng(1))
    assert batch["strips"].shape == (2, 48, 208, 3)
    assert (batch["edges"][:, 1] - batch["edges"][:, 0] > 60).all()
    assert batch["crops"].shape == (4, 48, 160, 3)
    assert batch["windows"].shape == (12, 48, 24, 3)
    assert (batch["signs"] > 0).all()
    again = strokes.draw(np.random.default_rng(1))
    assert all((batch[key] == again[key]).all() for key in batch)


def test_places_are_near_their_signs() -> None:
    xs = np.array([20.0, 41.0], np.float32)
    assert np.flatnonzero(middles_of(xs)).tolist() == [9, 10, 19, 20, 21]
    places, classes = samples(np.random.default_rng(0), np.arange(7, dtype=np.float32) * 20, "京A1234")
    assert classes[0] == 1 + SIGNS.index("京")
    assert len(places) == len(classes) == 3
    assert abs(places[0]) < 6


def test_a_jittered_band_is_near_the_signs() -> None:
    quad = np.array([[20, 20], [160, 20], [160, 65], [20, 65]], np.float32)
    band = jittered(np.random.default_rng(0), quad)
    assert band.height == pytest.approx(45 * SIGN, abs=6)
    assert 60 < band.x < 120


def test_a_run_becomes_three_models(tmp_path: Path) -> None:
    best = train(config(tmp_path), tmp_path / "run")
    models = tmp_path / "models"
    parts = products(best.parent)
    assert list(parts) == ["-edges", "-split", "-signs"]
    for part, product in parts.items():
        assert set(export(product, models, f"haar{part}")) == {"fp32", "int8"}
    settings = Settings(models=models, threads=1)
    picture = np.random.default_rng(0).integers(0, 256, (90, 200, 3), np.uint8)
    (said,) = SegmentRecognizer.from_settings(settings).recognize([picture])
    assert said.regions == {"cn": 1.0}
    for found in HaarDetector.from_settings(settings).detect(picture):
        assert found.quad.shape == (4, 2)
