"""The comparison with other readers: fast-alpr itself, with networks that know one answer."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.peers.candidates import candidate, weights, why_not
from benchmarks.peers.run import figures, hits
from onnx import TensorProto, helper, numpy_helper

from platewise.errors import InputError
from platewise.train.index import Labelled, LabelledPlate

pytest.importorskip("fast_alpr", reason="needs fast-alpr (the [peers] extra)")

ROOT = Path(__file__).parents[3]
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
SLOTS, TEXT = 9, "AB12CDE"


def constant(answer: np.ndarray, name: str, shape: list[Any], kind: int) -> bytes:
    """Return a network that says one thing of every picture."""
    nodes = [
        helper.make_node("Cast", [name], ["real"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["real"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "answer"], ["plate"]),
    ]
    constants = [
        numpy_helper.from_array(np.float32(0), "zero"),
        numpy_helper.from_array(answer.astype(np.float32), "answer"),
    ]
    asked = helper.make_tensor_value_info(name, kind, shape)
    told = helper.make_tensor_value_info("plate", TensorProto.FLOAT, list(answer.shape))
    graph = helper.make_graph(nodes, "constant", [asked], [told], constants)
    opset = helper.make_opsetid("", 18)
    return helper.make_model(graph, opset_imports=[opset], ir_version=9).SerializeToString()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files as those of fast-alpr: a box of half the picture, sure, and one that is not; always one text."""
    folder = tmp_path_factory.mktemp("peer")
    boxes = np.array([[0, 16, 16, 48, 48, 0, 0.9], [0, 1, 1, 9, 9, 0, 0.3]])
    (folder / "yolo-v9-tiny-end2end.onnx").write_bytes(
        constant(boxes, "images", [1, 3, 64, 64], TensorProto.FLOAT)
    )
    signs = np.eye(len(ALPHABET))[[ALPHABET.index(sign) for sign in TEXT.ljust(SLOTS, "_")]]
    (folder / "tiny.onnx").write_bytes(constant(signs[None], "input", [None, 32, 64, 3], TensorProto.UINT8))
    (folder / "tiny_plate_config.yaml").write_text(
        f'max_plate_slots: {SLOTS}\nalphabet: "{ALPHABET}"\npad_char: "_"\n'
        "img_height: 32\nimg_width: 64\nimage_color_mode: rgb\n"
    )
    return folder


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    from PIL import Image

    Image.new("RGB", (320, 200), (90, 90, 90)).save(tmp_path / "car.png")
    return tmp_path / "car.png"


def test_fast_alpr_reads_with_the_given_files(models: Path, picture: Path) -> None:
    read = candidate("fast-alpr", 1, models)(str(picture))
    assert read() == read() == [TEXT]


def test_a_pipeline_reads_beside_it(picture: Path) -> None:
    assert candidate("yolo-attention@cpu", 1, None)(str(picture))() == []


def test_missing_weights_are_told_with_where_to_get_them(models: Path, tmp_path: Path) -> None:
    assert why_not("contour", None) is None
    assert why_not("fast-alpr", models) is None
    told = why_not("fast-alpr", None) or ""
    assert "license-plates-end2end.onnx" in told
    assert "--peer-models" in told
    (tmp_path / "detector.onnx").write_bytes(b"")
    with pytest.raises(InputError, match=r"there is detector\.onnx"):
        weights(tmp_path)


def test_each_text_answers_one_label() -> None:
    assert hits([["A1", "A1"], ["B2"], []], [["A1"], ["B2", "B2"], ["C3"]]) == 2


def test_figures_take_the_typical_turn() -> None:
    from benchmarks.peers.run import Seat

    label = Labelled(Path("a.jpg"), "gb", "scene", (9, 9), (LabelledPlate(None, None, "AB0"),), None, "mine")
    seat = Seat("x", [], None)  # type: ignore[arg-type]
    seat.said = [[{"texts": ["ab-o"], "cpu_ms": t, "wall_ms": 2 * t, "peak_mb": 5 + t} for t in (1, 2, 99)]]
    seat.cold_ms = [30.0, 20.0]
    assert figures(seat, [label]) == {
        "plates": 1, "exact": 0.0, "exact_folded": 1.0, "texts_without_label": 1,
        "cpu_ms": 2, "wall_ms": 4, "peak_mb": 104, "cold_start_ms": 20,
    }  # fmt: skip


def test_the_whole_run_says_who_took_part_and_who_did_not(models: Path, tmp_path: Path) -> None:
    out = tmp_path / "peers.json"
    command = [
        sys.executable,
        "-m",
        "benchmarks.peers",
        "--drawn",
        "1",
        "--repeat",
        "1",
        "--cold-starts",
        "1",
    ]
    command += ["--cold-starts", "1", "--candidates", "window,fast-alpr", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "fast-alpr: skipped; its weights" in done.stdout
    assert list(json.loads(out.read_text())["candidates"]) == ["window"]
    subprocess.run([*command, "--peer-models", str(models)], cwd=ROOT, capture_output=True, check=True)
    result = json.loads(out.read_text())
    assert result["skipped"] == {}
    for figures_ in result["candidates"].values():
        assert min(figures_[key] for key in ("cpu_ms", "wall_ms", "peak_mb", "cold_start_ms")) > 0
