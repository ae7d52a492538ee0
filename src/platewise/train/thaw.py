"""The packaged recogniser as a network that goes on learning: a country is added in an hour, not in a night.

An exported network has its batch norms folded into its convolutions. Each gets its norm back from a batch of
crops: the norm that leaves what comes out of the convolution as it was.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from platewise.core.frame import Pixels
from platewise.errors import ModelError
from platewise.train.export import runner
from platewise.train.recognizer_model import NetConfig, RecognizerNet
from platewise.vision import weights

Arrays = dict[str, npt.NDArray[np.float32]]
CLOSE = 2e-2
"""The thawed network's probabilities differ by no more than this from those of the file."""


def packaged_size(name: str, folder: Path | None) -> NetConfig:
    """Return the size of the weights ``name`` of a models folder (None: the package's); NameUnknown."""
    return NetConfig.model_validate(weights.load(name, folder)[1].get("net", {}))


def thawed(
    name: str, folder: Path | None, regions: Sequence[str], crops: Pixels
) -> tuple[RecognizerNet, NetConfig]:
    """Return the float32 weights ``name`` of a models folder (None: the package's) as a network; its size.

    Its region head has these regions; those that the file does not know begin unlikely. ``crops
    (N, 48, 160, 3) uint8 RGB`` are of the kind that it will learn from.

    Raises:
        NameUnknown: there are no such weights.
        ModelError: the weights are no float32 export of this recogniser.
    """
    data, entry = weights.load(name, folder)
    config = packaged_size(name, folder)
    net = RecognizerNet(len(regions), config)
    try:
        _fill(
            net,
            _arrays(data),
            dict(zip(entry["regions"], range(len(entry["regions"])), strict=True)),
            regions,
        )
    except (KeyError, ValueError, RuntimeError) as error:
        raise ModelError(f"{name} is not a float32 recogniser exported by Platewise ({error!r})") from error
    _give_norms(net, torch.from_numpy(crops))
    _check(name, net, runner(data, ["lattice"])(crops)["lattice"], float(entry["sharpness"]), crops)
    return net, config


def _arrays(data: bytes) -> Arrays:
    """Return the tensors of an ONNX file by their names in the network."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load_from_string(data).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    found = {name.removeprefix("net."): value for name, value in stored.items() if name.startswith("net.")}
    for node in graph.node:
        held = [stored[name] for name in node.input if name in stored and not name.startswith("net.")]
        place = _place(node.name)
        if node.op_type == "Conv":
            found[f"{place}.weight"], found[f"{place}.bias"] = held
        elif node.op_type == "MatMul" and held:
            found[f"{place}.weight"] = held[0].T
        elif node.op_type == "Add" and held:
            found["places"] = held[0]
    return found


def _place(node: str) -> str:
    """Return the module of a node: that of ``/net/strokes/strokes.2/change/change.0/Conv`` is
    ``strokes.2.change.0``.
    """
    parts = node.split("/")[2:-1]
    own = [part.removeprefix(f"{before}.") for before, part in zip(["", *parts], parts, strict=False)]
    return ".".join(own)


@torch.no_grad()
def _fill(net: RecognizerNet, arrays: Arrays, known: Mapping[str, int], regions: Sequence[str]) -> None:
    """Write the tensors into the network; a convolution's bias waits in its norm."""
    rows = [known.get(code) for code in regions]
    arrays["regions.weight"] = _rows(arrays["regions.weight"], rows, 0.0)
    arrays["regions.bias"] = _rows(arrays["regions.bias"], rows, float(arrays["regions.bias"].min()))
    state = net.state_dict()
    for convolution, norm in _convolutions(net.strokes, "strokes"):
        state[f"{norm}.bias"] = torch.from_numpy(arrays.pop(f"{convolution}.bias").copy())
    state.update({name: torch.from_numpy(value.copy()) for name, value in arrays.items()})
    net.load_state_dict(state)


def _rows(
    values: npt.NDArray[np.float32], rows: Sequence[int | None], absent: float
) -> npt.NDArray[np.float32]:
    empty = np.full(values.shape[1:], absent, np.float32)
    return np.stack([empty if row is None else values[row] for row in rows])


def _convolutions(module: nn.Module, place: str) -> Iterator[tuple[str, str]]:
    """Yield the names of each convolution and of the norm behind it."""
    for name, part in module.named_modules(prefix=place):
        if isinstance(part, nn.Sequential) and len(part) > 1 and isinstance(part[0], nn.Conv2d):
            yield f"{name}.0", f"{name}.1"


@torch.no_grad()
def _give_norms(net: RecognizerNet, crops: Tensor) -> None:
    """Let every norm learn its statistics from one pass of crops, and undo them."""
    norms = [part for part in net.modules() if isinstance(part, nn.BatchNorm2d)]
    handles = [norm.register_forward_pre_hook(partial(_undo, bias=norm.bias.clone())) for norm in norms]
    net.eval()(crops)
    for handle in handles:
        handle.remove()


def _undo(norm: nn.Module, inputs: tuple[Tensor, ...], bias: Tensor) -> None:
    assert isinstance(norm, nn.BatchNorm2d), "only batch norms are hooked"
    seen = inputs[0]
    middle, spread = seen.mean((0, 2, 3)), seen.var((0, 2, 3))
    assert norm.running_mean is not None
    assert norm.running_var is not None
    norm.running_mean.copy_(middle)
    norm.running_var.copy_(spread)
    norm.weight.copy_((spread + norm.eps).sqrt())
    norm.bias.copy_(middle + bias)


@torch.no_grad()
def _check(name: str, net: RecognizerNet, lattice: Any, sharpness: float, crops: Pixels) -> None:
    read = (net.eval()(torch.from_numpy(crops)).lattice.float() * sharpness).softmax(-1).numpy()
    apart = float(np.abs(read - lattice).max())
    if apart > CLOSE:
        raise ModelError(
            f"{name} reads otherwise as a network than as a file (by {apart:.2g}); is it float32?"
        )
