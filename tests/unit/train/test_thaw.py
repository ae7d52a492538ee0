"""Packaged weights learn on, and read as before until they do."""

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs pip install 'platewise[train]'")

from platewise.errors import ModelError, NameUnknown  # noqa: E402
from platewise.train.recognizer_model import NetConfig  # noqa: E402
from platewise.train.thaw import thawed  # noqa: E402
from platewise.vision import weights  # noqa: E402

NAME = "recognizer-fp32"
KNOWN = weights.load(NAME)[1]["regions"]


@pytest.fixture(scope="module")
def crops() -> np.ndarray:
    return np.random.default_rng(4).integers(0, 256, (8, 48, 160, 3), dtype=np.uint8)


def test_the_packaged_weights_read_the_same_in_training_too(crops: np.ndarray) -> None:
    net, config = thawed(NAME, None, KNOWN, crops)
    assert config == NetConfig.model_validate(weights.load(NAME)[1].get("net", {}))
    with torch.no_grad():
        still = net.eval()(torch.from_numpy(crops)).lattice
        learning = net.train()(torch.from_numpy(crops)).lattice
    # The norms' statistics are those of these crops, but for the divisor of the variance.
    torch.testing.assert_close(learning, still, rtol=0, atol=0.1)


def test_a_new_region_begins_unlikely_and_the_others_stay(crops: np.ndarray) -> None:
    before = thawed(NAME, None, KNOWN, crops)[0].eval()
    after = thawed(NAME, None, ["xx", *reversed(KNOWN)], crops)[0].eval()
    with torch.no_grad():
        was, now = (net(torch.from_numpy(crops)).regions for net in (before, after))
    torch.testing.assert_close(now[:, 1:].flip(1), was)
    assert (now[:, 0] <= now[:, 1:].max(1).values).all()


def test_names_and_files_that_are_no_such_weights_are_told(tmp_path: Path, crops: np.ndarray) -> None:
    with pytest.raises(NameUnknown):
        thawed("recognizer-fp64", None, KNOWN, crops)
    with pytest.raises(ModelError, match="detector-fp32 is not a float32 recogniser"):
        thawed("detector-fp32", None, KNOWN, crops)
    with pytest.raises(ModelError, match="recognizer is not a float32 recogniser"):
        thawed("recognizer", None, KNOWN, crops)


def test_weights_of_another_sharpness_are_noticed(tmp_path: Path, crops: np.ndarray) -> None:
    data, entry = weights.load(NAME)
    (tmp_path / entry["file"]).write_bytes(data)
    lied = {**entry, "sharpness": 3 * entry["sharpness"]}
    (tmp_path / "manifest.json").write_text(json.dumps({"models": {NAME: lied}}))
    with pytest.raises(ModelError, match="reads otherwise"):
        thawed(NAME, tmp_path, KNOWN, crops)
