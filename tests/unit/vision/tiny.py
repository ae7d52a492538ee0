"""Tiny ONNX models with the shapes of the shipped ones, and predictable answers.

The detector finds a plate of 51.2 x 19.2 px (of its input) around each 16 px cell that is pure red; the
recogniser says one text of dark crops and another of bright ones.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from platewise.core.plate import MAX_SIGNS, SIGNS

CLASSES = 1 + len(SIGNS)
REGIONS = ["gb", "fr"]
DARK, BRIGHT = "AB12CDE", "WX34YZA"
WIDTH, HEIGHT = 3.2, 1.2
RED = (255, 0, 0)


def detector() -> bytes:
    geometry = [0, 0, np.log(WIDTH), np.log(HEIGHT)]
    corners = [-WIDTH / 2, -HEIGHT / 2, WIDTH / 2, -HEIGHT / 2, WIDTH / 2, HEIGHT / 2, -WIDTH / 2, HEIGHT / 2]
    nodes = [
        helper.make_node("Cast", ["image"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["real"], ["planes"], perm=[0, 3, 1, 2]),
    ]
    constants = []
    for stride in (8, 16, 32):
        redness = np.zeros((13, 3, 1, 1), np.float32)
        redness[0, :, 0, 0] = np.array([1, -1, -1]) * (20 / 255 if stride == 16 else 0)
        bias = np.array([-10, *geometry, *corners], np.float32)
        constants += [
            numpy_helper.from_array(redness, f"w{stride}"),
            numpy_helper.from_array(bias, f"b{stride}"),
        ]
        size = [stride, stride]
        nodes += [
            helper.make_node("AveragePool", ["planes"], [f"mean{stride}"], kernel_shape=size, strides=size),
            helper.make_node("Conv", [f"mean{stride}", f"w{stride}", f"b{stride}"], [f"p{stride}"]),
        ]
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["n", "h", "w", 3])
    outputs = [
        helper.make_tensor_value_info(f"p{s}", TensorProto.FLOAT, ["n", 13, None, None]) for s in (8, 16, 32)
    ]
    return _model(helper.make_graph(nodes, "detector", [image], outputs, constants))


def logits(text: str, runner_up: dict[int, str] | None = None) -> np.ndarray:
    """(MAX_SIGNS, K) float32: 12 for each sign, 11.5 for a second sign at some positions."""
    values = np.zeros((MAX_SIGNS, CLASSES), np.float32)
    for t in range(MAX_SIGNS):
        values[t, 1 + SIGNS.index(text[t]) if t < len(text) else 0] = 12
    for t, sign in (runner_up or {}).items():
        values[t, 1 + SIGNS.index(sign)] = 11.5
    return values


def recognizer(dark: str = DARK, bright: str = BRIGHT) -> bytes:
    constants = [
        numpy_helper.from_array(logits(dark).reshape(1, -1), "dark"),
        numpy_helper.from_array((logits(bright) - logits(dark)).reshape(1, -1), "change"),
        numpy_helper.from_array(np.array([1, 2, 3], np.int64), "axes"),
        numpy_helper.from_array(np.array([1], np.int64), "one"),
        numpy_helper.from_array(np.array([-1, MAX_SIGNS, CLASSES], np.int64), "shape"),
        numpy_helper.from_array(np.float32(255), "white"),
        numpy_helper.from_array(np.array([[0.0, 0.0]], np.float32), "nothing"),
        numpy_helper.from_array(np.array([[0.9, 0.1]], np.float32), "shares"),
    ]
    nodes = [
        helper.make_node("Cast", ["crops"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["real", "axes"], ["mean"], keepdims=0),
        helper.make_node("Div", ["mean", "white"], ["light"]),
        helper.make_node("Unsqueeze", ["light", "one"], ["column"]),
        helper.make_node("Mul", ["column", "change"], ["changed"]),
        helper.make_node("Add", ["changed", "dark"], ["flat"]),
        helper.make_node("Reshape", ["flat", "shape"], ["slots"]),
        helper.make_node("Softmax", ["slots"], ["lattice"], axis=2),
        helper.make_node("Mul", ["column", "nothing"], ["zeros"]),
        helper.make_node("Add", ["zeros", "shares"], ["regions"]),
    ]
    crops = helper.make_tensor_value_info("crops", TensorProto.UINT8, ["n", 48, 160, 3])
    outputs = [
        helper.make_tensor_value_info("lattice", TensorProto.FLOAT, ["n", MAX_SIGNS, CLASSES]),
        helper.make_tensor_value_info("regions", TensorProto.FLOAT, ["n", len(REGIONS)]),
    ]
    return _model(helper.make_graph(nodes, "recognizer", [crops], outputs, constants))


def write(folder: Path) -> Path:
    """Write both models and their manifest; returns the folder."""
    models = {}
    for name, data, task in (
        ("detector", detector(), "detector"),
        ("recognizer", recognizer(), "recognizer"),
    ):
        (folder / f"{name}.onnx").write_bytes(data)
        models[name] = {"file": f"{name}.onnx", "sha256": hashlib.sha256(data).hexdigest(), "task": task}
    models["recognizer"] |= {"signs": SIGNS, "regions": REGIONS}
    (folder / "manifest.json").write_text(json.dumps({"models": models}), "utf-8")
    return folder


def scene(
    *centres: tuple[int, int], size: tuple[int, int] = (384, 256), colour: tuple[int, int, int] = RED
) -> np.ndarray:
    """A black picture (H, W, 3) uint8 RGB with a 16 px red cell at each centre (multiples of 16, plus 8)."""
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    for x, y in centres:
        pixels[y - 8 : y + 8, x - 8 : x + 8] = colour
    return pixels


def _model(graph: onnx.GraphProto) -> bytes:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()
