"""Weights, sessions, and the shipped detector and recogniser over tiny models."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny

from platewise.core.geometry import quad_of
from platewise.errors import ModelError, NameUnknown, SettingError
from platewise.settings import Settings
from platewise.vision import weights
from platewise.vision.detectors.onnx_grid import GridTuning, OnnxGridDetector, letterbox, tiles
from platewise.vision.protocols import Detector, Recognizer
from platewise.vision.recognizers.onnx_slots import OnnxSlotRecognizer, stretch
from platewise.vision.registry import Registry, pipelines
from platewise.vision.session import OnnxModel, available_providers, open_model, provider_names


def edit(folder: Path, **changes: object) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["models"]["recognizer"] |= changes
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_weights_are_listed_and_loaded(models: Path) -> None:
    assert weights.names(models) == weights.names()
    data, entry = weights.load("recognizer", models)
    assert data == tiny.recognizer()
    assert entry["regions"] == tiny.REGIONS


def test_what_a_folder_lacks_is_the_packages(tmp_path: Path) -> None:
    (tmp_path / "mine.onnx").write_bytes(tiny.recognizer())
    entry = {"file": "mine.onnx", "sha256": hashlib.sha256(tiny.recognizer()).hexdigest()}
    (tmp_path / "manifest.json").write_text(json.dumps({"models": {"mine": entry}}))
    assert weights.names(tmp_path) == sorted(["mine", *weights.names()])
    assert weights.load("mine", tmp_path)[0] == tiny.recognizer()
    assert weights.load("detector", tmp_path) == weights.load("detector")


def test_damaged_missing_and_unknown_weights(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="manifest"):
        weights.names(tmp_path)
    tiny.write(tmp_path)
    with pytest.raises(NameUnknown, match="unknown model 'poet'; known: detector, "):
        weights.load("poet", tmp_path)
    file = tmp_path / "detector.onnx"
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole[:100] + bytes([whole[100] ^ 1]) + whole[101:], b""):
        file.write_bytes(damaged)
        with pytest.raises(ModelError, match=r"detector\.onnx are damaged"):
            weights.load("detector", tmp_path)
    file.unlink()
    with pytest.raises(ModelError, match="cannot be opened"):
        weights.load("detector", tmp_path)
    for text in ("", "{}", '{"models": []}', "\xff"):
        (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(ModelError, match="manifest"):
            weights.names(tmp_path)


def test_a_session_opens_once(settings: Settings) -> None:
    assert open_model("detector", settings) is open_model("detector", settings)
    assert open_model("detector", settings) is not open_model("detector", replace(settings, threads=2))


def test_bytes_that_are_no_model_are_a_model_error() -> None:
    with pytest.raises(ModelError, match=r"bad\.onnx cannot be loaded"):
        OnnxModel(b"no model", {"file": "bad.onnx"}, provider_names(["cpu"]), 1)


def test_providers() -> None:
    assert "cpu" in available_providers()
    assert provider_names(["cpu", "cpu"]) == ("CPUExecutionProvider",)
    with pytest.raises(SettingError, match=r"'abacus' is not available here; available: .*cpu"):
        provider_names(["abacus"])


def test_models_of_another_contract_are_refused(models: Path, tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(ModelError, match="of another contract"):
        OnnxGridDetector(open_model("recognizer", settings))
    with pytest.raises(ModelError, match="of another contract"):
        OnnxSlotRecognizer(open_model("detector", settings))
    tiny.write(tmp_path)
    edit(tmp_path, regions=["gb"])
    with pytest.raises(ModelError, match="2 regions in the model, 1 in its manifest"):
        OnnxSlotRecognizer.from_settings(Settings(models=tmp_path)).recognize([np.zeros((9, 9, 3), np.uint8)])
    edit(tmp_path, signs="ABC")
    with pytest.raises(ModelError, match="other signs"):
        OnnxSlotRecognizer(OnnxModel(*weights.load("recognizer", tmp_path), provider_names(["cpu"]), 1))


def test_the_detector_keeps_the_contract(settings: Settings) -> None:
    detector = OnnxGridDetector.from_settings(settings)
    assert isinstance(detector, Detector)
    assert detector.detect(np.zeros((1, 1, 3), np.uint8)) == []
    found = detector.detect(tiny.scene((72, 72), (296, 200)))
    assert [d.quad.shape for d in found] == [(4, 2)] * 2
    assert [d.score for d in found] == sorted((d.score for d in found), reverse=True)
    assert all(0 <= d.score <= 1 and d.quad.dtype == np.float32 for d in found)


def test_the_recognizer_keeps_the_contract(settings: Settings) -> None:
    recognizer = OnnxSlotRecognizer.from_settings(settings)
    assert isinstance(recognizer, Recognizer)
    assert recognizer.recognize([]) == []
    crops = [
        np.zeros((7, 90, 3), np.uint8),
        np.full((200, 300, 3), 255, np.uint8),
        np.zeros((1, 1, 3), np.uint8),
    ]
    together = recognizer.recognize(crops)
    assert [r.lattice.text() for r in together] == [tiny.DARK, tiny.BRIGHT, tiny.DARK]
    for one, crop in zip(together, crops, strict=True):
        alone = recognizer.recognize([crop])[0]
        assert np.allclose(alone.lattice.probabilities, one.lattice.probabilities, atol=1e-5)
        assert sum(one.regions.values()) == pytest.approx(1)


def test_quads_come_back_in_picture_px(settings: Settings) -> None:
    detector = OnnxGridDetector.from_settings(settings)
    pixels = tiny.scene((136, 104)).repeat(2, 0).repeat(2, 1)  # 768 x 512, shrunk by 1.5 to 512
    (found,) = detector.detect(pixels.repeat(2, 0).repeat(2, 1)[: 512 * 2, : 768 * 2])
    assert found.quad.mean(0) == pytest.approx((544, 416), abs=30)
    assert np.ptp(found.quad[:, 0]) == pytest.approx(tiny.WIDTH * 16 * 3, rel=0.02)


def test_small_pictures_are_not_enlarged(settings: Settings) -> None:
    (found,) = OnnxGridDetector.from_settings(settings).detect(tiny.scene((40, 24), size=(96, 48)))
    assert found.quad == pytest.approx(quad_of((40 - 25.6, 24 - 9.6, 51.2, 19.2)), abs=1e-3)


def test_tiny_plates_of_large_photographs_are_found_in_tiles(settings: Settings) -> None:
    pixels = np.zeros((2400, 3200, 3), np.uint8)
    pixels[1168:1232, 1584:1648] = tiny.RED  # holds a whole cell at half scale, none at 512 px
    detector = OnnxGridDetector.from_settings(settings)
    found = detector.detect(pixels)[0]
    assert found.score > 0.9
    assert found.quad.mean(0) == pytest.approx((1616, 1200), abs=32)
    assert 60 < np.ptp(found.quad[:, 0]) < 200
    blind = OnnxGridDetector(open_model("detector", settings), GridTuning(most=1))
    assert blind.detect(pixels) == []


def test_the_overview_is_left_out_where_no_large_plate_may_be(settings: Settings, looks: list[int]) -> None:
    plate, nothing = tiny.scene((200, 136)), tiny.scene()
    for pixels, large, widths in (
        (plate, 44.0, [384]),  # a sure plate of 51 px: nothing of 88 px or more is seen in parts here
        (plate, 30.0, [384, 192]),  # it may be part of one of 60 px
        (nothing, 44.0, [384, 192]),
    ):
        looks.clear()
        OnnxGridDetector(open_model("detector", settings), GridTuning(large=large)).detect(pixels)
        assert looks == widths


def test_a_sure_plate_needs_no_tiles(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.zeros((1536, 2048, 3), np.uint8)
    pixels[512:576, 1024:1088] = tiny.RED
    detector = OnnxGridDetector.from_settings(settings)
    monkeypatch.setattr(detector, "_tiles", lambda *_: pytest.fail("tiles were read"))
    assert len(detector.detect(pixels)) == 1


@pytest.mark.parametrize("size", [(1601, 900), (4000, 3000), (9000, 7000), (20_000, 40), (1000, 1000)])
def test_tiles_cover_the_picture(size: tuple[int, int]) -> None:
    width, height = size
    found = tiles(width, height, 1700.5, 0.25)
    assert len(found) <= (width / 1275 + 2) * (height / 1275 + 2)
    seen = np.zeros((-(-height // 10), -(-width // 10)), int)
    for x, y, side in found:
        assert 0 <= x < width
        assert 0 <= y < height
        seen[y // 10 : -(-(y + side) // 10), x // 10 : -(-(x + side) // 10)] += 1
    assert seen.min() >= 1


def test_letterbox_pads_with_grey_to_multiples_of_32() -> None:
    boxed = letterbox(np.zeros((72, 128, 3), np.uint8), 0.5)
    assert boxed.shape == (64, 64, 3)
    assert (boxed[:36, :64] == 0).all()
    assert (boxed[36:] == 114).all()
    assert letterbox(np.zeros((1, 700, 3), np.uint8), 0.1).shape == (32, 96, 3)


def test_stretch_has_the_recognisers_size_and_averages() -> None:
    stripes = np.zeros((480, 1600, 3), np.uint8)
    stripes[:, ::2] = 255
    assert stretch(stripes).shape == (48, 160, 3)
    assert np.abs(stretch(stripes).astype(int) - 127).max() <= 1


def test_registries() -> None:
    registry: Registry[int] = Registry("thing")
    registry.add("one", 1)
    assert registry.get("one") == 1
    with pytest.raises(SettingError, match="two things are named 'one'"):
        registry.add("one", 2)
    with pytest.raises(NameUnknown, match="unknown thing 'two'; known: one"):
        registry.get("two")
    assert "yolo-attention" in pipelines().names()


def test_pipelines_of_installed_packages_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    from platewise.vision import registry

    point = EntryPoint("borrowed", "platewise.vision.pipeline:yolo_attention", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point] if group == registry.GROUP else [])
    found = registry.pipelines.__wrapped__()
    assert found.names() == ["borrowed", "contour", "haar", "window", "yolo-attention"]
    assert found.get("borrowed") is registry.yolo_attention
