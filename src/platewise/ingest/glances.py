"""Reading a video is cheaper than reading its frames: most are looked at as a whole, some closely.

Where a picture shows no large plate, the detector looks again from closer, which takes some ten times as
long. A vehicle far away comes nearer, so doing so in one of a few frames is enough.
"""

import copy
from dataclasses import replace

from platewise.core.frame import Frame
from platewise.core.read import Read
from platewise.vision.detectors.onnx_grid import OnnxGridDetector
from platewise.vision.pipeline import PlatePipeline
from platewise.vision.protocols import Pipeline
from platewise.vision.reader import Reader

CLOSELY = 4
"""One of so many frames is looked at closely."""


class Glances:
    """Reads the frames of one video, one after the other."""

    def __init__(self, reader: Reader, closely: int = CLOSELY) -> None:
        """Look closely at one of ``closely`` frames, where the reader's pipeline is one that can choose."""
        self._full, self._closely = reader.pipeline, closely
        self._quick = _quick(reader)
        self._count = 0

    def __call__(self, frame: Frame) -> list[Read]:
        """Return the reads of the next frame."""
        full = self._count % self._closely == 0
        self._count += 1
        return (self._full if full else self._quick)(frame)

    def closely_next(self) -> None:
        """Look closely at the next frame: the ones before it were passed over."""
        self._count = 0


def _quick(reader: Reader) -> Pipeline:
    """Return the reader's pipeline without closer looks; both share their networks."""
    pipeline = reader.pipeline
    if not (isinstance(pipeline, PlatePipeline) and isinstance(pipeline.detector, OnnxGridDetector)):
        return pipeline
    quick = copy.copy(pipeline)
    quick.detector = OnnxGridDetector.from_settings(reader.settings)
    quick.detector.tuning = replace(pipeline.detector.tuning, most=0)
    return quick
