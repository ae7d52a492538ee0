"""Networks of others: a YOLO export and a CTC or slot recogniser, as tiny ONNX files."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import tiny
from onnx import TensorProto, helper, numpy_helper

from platewise.core.frame import Frame
from platewise.core.plate import MAX_SIGNS
from platewise.errors import InputError, ModelError, NameUnknown
from platewise.regions.library import select
from platewise.settings import Settings
from platewise.vision.detectors.yolo_onnx import YoloOnnxDetector
from platewise.vision.pipeline import PipelineOptions
from platewise.vision.reader import Reader
from platewise.vision.recognizers.ctc_onnx import CtcOnnxRecognizer, distributions, merged
from platewise.vision.registry import pipelines
from platewise.vision.session import OnnxModel, provider_names

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
PLATE = (0.25, 0.4, 0.5, 0.2)
"""Where the tiny YOLO sees its plate: left, top, width, height as shares of its input."""


def constant(answer: np.ndarray, shape: list[Any], kind: int = TensorProto.FLOAT) -> bytes:
    """Return a network that gives one answer whatever it sees."""
    nodes = [
        helper.make_node("Cast", ["x"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["real"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "answer"], ["y"]),
    ]
    constants = [
        numpy_helper.from_array(np.float32(0), "zero"),
        numpy_helper.from_array(answer.astype(np.float32), "answer"),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, list(answer.shape))],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def yolo(layout: str, side: int = 64) -> bytes:
    """Return a YOLO of one sure plate, the same twice, and a doubtful one."""
    x, y, w, h = (side * share for share in PLATE)
    centred = np.array([[x + w / 2, y + h / 2, w, h]] * 3)
    centred[1, 0] += 1
    centred[2, :2] = side / 8
    scores = np.array([0.9, 0.7, 0.1])
    if layout == "v8":
        rows = np.concatenate([centred, scores[:, None]], 1).T
    elif layout == "v5":
        rows = np.concatenate([centred, scores[:, None], np.ones((3, 1))], 1)
    else:
        low, high = centred[:, :2] - centred[:, 2:] / 2, centred[:, :2] + centred[:, 2:] / 2
        rows = np.concatenate([low, high, scores[:, None], np.zeros((3, 1))], 1)
    return constant(rows[None], [1, 3, side, side])


def path_of(text: str) -> np.ndarray:
    """Return CTC answers (T, C): each sign twice, a blank after it."""
    classes = [k for sign in text for k in (ALPHABET.index(sign), ALPHABET.index(sign), len(ALPHABET) - 1)]
    rows = np.full((len(classes), len(ALPHABET)), -4.0)
    rows[np.arange(len(classes)), classes] = 4
    return rows


def model(data: bytes, **entry: Any) -> OnnxModel:
    return OnnxModel(data, {"file": "mine.onnx", **entry}, provider_names(["cpu"]), 1)


CTC = {"alphabet": ALPHABET, "size": [94, 24], "layout": "NTC"}


@pytest.mark.parametrize("layout", ["v8", "v5", "end"])
@pytest.mark.parametrize("size", [(64, 128), (200, 100), (33, 47)])
def test_yolo_of_every_layout_finds_its_plate_once(layout: str, size: tuple[int, int]) -> None:
    detector = YoloOnnxDetector(model(yolo(layout), layout=layout))
    (found,) = detector.detect(np.zeros((*size, 3), np.uint8))
    longest = max(size)
    x, y, w, h = (longest * share for share in PLATE)
    corners = np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float32)
    assert found.quad == pytest.approx(np.minimum(corners, [size[1], size[0]]), abs=0.01)
    assert found.score == pytest.approx(0.9)


def test_yolo_counts_only_the_classes_of_plates() -> None:
    rows = np.array([[32, 32, 20, 10, 0.9, 0.2], [32, 50, 20, 10, 0.1, 0.8]]).T[None]
    data = constant(rows, [1, 3, 64, 64])
    picture = np.zeros((64, 64, 3), np.uint8)
    assert len(YoloOnnxDetector(model(data, layout="v8")).detect(picture)) == 2
    (one,) = YoloOnnxDetector(model(data, layout="v8", classes=[1])).detect(picture)
    assert one.score == pytest.approx(0.8)


def test_yolo_without_a_layout_is_refused() -> None:
    with pytest.raises(ModelError, match="layout of v8, v5, end"):
        YoloOnnxDetector(model(yolo("v8")))


@pytest.mark.parametrize(("layout", "axes"), [("NTC", (0, 1, 2)), ("TNC", (1, 0, 2)), ("NCT", (0, 2, 1))])
def test_ctc_merges_repeats_and_drops_blanks(layout: str, axes: tuple[int, ...]) -> None:
    data = constant(path_of("AA12BCD")[None].transpose(axes), [1, 3, 24, 94])
    recognizer = CtcOnnxRecognizer(model(data, **{**CTC, "layout": layout}))
    assert recognizer.recognize([]) == []
    said = recognizer.recognize([np.zeros((9, 30, 3), np.uint8), np.zeros((1, 1, 3), np.uint8)])
    assert [one.lattice.text() for one in said] == ["AA12BCD"] * 2
    assert min(said[0].lattice.confidences()) > 0.9


def test_slots_are_taken_as_they_are() -> None:
    rows = np.zeros((9, len(ALPHABET)))
    rows[np.arange(9), [ALPHABET.index(sign) for sign in "XY99ZZZ__"]] = 1
    data = constant(rows[None], [1, 70, 140, 1], TensorProto.UINT8)
    entry = {**CTC, "answer": "slots", "size": [140, 70], "channels": 1, "input": "NHWC", "raw": True}
    (said,) = CtcOnnxRecognizer(model(data, **entry)).recognize([np.zeros((30, 90, 3), np.uint8)])
    assert said.lattice.text() == "XY99ZZZ"
    assert said.lattice.probabilities.shape[0] == MAX_SIGNS


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"alphabet": "0123"}, "one _"),
        ({"alphabet": "01€_"}, "signs unknown: €"),
        ({"layout": "ABC"}, "NTC, TNC or NCT"),
    ],
)
def test_a_manifest_that_does_not_describe_the_model_is_refused(change: dict[str, str], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        CtcOnnxRecognizer(model(constant(path_of("A1")[None], [1, 3, 24, 94]), **{**CTC, **change}))


def test_an_alphabet_of_another_length_is_refused() -> None:
    recognizer = CtcOnnxRecognizer(
        model(constant(path_of("A1")[None], [1, 3, 24, 94]), **{**CTC, "alphabet": "01_"})
    )
    with pytest.raises(ModelError, match="37 classes in the model, 3"):
        recognizer.recognize([np.zeros((9, 30, 3), np.uint8)])


def test_logits_become_shares_and_shares_stay() -> None:
    shares = np.array([[0.25, 0.75]], np.float32)
    assert distributions(shares) == pytest.approx(shares)
    assert distributions(np.log(shares)) == pytest.approx(shares)


def test_of_a_run_the_surest_place_speaks() -> None:
    rows = np.array([[0.6, 0.1, 0.3], [0.8, 0.1, 0.1], [0.1, 0.1, 0.8], [0.1, 0.6, 0.3]], np.float32)
    slots = merged(rows, blank=2)
    assert [slot.argmax() for slot in slots] == [0, 1]
    assert slots[0] == pytest.approx([0.8 / 0.9, 0.1 / 0.9, 0])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of models with a manifest, as the how-to describes it."""
    models = {}
    for name, data, entry in (
        ("my-yolo", yolo("v8"), {"task": "detector", "kind": "yolo-onnx", "layout": "v8"}),
        (
            "my-ctc",
            constant(path_of("AB12CDE")[None], [1, 3, 24, 94]),
            {"task": "recognizer", "kind": "ctc-onnx", **CTC},
        ),
        ("odd", yolo("v8"), {"task": "detector", "kind": "crystal-ball"}),
    ):
        (tmp_path / f"{name}.onnx").write_bytes(data)
        models[name] = {"file": f"{name}.onnx", "sha256": hashlib.sha256(data).hexdigest(), **entry}
    (tmp_path / "manifest.json").write_text(json.dumps({"models": models}))
    return tmp_path


