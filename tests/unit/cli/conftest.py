"""The real Reader on two tiny ONNX models whose answers can be told from the picture.

A white square of 32 x 32 px on the detector's grid is a plate of 96 x 32 px around it. A plate more red than blue
says AB12CDE, one more blue than red says XY34ZZZ.
"""

import hashlib
import json

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from platewise.core.plate import MAX_SIGNS, SIGNS

onnx = pytest.importorskip("onnx")
h, FLOAT, UINT8 = onnx.helper, onnx.TensorProto.FLOAT, onnx.TensorProto.UINT8
COLOURS = {"red": (220, 30, 30), "blue": (30, 30, 220)}


def _constant(name, values):
    return onnx.numpy_helper.from_array(np.asarray(values, np.float32), name)


def _model(nodes, given, answers, constants):
    inputs = [h.make_tensor_value_info(given[0], UINT8, given[1])]
    outputs = [h.make_tensor_value_info(name, FLOAT, None) for name in answers]
    graph = h.make_graph(nodes, "fake", inputs, outputs, constants)
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=9)
    return model.SerializeToString()


def _detector():
    box = [0, 0, np.log(3), 0, -1.5, -0.5, 1.5, -0.5, 1.5, 0.5, -1.5, 0.5]
    constants = [
        _constant("zero", [0]),
        _constant("steep", [20 / 255]),
        _constant("low", [-15]),
        _constant("box", np.reshape(box, (1, 12, 1, 1))),
        _constant("nothing", np.reshape([-15, *box], (1, 13, 1, 1))),
        onnx.numpy_helper.from_array(np.array([1], np.int64), "channels"),
    ]
    nodes = [
        h.make_node("Cast", ["image"], ["float"], to=FLOAT),
        h.make_node("Transpose", ["float"], ["planes"], perm=[0, 3, 1, 2]),
        h.make_node("ReduceMean", ["planes"], ["grey"], axes=[1], keepdims=1),
    ]
    for stride in (8, 16, 32):
        window = {"kernel_shape": [stride, stride], "strides": [stride, stride]}
        nodes += [
            h.make_node("AveragePool", ["grey"], [f"mean{stride}"], **window),
            h.make_node("Mul", [f"mean{stride}", "zero"], [f"zeros{stride}"]),
        ]
    nodes += [h.make_node("Add", [f"zeros{s}", "nothing"], [f"p{s}"]) for s in (8, 16)]
    nodes += [
        h.make_node("Mul", ["mean32", "steep"], ["bright"]),
        h.make_node("Add", ["bright", "low"], ["score"]),
        h.make_node("Add", ["zeros32", "box"], ["boxes"]),
        h.make_node("Concat", ["score", "boxes"], ["p32"], axis=1),
    ]
    return _model(nodes, ("image", ["n", "h", "w", 3]), ["p8", "p16", "p32"], constants)


def _lattice(text):
    rows = np.full((MAX_SIGNS, 1 + len(SIGNS)), 0.02 / len(SIGNS))
    for i in range(MAX_SIGNS):
        rows[i, 1 + SIGNS.index(text[i]) if i < len(text) else 0] = 0.98
    return rows[None]


def _recognizer():
    red, blue = _lattice("AB12CDE"), _lattice("XY34ZZZ")
    constants = [
        _constant("colours", np.reshape([1, 0, -1], (1, 1, 1, 3))),
        _constant("soft", [0.2]),
        _constant("difference", red - blue),
        _constant("blue", blue),
        _constant("one", [[1]]),
        _constant("zero", [0]),
    ]
    nodes = [
        h.make_node("Cast", ["crops"], ["float"], to=FLOAT),
        h.make_node("Mul", ["float", "colours"], ["signed"]),
        h.make_node("ReduceMean", ["signed"], ["redness"], axes=[2, 3], keepdims=0),
        h.make_node("ReduceMean", ["redness"], ["whole"], axes=[1], keepdims=1),
        h.make_node("Mul", ["whole", "soft"], ["softer"]),
        h.make_node("Sigmoid", ["softer"], ["is_red"]),
        h.make_node("Mul", ["is_red", "zero"], ["none"]),
        h.make_node("Add", ["none", "one"], ["regions"]),
        h.make_node("Unsqueeze", ["is_red", "last"], ["share"]),
        h.make_node("Mul", ["share", "difference"], ["moved"]),
        h.make_node("Add", ["moved", "blue"], ["lattice"]),
    ]
    constants.append(onnx.numpy_helper.from_array(np.array([2], np.int64), "last"))
    return _model(nodes, ("crops", ["n", 48, 160, 3]), ["lattice", "regions"], constants)


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A folder of weights as the package ships them."""
    folder = tmp_path_factory.mktemp("models")
    entries = {}
    for name, data in (("detector", _detector()), ("recognizer", _recognizer())):
        (folder / f"{name}.onnx").write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        entries[name] = {"file": f"{name}.onnx", "sha256": digest, "task": name, "precision": "fp32"}
    entries["detector"]["figures"] = {"AP50": 0.99}
    entries["recognizer"] |= {"signs": SIGNS, "regions": ["gb"]}
    (folder / "manifest.json").write_text(json.dumps({"models": entries}))
    return folder


@pytest.fixture
def place(tmp_path, monkeypatch, models):
    """An empty working folder, with the tiny models in force."""
    monkeypatch.setenv("PLATEWISE_MODELS", str(models))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def draw(place):
    """Write a picture of 320 x 192 px with plates centred in these cells of 32 px, and return its name."""

    def write(name, colour, *cells):
        pixels = np.full((192, 320, 3), COLOURS[colour], np.uint8)
        for x, y in cells:
            pixels[32 * y : 32 * y + 32, 32 * x : 32 * x + 32] = 255
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(place / name), pixels[:, :, ::-1])
        return name

    return write


@pytest.fixture
def platewise():
    """Run the command line in this process and return click's result."""
    from platewise.cli.main import build

    def run(*arguments, stdin=None):
        return CliRunner().invoke(build(), [str(a) for a in arguments], input=stdin)

    return run
