"""ONNX Runtime sessions: one a model, provider list and process, shared by all threads (runs may overlap)."""

import os
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from platewise.errors import ModelError, SettingError
from platewise.settings import Settings
from platewise.vision import weights

PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
}
"""The names people write and those of ONNX Runtime."""
MOST_THREADS = 4
_lock = threading.Lock()


class OnnxModel:
    """One loaded model: its manifest entry, and ``run``."""

    def __init__(self, data: bytes, entry: dict[str, Any], providers: Sequence[str], threads: int) -> None:
        """Load the ONNX bytes; ModelError when ONNX Runtime refuses them."""
        import onnxruntime

        onnxruntime.disable_telemetry_events()  # where the program had loaded it before Platewise
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or min(_cores(), MOST_THREADS)
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Waiting threads sleep: spinning would burn the cores of whoever shares the machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(data, options, providers=list(providers))
        except Exception as error:  # its errors have no common base
            raise ModelError(f"the model {entry.get('file')} cannot be loaded: {error}") from error
        self.entry = entry
        self.inputs = [i.name for i in self._session.get_inputs()]
        self.outputs = [o.name for o in self._session.get_outputs()]
        self.shapes = [list(i.shape) for i in self._session.get_inputs()]

    def expect(self, inputs: list[str], outputs: list[str]) -> "OnnxModel":
        """Return itself when it has this input and these outputs by name, else ModelError."""
        if self.inputs != inputs or not set(outputs) <= set(self.outputs):
            raise ModelError(
                f"model {self.entry.get('file')} is of another contract: {self.inputs} to {self.outputs}; "
                f"needed {inputs} to {outputs}"
            )
        return self

    def run(
        self, batch: npt.NDArray[np.uint8] | npt.NDArray[np.float32], outputs: list[str]
    ) -> list[npt.NDArray[np.float32]]:
        """Return the named outputs (float32) for the one input, a batch ``(N, H, W, 3) uint8 RGB``, or what
        a model of others takes.
        """
        answer: list[npt.NDArray[np.float32]] = self._session.run(outputs, {self.inputs[0]: batch})
        return answer


def open_model(name: str, settings: Settings) -> OnnxModel:
    """Return the loaded model of that name, the same object for the same settings."""
    with _lock:  # lru_cache alone would let two threads load the same weights at once
        return _open(name, settings.models, provider_names(settings.providers), settings.threads)


def provider_names(wanted: Sequence[str]) -> tuple[str, ...]:
    """Return ONNX Runtime's names of the wanted providers, CPU last; SettingError when one is not here."""
    available = available_providers()
    for name in wanted:
        if name not in available:
            raise SettingError(f"provider {name!r} is not available here; available: {', '.join(available)}")
    return tuple(dict.fromkeys([*(PROVIDERS[name] for name in wanted), PROVIDERS["cpu"]]))


def available_providers() -> list[str]:
    """Return the providers that the installed ONNX Runtime has, by the names people write."""
    import onnxruntime

    installed = set(onnxruntime.get_available_providers())
    return [name for name, full in PROVIDERS.items() if full in installed]


@lru_cache(maxsize=16)
def _open(name: str, folder: Path | None, providers: tuple[str, ...], threads: int) -> OnnxModel:
    return OnnxModel(*weights.load(name, folder), providers, threads)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