def test_two_models_by_name_are_a_pipeline(folder: Path) -> None:
    settings = Settings(models=folder, threads=1)
    reader = Reader(["gb"], "my-yolo+my-ctc", settings=settings)
    (read,) = reader.read(np.zeros((64, 64, 3), np.uint8))
    assert (str(read.plate), read.detection_confidence) == ("AB12 CDE", pytest.approx(0.9))
    (crop,) = Reader(["gb"], "my-yolo+my-ctc", crops=True, settings=settings).read(
        np.zeros((9, 40, 3), np.uint8)
    )
    assert crop.plate is not None
    assert crop.plate.text == "AB12CDE"


def test_shipped_models_join_with_those_of_a_folder(folder: Path) -> None:
    settings = Settings(models=folder, threads=1)
    (read,) = Reader(["gb"], "my-yolo+recognizer", settings=settings).read(
        tiny.scene((32, 32), size=(64, 64))
    )
    assert read.lattice is not None
    assert (
        Reader(["gb"], "detector+my-ctc", settings=settings).read(np.zeros((64, 64, 3), np.uint8)).reads == ()
    )


def test_what_cannot_be_joined_is_told(folder: Path) -> None:
    options = PipelineOptions(Settings(models=folder, threads=1), select(["gb"]))
    for name, error in (
        ("my-yolo+", InputError),
        ("nobody+my-ctc", NameUnknown),
        ("odd+my-ctc", NameUnknown),
        ("my-ctc+my-yolo", NameUnknown),
    ):
        with pytest.raises(error):
            pipelines().get(name)(options)


def test_a_frame_is_all_it_needs(folder: Path) -> None:
    options = PipelineOptions(Settings(models=folder, threads=1), select(["gb"]))
    pipeline = pipelines().get("my-yolo+my-ctc")(options)
    assert len(pipeline(Frame(np.zeros((1, 1, 3), np.uint8)))) <= 1
