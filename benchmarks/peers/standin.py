"""``python -m benchmarks.peers.standin DIR``: Platewise's networks in the file layout of fast-alpr.

They show that the comparison works, and what the code of fast-alpr costs; they say nothing of its accuracy.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from platewise.core.plate import SIGNS
from platewise.vision import weights

SIDE, STRIDES = 384, (8, 16, 32)
MOST, OVERLAP, LEAST = 20, 0.45, 0.25
"""Boxes a picture, the overlap from which one of two goes, the least score."""


class Graph:
    """Nodes and constants in the order in which they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, kind: str, inputs: list[str], output: str, **more: Any) -> str:
        """Add a node of one output; return that."""
        self.nodes.append(helper.make_node(kind, inputs, [output], **more))
        return output

    def constant(self, name: str, value: Any) -> str:
        """Add a constant; return its name."""
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name


def main() -> None:
    """Write the three files into the folder that the command line names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(detector(), folder / f"standin-{SIDE}-license-plates-end2end.onnx")
    onnx.save(recognizer(), folder / "standin.onnx")
    settings = {"max_plate_slots": 10, "alphabet": f'"_{SIGNS}"', "pad_char": '"_"'}
    settings |= {"img_height": 48, "img_width": 160, "image_color_mode": "rgb"}
    lines = "".join(f"{key}: {value}\n" for key, value in settings.items())
    (folder / "standin_plate_config.yaml").write_text(lines, "utf-8")


def detector() -> onnx.ModelProto:
    """Return the detector with input (1, 3, side, side) float32 RGB of 0 to 1; its rows hold the number in
    the batch, x0, y0, x1, y1, class, score.
    """
    model = onnx.load_from_string(weights.load("detector")[0])
    before, after = Graph(), Graph()
    before.add("Mul", ["images", before.constant("white", np.float32(255))], "levels")
    before.add("Cast", [before.add("Round", ["levels"], "whole")], "bytes", to=TensorProto.UINT8)
    before.add("Transpose", ["bytes"], "image", perm=[0, 2, 3, 1])
    parts = [level(after, stride) for stride in STRIDES]
    after.add("Concat", [box for box, _ in parts], "columns", axis=2)
    after.add("Transpose", ["columns"], "boxes", perm=[0, 2, 1])
    after.add("Concat", [score for _, score in parts], "scores", axis=2)
    chosen(after)
    nodes = [*before.nodes, *model.graph.node, *after.nodes]
    del model.graph.node[:], model.graph.input[:], model.graph.output[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend([*before.constants, *after.constants])
    shape = [1, 3, SIDE, SIDE]
    model.graph.input.append(helper.make_tensor_value_info("images", TensorProto.FLOAT, shape))
    model.graph.output.append(helper.make_tensor_value_info("output", TensorProto.FLOAT, ["n", 7]))
    onnx.checker.check_model(model)
    return model


def level(graph: Graph, stride: int) -> tuple[str, str]:
    """Add the decoding of one grid; return the names of boxes (1, 4, cells) px and scores (1, 1, cells)."""
    count, s = SIDE // stride, str(stride)
    rows, columns = np.mgrid[0:count, 0:count] + 0.5
    cells = np.stack([columns, rows]).reshape(1, 2, -1).astype(np.float32)
    flat = graph.add("Reshape", [f"p{s}", graph.constant(f"shape{s}", [1, 13, count * count])], f"flat{s}")
    parts = [f"logit{s}", f"shift{s}", f"log{s}", f"corners{s}"]
    sizes = graph.constant(f"sizes{s}", [1, 2, 2, 8])
    graph.nodes.append(helper.make_node("Split", [flat, sizes], parts, axis=1))
    middle = graph.add("Add", [parts[1], graph.constant(f"cells{s}", cells)], f"middle{s}")
    size = graph.add("Exp", [parts[2]], f"size{s}")
    half = graph.add("Mul", [size, graph.constant(f"half{s}", np.float32(0.5))], f"reach{s}")
    ends = [graph.add("Sub", [middle, half], f"low{s}"), graph.add("Add", [middle, half], f"high{s}")]
    graph.add("Concat", ends, f"strides{s}", axis=1)
    box = graph.add("Mul", [f"strides{s}", graph.constant(f"px{s}", np.float32(stride))], f"box{s}")
    return box, graph.add("Sigmoid", [parts[0]], f"score{s}")


def chosen(graph: Graph) -> None:
    """Add the choice of the best of ``boxes`` and ``scores``, as the rows that fast-alpr expects."""
    limits = [
        graph.constant("most", np.array([MOST])),
        graph.constant("overlap", np.array([OVERLAP], np.float32)),
        graph.constant("least", np.array([LEAST], np.float32)),
    ]
    graph.add("NonMaxSuppression", ["boxes", "scores", *limits], "kept")
    graph.add("Gather", ["kept", graph.constant("third", 2)], "at", axis=1)
    graph.add("Squeeze", ["boxes", graph.constant("first", [0])], "rows")
    graph.add("Reshape", ["scores", graph.constant("all", [-1])], "shares")
    graph.add("Gather", ["rows", "at"], "places", axis=0)
    graph.add("Gather", ["shares", "at"], "sure", axis=0)
    graph.add("Unsqueeze", ["sure", graph.constant("second", [1])], "surety")
    graph.add("Mul", ["surety", graph.constant("zero", np.float32(0))], "nothing")
    graph.add("Concat", ["nothing", "places", "nothing", "surety"], "output", axis=1)


def recognizer() -> onnx.ModelProto:
    """Return the recogniser with the names that fast-plate-ocr looks for; its regions are left out."""
    model = onnx.load_from_string(weights.load("recognizer")[0])
    names = {"crops": "input", "lattice": "plate"}
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for value in (*model.graph.input, *model.graph.output):
        value.name = names.get(value.name, value.name)
    outputs = [value for value in model.graph.output if value.name == "plate"]
    del model.graph.output[:]
    model.graph.output.extend(outputs)
    onnx.checker.check_model(model)
    return model


if __name__ == "__main__":
    main()
