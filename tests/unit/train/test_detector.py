import json
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest

onnx = pytest.importorskip("onnx")
torch = pytest.importorskip("torch")

from platewise.errors import InputError  # noqa: E402
from platewise.train import detector, detector_evaluate, detector_export, state  # noqa: E402
from platewise.train.config import LoopConfig  # noqa: E402
from platewise.train.detector_model import OUTPUTS  # noqa: E402

pytestmark = pytest.mark.train


def data(folder: Path) -> Path:
    """A folder like shared/data: a dozen scenes with a box each, and a picture without plates."""
    rng = np.random.default_rng(0)
    images = folder / "train" / "street" / "img"
    images.mkdir(parents=True)
    lines = []
    for i in range(38, 50):  # the rule of train/split.py holds out the groups 44 and 48
        pixels = rng.integers(60, 120, (96, 128, 3), dtype=np.uint8)
        x, y = (int(v) for v in rng.integers(8, 60, 2))
        pixels[y : y + 16, x : x + 50] = 235
        cv2.imwrite(str(images / f"{i}.jpg"), pixels)
        plate = {"box": [x, y, 50, 16], "corners": None, "text": None}
        line = {
            "image": f"img/{i}.jpg",
            "region": "eu",
            "kind": "scene",
            "size": [128, 96],
            "plates": [plate],
        }
        lines.append(json.dumps({**line, "group": str(i)}))
    (images.parent / "index.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "negatives" / "img").mkdir(parents=True)
    cv2.imwrite(str(folder / "negatives" / "img" / "0.jpg"), np.full((96, 128, 3), 99, np.uint8))
    return folder


@pytest.fixture
def config(tmp_path: Path) -> detector.DetectorConfig:
    loop = LoopConfig(steps=2, batch=2, threads=1, workers=0, log_every=1, evaluate_every=2, save_every=1)
    phase = detector.DetectorPhase(loop=loop, mix=detector.Mix(size=64))
    return detector.DetectorConfig(
        data=data(tmp_path / "data"),
        sources=("street",),
        plates=tmp_path / "plates",
        plates_count=6,
        drawn_backgrounds=2,
        phases=(phase, phase),
    )


def test_two_phases_train_and_are_resumed(
    config: detector.DetectorConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detector, "CHECKED_VIEWS", 2)
    monkeypatch.setattr(detector_evaluate, "SIZES", (96, 128))
    best = detector.train(config, tmp_path / "run")
    assert best == tmp_path / "run" / "phase2" / "best.pt"
    origin = json.loads((tmp_path / "run" / "phase2" / "run.json").read_text(encoding="utf-8"))
    assert origin["sources"]["street"] + origin["held_out"] == 12
    assert origin["held_out"] >= 1
    assert origin["start"].endswith("phase1/best.pt")
    before = best.stat().st_mtime_ns
    assert detector.train(config, tmp_path / "run", resume=True) == best
    assert best.stat().st_mtime_ns == before
    # A first phase that fell short of its steps is left as it is once the second has begun.
    longer = [p.model_copy(update={"loop": p.loop.model_copy(update={"steps": 3})}) for p in config.phases]
    detector.train(config.model_copy(update={"phases": tuple(longer)}), tmp_path / "run", resume=True)
    assert [state.read(tmp_path / "run" / f"phase{i}" / "last.pt")["step"] for i in (1, 2)] == [2, 3]


def test_a_phase_starts_from_the_weights_of_the_one_before(
    config: detector.DetectorConfig, tmp_path: Path
) -> None:
    net = detector.DetectorNet()
    path = tmp_path / "best.pt"
    torch.save({"ema": net.state_dict()}, path)
    material = detector.Material.of(config)
    start = detector.DetectorTask(config, config.phases[1], material, path).model()
    for (name, one), (_, other) in zip(net.state_dict().items(), start.state_dict().items(), strict=True):
        assert torch.equal(one, other), name


def test_a_training_without_held_out_scenes_is_refused(config: detector.DetectorConfig) -> None:
    index = config.data / "train" / "street" / "index.jsonl"
    index.write_text(index.read_text(encoding="utf-8").splitlines()[0], encoding="utf-8")
    with pytest.raises(InputError, match="too few scenes in street"):
        detector.Material.of(config)


def test_a_limit_is_shared_by_the_phases(config: detector.DetectorConfig) -> None:
    assert [phase.loop.minutes for phase in config.limited(3).phases] == [1.5, 1.5]


def test_calibration_pictures_are_letterboxed_training_pictures(config: detector.DetectorConfig) -> None:
    pictures = detector_export.calibration(detector.Material.of(config), 5)
    assert [p.shape for p in pictures] == [(1, 384, 384, 3)] * 5
    assert all((p[0, 288:] == 114).all() for p in pictures)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_exported_file_computes_the_same_at_any_size(tmp_path: Path) -> None:
    torch.save({"ema": detector.DetectorNet().state_dict()}, tmp_path / "best.pt")
    net, path = detector_export.network(tmp_path / "best.pt"), tmp_path / "detector.onnx"
    torch.onnx.export(
        net,
        (detector_export.specimen(),),
        path,
        input_names=[detector_export.INPUT],
        output_names=list(OUTPUTS),
        dynamic_axes=detector_export.axes(),
        dynamo=False,
    )
    picture = np.random.default_rng(0).integers(0, 256, (2, 64, 96, 3), dtype=np.uint8)
    grids = onnxruntime.InferenceSession(path).run(list(OUTPUTS), {"image": picture})
    with torch.no_grad():
        for grid, expected in zip(grids, net(torch.from_numpy(picture)), strict=True):
            np.testing.assert_allclose(grid, expected.numpy(), atol=1e-4)
    names = [node.name for node in onnx.load(path).graph.node]
    assert detector_export.kept(names) == [f"/net/last.{i}/Conv" for i in range(3)]
