"""Networks of others by name: ``DETECTOR+RECOGNIZER`` joins two models of a manifest to a pipeline.

A model's ``kind`` in the manifest says how it is spoken to; see ``docs/how-to/plug-in-a-model.md``.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from platewise.errors import InputError, NameUnknown
from platewise.settings import Settings
from platewise.vision.detectors.onnx_grid import OnnxGridDetector
from platewise.vision.detectors.yolo_onnx import YoloOnnxDetector
from platewise.vision.pipeline import PipelineOptions, PlatePipeline
from platewise.vision.protocols import Detector, Recognizer
from platewise.vision.recognizers.ctc_onnx import CtcOnnxRecognizer
from platewise.vision.recognizers.onnx_slots import OnnxSlotRecognizer
from platewise.vision.session import OnnxModel, open_model

Part = TypeVar("Part", Detector, Recognizer)
JOINT = "+"
"""What stands between the names of detector and recogniser."""
DETECTORS: Mapping[str, Callable[[OnnxModel], Detector]] = {
    OnnxGridDetector.name: OnnxGridDetector,
    YoloOnnxDetector.name: YoloOnnxDetector,
}
"""The kinds of detectors; a manifest that names none means the first."""
RECOGNIZERS: Mapping[str, Callable[[OnnxModel], Recognizer]] = {
    OnnxSlotRecognizer.name: OnnxSlotRecognizer,
    CtcOnnxRecognizer.name: CtcOnnxRecognizer,
}
"""The kinds of recognisers; a manifest that names none means the first."""


def joined(name: str, options: PipelineOptions) -> PlatePipeline:
    """Return the pipeline ``DETECTOR+RECOGNIZER`` of two models by name; NameUnknown for others."""
    first, joint, second = name.partition(JOINT)
    if not (first and joint and second):
        raise InputError(f"{name!r} does not name two models, as in detector{JOINT}recognizer")
    detector = None if options.crops else _part(first, DETECTORS, options.settings)
    return PlatePipeline(name, detector, _part(second, RECOGNIZERS, options.settings), options)


def _part(name: str, kinds: Mapping[str, Callable[[OnnxModel], Part]], settings: Settings) -> Part:
    """Return a model as what its kind makes of it."""
    model = open_model(name, settings)
    kind = str(model.entry.get("kind", next(iter(kinds))))
    if kind not in kinds:
        raise NameUnknown("kind of model", kind, sorted(kinds))
    return kinds[kind](model)
