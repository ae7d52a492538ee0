"""Trained networks become ONNX files: float32, then int8, checked, and entered into the manifest.

Generic: a Product says what is special about a network.
"""

import hashlib
import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from platewise import clock

OPSET = 17
Batch = npt.NDArray[np.uint8]
Outputs = dict[str, npt.NDArray[np.float32]]
Run = Callable[[Batch], Outputs]
"""Runs a network on a batch (N, H, W, 3) uint8 RGB."""
Precision = Literal["fp32", "int8"]


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """A trained network, ready to be exported."""

    task: str
    """What it does: ``detector``, ``recognizer``, or the name of a seed's network."""
    net: nn.Module
    """Takes the input below and returns the outputs in order, normalisation and softmax inside."""
    input: str
    outputs: tuple[str, ...]
    example: Batch
    """An input ``(N, H, W, 3) uint8 RGB``."""
    dynamic: dict[str, dict[int, str]]
    """The axes of inputs and outputs that vary, by their names."""
    calibration: Sequence[Batch]
    """Batches of training pictures, whose ranges the int8 numbers have to cover."""
    figures: Callable[[Run], dict[str, float]]
    """Figures on held-out pictures."""
    keep_float: Callable[[str], bool]
    """Says by the name of an ONNX node whether it stays float32 in the int8 file."""
    kept: tuple[Precision, ...] = ("fp32", "int8")
    """The files that stay; both are always compared."""
    entry: dict[str, Any] = field(default_factory=dict)
    """What else the manifest says: signs, regions, recipe, command, seed, data."""


def export(product: Product, folder: Path, name: str) -> dict[str, dict[str, float]]:
    """Write ``<name>.onnx`` (int8), ``<name>-fp32.onnx`` and their manifest entries; return the figures."""
    folder.mkdir(parents=True, exist_ok=True)
    full, small = folder / f"{name}-fp32.onnx", folder / f"{name}.onnx"
    to_onnx(product, full)
    quantize(product, full, small)
    told: dict[str, dict[str, float]] = {}
    files: tuple[tuple[str, Path, Precision], ...] = ((f"{name}-fp32", full, "fp32"), (name, small, "int8"))
    for title, path, precision in files:
        told[precision] = product.figures(runner(path.read_bytes(), product.outputs))
        if precision in product.kept:
            enter(folder / "manifest.json", title, describe(product, path, precision, told[precision]))
        else:
            path.unlink()
    return told


def to_onnx(product: Product, path: Path) -> None:
    """Write a network as float32 ONNX of opset 17 and check the file."""
    import onnx

    net = product.net.to("cpu").eval()
    with warnings.catch_warnings():
        # Tracing is the old way; the new one needs one more package, and these networks are only layers.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            net,
            (torch.from_numpy(product.example),),
            str(path),
            input_names=[product.input],
            output_names=list(product.outputs),
            dynamic_axes=product.dynamic,
            opset_version=OPSET,
            dynamo=False,
        )
    onnx.checker.check_model(onnx.load(str(path)), full_check=True)


def quantize(product: Product, full: Path, small: Path) -> None:
    """Write the int8 form of a float32 file: weights s8 per channel, activations u8, ranges MinMax."""
    import onnx
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared = small.with_suffix(".prepared")
    quant_pre_process(str(full), str(prepared), skip_symbolic_shape=True)
    nodes = [node.name for node in onnx.load(str(prepared)).graph.node]
    quantize_static(
        str(prepared),
        str(small),
        _Calibration(product.input, product.calibration),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        weight_type=QuantType.QInt8,
        activation_type=QuantType.QUInt8,
        calibrate_method=CalibrationMethod.MinMax,
        nodes_to_exclude=[name for name in nodes if product.keep_float(name)],
    )
    prepared.unlink()


class _Calibration:
    """Feeds the calibration batches one by one, as ONNX Runtime asks for them."""

    def __init__(self, name: str, batches: Iterable[Batch]) -> None:
        self._feeds: Iterator[dict[str, Batch]] = ({name: batch} for batch in batches)

    def get_next(self) -> dict[str, Batch] | None:
        """Return the next feed, None after the last."""
        return next(self._feeds, None)


def runner(data: bytes, outputs: Sequence[str]) -> Run:
    """Return a function that runs an ONNX file's bytes on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda batch: dict(zip(outputs, session.run(list(outputs), {name: batch}), strict=True))


def describe(product: Product, path: Path, precision: Precision, figures: dict[str, float]) -> dict[str, Any]:
    """Return the manifest entry of a written file."""
    return {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "task": product.task,
        "precision": precision,
        **product.entry,
        "figures": {name: round(value, 4) for name, value in figures.items()},
        "exported_on": clock.now().date().isoformat(),
    }


def enter(manifest: Path, name: str, entry: dict[str, Any]) -> None:
    """Put an entry into a manifest, in the place of an older one of that name."""
    content: dict[str, Any] = {"models": {}}
    if manifest.exists():
        content = json.loads(manifest.read_text(encoding="utf-8"))
    content["models"] = dict(sorted({**content["models"], name: entry}.items()))
    manifest.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
