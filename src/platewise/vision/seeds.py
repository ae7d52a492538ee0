"""The seeds' own ways of reading, each as a pipeline like the shipped one."""

from platewise.vision.detectors.contour import ContourDetector
from platewise.vision.detectors.haar import HaarDetector
from platewise.vision.detectors.window import WindowDetector
from platewise.vision.looks import LooksTuning
from platewise.vision.pipeline import PipelineOptions, PipelineTuning, PlatePipeline
from platewise.vision.recognizers.segments import SegmentRecognizer
from platewise.vision.recognizers.tesseract import TesseractRecognizer
from platewise.vision.recognizers.window import WindowRecognizer

EVERY = PipelineTuning(sure=0.5, blind=0.5, doubtful=0.0, looks=LooksTuning(under=0.0))
"""What a classical detector finds stands, with or without a text, and is read once."""
ONCE = PipelineTuning(looks=LooksTuning(under=0.0))


def contour(options: PipelineOptions) -> PlatePipeline:
    """Return edges, contours, four corners, Tesseract: the way of two seeds."""
    recognizer = TesseractRecognizer.from_settings(options.settings)
    detector = None if options.crops else ContourDetector.from_settings(options.settings)
    return PlatePipeline("contour", detector, recognizer, options, EVERY)


def haar(options: PipelineOptions) -> PlatePipeline:
    """Return cascade, lines, edges, and sign after sign: the way of the Chinese parking seed."""
    recognizer = SegmentRecognizer.from_settings(options.settings)
    detector = None if options.crops else HaarDetector.from_settings(options.settings)
    return PlatePipeline("haar", detector, recognizer, options, EVERY)


def window(options: PipelineOptions) -> PlatePipeline:
    """Return one network slid over the picture at many scales: the way of the UK seed."""
    recognizer = WindowRecognizer.from_settings(options.settings)
    detector = None if options.crops else WindowDetector.from_settings(options.settings)
    return PlatePipeline("window", detector, recognizer, options, ONCE)


WAYS = {"contour": contour, "haar": haar, "window": window}
"""The ways by the names people write."""
