"""Detector -> rectify -> Recognizer -> formats, as one callable."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, runtime_checkable

import cv2
import numpy as np

from platewise import clock
from platewise.core.frame import Frame
from platewise.core.geometry import Quad, quad_of
from platewise.core.plate import Plate
from platewise.core.read import Detection, Read
from platewise.regions.library import Region
from platewise.settings import Settings
from platewise.vision.decode_lattice import Decoded, LatticeTuning, decode_lattice
from platewise.vision.detectors.onnx_grid import OnnxGridDetector
from platewise.vision.explain import Thresholds, explain
from platewise.vision.formats import Formats
from platewise.vision.looks import LooksTuning, looks, mean
from platewise.vision.protocols import Crop, Detector, Framing, Recognition, Recognizer
from platewise.vision.recognizers.onnx_slots import OnnxSlotRecognizer
from platewise.vision.rectify import CLOSE, TIGHT, framed


@dataclass(frozen=True, slots=True)
class PipelineOptions:
    """What a pipeline is built from; ``crops``: the pictures are plates already."""

    settings: Settings
    regions: tuple[Region, ...]
    top: int = 5
    crops: bool = False


@dataclass(frozen=True, slots=True)
class PipelineTuning:
    """A text less likely than ``readable`` is none: the candidates tell what it may be.

    A detection without text stands from ``blind`` on, one with a text from ``sure`` on or where the text is
    at least ``doubtful``: what is under is a lamp, a window or a sign. A picture that is a plate is loosely
    cut where the plate found in it covers less of it than ``loose``.
    """

    lattice: LatticeTuning = field(default_factory=LatticeTuning)
    explain: Thresholds = field(default_factory=Thresholds)
    sure: float = 0.6
    doubtful: float = 0.2
    readable: float = 0.05
    blind: float = 0.7
    loose: float = 0.7
    looks: LooksTuning = field(default_factory=LooksTuning)


class Timed(NamedTuple):
    """Reads, and the wall milliseconds of finding and of reading the plates."""

    reads: list[Read]
    detect: float
    recognise: float


@runtime_checkable
class TimedPipeline(Protocol):
    """A pipeline that also says where its time went."""

    def timed(self, frame: Frame) -> Timed:
        """Return the reads of a frame and the time of each stage."""
        ...


class PlatePipeline:
    """The pipeline of a detector and a recogniser; without a detector each picture is one plate.

    A ``finder`` then looks for the plate inside a loosely cut picture that could not be read surely as it is.
    """

    def __init__(
        self,
        name: str,
        detector: Detector | None,
        recognizer: Recognizer,
        options: PipelineOptions,
        tuning: PipelineTuning | None = None,
        finder: Detector | None = None,
    ) -> None:
        """Join the parts; the formats are those of ``options.regions``."""
        self.name, self.detector, self.recognizer = name, detector, recognizer
        self._finder = finder
        self.version = str(getattr(recognizer, "version", ""))
        self.tuning = tuning or PipelineTuning()
        prior = self.tuning.lattice
        self.formats = Formats(options.regions, prior.specificity, prior.rarity)
        self._top = options.top
        self.framed = recognizer.framed if isinstance(recognizer, Framing) else framed

    def __call__(self, frame: Frame) -> list[Read]:
        """Return the reads of a frame, best detection first."""
        return self.timed(frame).reads

    def timed(self, frame: Frame) -> Timed:
        """Return the reads of a frame, best detection first, and the time of each stage."""
        start = clock.ticks()
        found = self._find(frame)
        detected = clock.ticks()
        crops = [self.framed(frame.pixels, d.quad if self.detector else None) for d in found]
        firsts = list(zip(found, crops, self.recognizer.recognize([c.pixels for c in crops]), strict=True))
        reads = self._second_looks(frame, firsts, [self._read(frame, *first) for first in firsts])
        if self._finder and reads[0].confidence < self.tuning.looks.under:
            reads = [self._read_inside(frame, reads[0], self._finder)]
        end = clock.ticks()
        return Timed([r for r in reads if self._stands(r)], (detected - start) * 1e3, (end - detected) * 1e3)

    def _second_looks(
        self, frame: Frame, firsts: Sequence[tuple[Detection, Crop, Recognition]], reads: Sequence[Read]
    ) -> list[Read]:
        """Return the reads, the doubtful ones after more looks."""
        tuning, margin = self.tuning.looks, CLOSE if self.detector else TIGHT
        doubtful = [i for i, read in enumerate(reads) if read.confidence < tuning.under]
        more = [
            list(looks(frame.pixels, reads[i].quad, firsts[i][1].pixels, margin, tuning)) for i in doubtful
        ]
        seen = iter(self.recognizer.recognize([look for few in more for look in few]))
        better = list(reads)
        for i, few in zip(doubtful, more, strict=True):
            detection, crop, first = firsts[i]
            better[i] = self._read(frame, detection, crop, mean([first, *(next(seen) for _ in few)]))
        return better

    def _read_inside(self, frame: Frame, read: Read, finder: Detector) -> Read:
        """Return what the plate inside a loosely cut picture says, where that is surer, else the read.

        A part of the text is no better text: then the plate was found too small.
        """
        tuning = self.tuning
        found = [d for d in finder.detect(frame.pixels) if d.score >= tuning.sure and _solid(d.quad)]
        place = max(found, key=lambda d: d.score, default=None)
        if place is None or cv2.contourArea(place.quad) >= tuning.loose * frame.width * frame.height:
            return read
        crop = self.framed(frame.pixels, place.quad)
        more = looks(frame.pixels, place.quad, crop.pixels, CLOSE, tuning.looks)
        seen = mean(self.recognizer.recognize([crop.pixels, *more]))
        inside = self._read(frame, Detection(place.quad, read.detection_confidence), crop, seen)
        part = inside.plate and read.plate and inside.plate.text in read.plate.text
        return inside if inside.confidence >= tuning.looks.under and not part else read

    def _find(self, frame: Frame) -> list[Detection]:
        if self.detector is None:
            return [Detection(quad_of((0, 0, frame.width, frame.height)), 1.0)]
        return [d for d in self.detector.detect(frame.pixels) if _solid(d.quad)]

    def _read(self, frame: Frame, detection: Detection, crop: Crop, recognition: Recognition) -> Read:
        decoded = decode_lattice(recognition, self.formats, self.tuning.lattice, self._top)
        size = (frame.width, frame.height) if self.detector else None
        return Read(
            plate=_plate(decoded) if decoded.confidence >= self.tuning.readable else None,
            confidence=decoded.confidence if decoded.text else 0.0,
            quad=detection.quad,
            detection_confidence=detection.score,
            characters=decoded.characters,
            candidates=decoded.candidates,
            explain=explain(crop.pixels, detection.quad, size, decoded, self.tuning.explain),
            lattice=recognition.lattice,
            regions=recognition.regions,
        )

    def _stands(self, read: Read) -> bool:
        if read.plate is None:
            return read.detection_confidence >= self.tuning.blind
        return read.detection_confidence >= self.tuning.sure or read.confidence >= self.tuning.doubtful


def yolo_attention(options: PipelineOptions) -> PlatePipeline:
    """Return the shipped pipeline: a one-shot grid detector and a recogniser that attends slot by slot."""
    detector = OnnxGridDetector.from_settings(options.settings)
    recognizer = OnnxSlotRecognizer.from_settings(options.settings)
    if options.crops:
        return PlatePipeline("yolo-attention", None, recognizer, options, finder=detector)
    return PlatePipeline("yolo-attention", detector, recognizer, options)


def _plate(decoded: Decoded) -> Plate | None:
    return Plate(decoded.text, decoded.region, decoded.display) if decoded.text else None


def _solid(quad: Quad) -> bool:
    """Tell whether a Quad ``(4, 2) float32`` px is convex and clockwise: only then can it be flattened."""
    sides: Sequence[Quad] = [quad[(i + 1) % 4] - quad[i] for i in range(4)]
    turns = [float(a[0] * b[1] - a[1] * b[0]) for a, b in zip(sides, [*sides[1:], sides[0]], strict=True)]
    return bool(np.isfinite(quad).all()) and min(turns) > 0.5
